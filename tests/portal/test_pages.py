"""What readers see, page by page."""

import re
from datetime import date
from html import unescape

from django.conf import settings
from freezegun import freeze_time

from core.masking import mask_person_name
from core.models import AuditEvent
from portal.pages.rows import PAGE_SIZE
from portal.pages.subject import _tally_of
from records import services
from records.models import PublicRecord
from tests.factories.records import make_subject, published_penalty
from tests.portal.stories import CORRECTED_BECAUSE, PERSON, WITHDRAWN_BECAUSE, Site, correct, end, every_page

DUTIES = ("主办单位", "联系方式", "网站标识码", "ICP备", "公网安备", "政府网站找错", "网站地图")


class EveryPageTests(Site):
    def test_every_page_answers_in_chinese_with_a_title_and_one_heading(self) -> None:
        for name, path in every_page(type(self)).items():
            response = self.client.get(path)
            text = response.content.decode()
            with self.subTest(name):
                assert response.status_code in (200, 400, 404, 410)
                assert '<html lang="zh-CN"' in text and text.count("<h1") == 1
                assert " - 信用惠城网</title>" in text and "<title> -" not in text

    def test_every_page_carries_the_duties_of_a_government_site(self) -> None:
        for name, path in every_page(type(self)).items():
            text = self.client.get(path).content.decode()
            with self.subTest(name):
                for duty in DUTIES:
                    assert duty in text, duty

    def test_no_page_has_inline_script_or_style(self) -> None:
        for name, path in every_page(type(self)).items():
            response = self.client.get(path)
            text = response.content.decode()
            with self.subTest(name):
                assert " style=" not in text and "<style" not in text and " onclick" not in text
                assert "<script>" not in text
                assert "unsafe" not in response.headers["Content-Security-Policy"]

    def test_no_page_weighs_more_than_100_kb_with_its_sheets(self) -> None:
        folder = settings.BASE_DIR / "static" / "portal"
        names = ("tokens.css", "site.css", "mark.svg", "favicon.svg", "icons.svg", "lake.svg")
        shared = sum((folder / name).stat().st_size for name in names)
        for name, path in every_page(type(self)).items():
            assert shared + len(self.client.get(path).content) < 100_000, name

    def test_a_person_is_never_named_and_has_no_page(self) -> None:
        for path in (*every_page(type(self)).values(), f"/records/{self.masked.pk}/", "/feeds/newest.atom"):
            assert PERSON not in self.client.get(path).content.decode(), path
        assert mask_person_name(PERSON) in self.text(f"/records/{self.masked.pk}/")
        self.text(f"/subjects/{self.person.pk}/", 404)
        assert f'href="/subjects/{self.person.pk}/"' not in self.text(f"/records/{self.masked.pk}/")

    def test_reading_writes_nothing_to_the_audit_trail(self) -> None:
        before = AuditEvent.objects.count()
        for path in every_page(type(self)).values():
            self.client.get(path)
        assert AuditEvent.objects.count() == before

    def test_post_is_refused_with_a_plain_answer(self) -> None:
        assert self.client.post("/search/").status_code == 405


class RecordPageTests(Site):
    def test_a_penalty_says_what_it_is_how_long_it_stays_and_what_to_do(self) -> None:
        text = self.text(f"/records/{self.penalty.pk}/")
        for words in (
            "惠州市东江（示例）食品有限公司", "惠城市监罚〔2026〕9056号", "公示中", "2026年11月2日", "2,000.00 元",
            "未按规定公示企业信息", "这意味着什么", "怎样提出异议",
            "自2027年2月2日起可以申请信用修复", "最长至2027年11月2日",
            "信用修复管理办法", "按期公示", "7 个工作日", "第 1 版", f'href="/api/v1/records/{self.penalty.pk}/"',
        ):  # fmt: skip
            assert words in text, words

    def test_the_clock_names_the_days_that_were_not_counted(self) -> None:
        text = self.text(f"/records/{self.late.pk}/")
        assert "逾期" in text and "个工作日公示" in text
        assert "2026年10月17日（周六）不计入" in text
        assert "自2026年10月12日的次一工作日起算，满 7 个工作日，2026年10月21日到期。" in text

    def test_a_correction_shows_old_and_new_side_by_side_with_its_reason(self) -> None:
        correct(self.penalty, self.cast, {"fine_amount": "0.3"})
        text = self.text(f"/records/{self.penalty.pk}/")
        assert "已更正" in text and CORRECTED_BECAUSE in text
        assert "<del>2,000.00 元</del>" in text and "<ins>3,000.00 元</ins>" in text

    def test_a_disputed_record_asks_for_care(self) -> None:
        assert "核查期间请谨慎使用" in self.text(f"/records/{self.disputed.pk}/")

    def test_a_withdrawn_record_is_gone_and_says_why_without_its_content(self) -> None:
        text = self.text(f"/records/{self.withdrawn.pk}/", 410)
        assert WITHDRAWN_BECAUSE in text and "惠城市监罚〔2026〕9099号" in text and "已撤下" in text
        assert self.withdrawn.subject.name not in text and "罚款人民币" not in text

    def test_repaired_and_expired_records_show_neither_party_nor_number(self) -> None:
        for record in (self.repaired, self.expired):
            text = self.text(f"/records/{record.pk}/", 410)
            assert record.subject.name not in text and record.document_number not in text

    def test_what_was_never_public_is_not_found(self) -> None:
        from tests.factories.records import submitted_penalty

        waiting = submitted_penalty(self.cast)
        self.text(f"/records/{waiting.pk}/", 404)
        self.text("/records/999999999999999999/", 404)
        self.text("/records/99999999999999999999/", 404)


class HomeTests(Site):
    @freeze_time("2026-11-20 10:00:00+08:00")
    def test_figures_count_what_is_public(self) -> None:
        text = self.text("/")
        assert "本月公示的决定" in text and "92.9%" not in text
        assert f">{PublicRecord.objects.count()}<small>件" in text.replace("\n", "")
        assert "5 件在 7 个工作日内公示，共 6 件" in text
        assert ">1<small>件" in text  # one open objection

    @freeze_time("2026-11-20 10:00:00+08:00")
    def test_examples_can_be_clicked_and_find_something(self) -> None:
        import re
        from html import unescape

        examples = re.findall(r'class="hint".*?</p>', self.text("/"), re.S)[0]
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', examples)]
        assert len(links) == 3
        for link in links:
            assert 'class="results"' in self.text(link), link

    def test_an_empty_site_says_why_it_is_empty(self) -> None:
        for record in PublicRecord.objects.all():
            end(record.record, "withdraw", self.cast, "测试。")
        text = self.text("/")
        assert "目前没有正在公示的行政许可" in text and "7 个工作日" in text


class ListTests(Site):
    def test_lists_hold_their_kind_and_nothing_that_ended(self) -> None:
        penalties, licences = self.text("/disclosure/penalties/"), self.text("/disclosure/licences/")
        assert "惠城市监罚〔2026〕9056号" in penalties and "惠城市监罚〔2026〕9099号" not in penalties
        assert "关于准予食品经营许可的决定" in licences and "惠城市监罚〔2026〕9056号" not in licences

    def test_filters_narrow_and_are_kept_in_the_downloads(self) -> None:
        text = self.text("/disclosure/penalties/?on_time=no")
        assert self.late.document_number in text and "惠城市监罚〔2026〕9056号" not in text
        assert "/disclosure/penalties/export.csv?on_time=no" in text

    def test_sorting_by_amount_puts_the_largest_first(self) -> None:
        big = published_penalty(self.cast, detail={"fine_amount": "88"})
        text = self.text("/disclosure/penalties/?sort=amount")
        assert text.index(big.document_number) < text.index("惠城市监罚〔2026〕9056号")
        assert "880,000.00 元" in text

    def test_next_keeps_its_place_when_new_rows_arrive(self) -> None:
        for _ in range(25):
            published_penalty(self.cast)
        first = self.text("/disclosure/penalties/")
        following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        before = self.text(following)
        published_penalty(self.cast, decided_on=date(2026, 11, 6))
        assert table(self.text(following)) == table(before)
        assert "回到第一页" in before and "已到最后一页" in before

    def test_a_wrong_filter_is_named(self) -> None:
        assert "年份“last”应为四位数字" in self.text("/disclosure/penalties/?year=last", 400)
        assert "翻页位置无效" in self.text("/disclosure/penalties/?after=2026-02-31~5", 400)

    def test_an_empty_list_says_why_and_where_to_look(self) -> None:
        text = self.text("/disclosure/licences/?year=1999")
        assert "没有同时符合以上条件的行政许可" in text and "清除全部条件" in text


class SubjectPageTests(Site):
    def test_a_body_shows_its_former_name_and_its_records(self) -> None:
        text = self.text(f"/subjects/{self.company.pk}/")
        assert "曾用名：惠阳县东江食品加工厂" in text and self.company.code in text
        assert f"/records/{self.penalty.pk}/" in text and f"/records/{self.licence.pk}/" in text

    def test_tabs_keep_to_one_kind(self) -> None:
        text = self.text(f"/subjects/{self.company.pk}/?kind=licence")
        assert f"/records/{self.penalty.pk}/" not in text and f"/records/{self.licence.pk}/" in text

    def test_an_agency_shows_what_it_decided_and_how_timely(self) -> None:
        text = self.text(f"/subjects/{self.cast.agency.pk}/")
        assert f"/records/{self.penalty.pk}/" in text and "按期公示" in text and "作出的决定" in text
        received = self.text(f"/subjects/{self.cast.agency.pk}/?side=about")
        assert f"/records/{self.penalty.pk}/" not in received

    def test_counts_of_a_page_that_goes_on_are_those_of_all_its_records(self) -> None:
        for _ in range(PAGE_SIZE):
            published_penalty(self.cast, self.company)
        mine = PublicRecord.objects.filter(agency=self.cast.agency)
        tally = _tally_of(self.cast.agency.pk, shape=("agency",))[0]
        late = mine.filter(on_time=False).count()
        assert late and tuple(tally) == (
            mine.filter(kind="licence").count(), mine.filter(kind="penalty").count(), mine.count(), mine.count() - late
        )  # fmt: skip
        about = PublicRecord.objects.filter(subject=self.company)
        first = self.text(f"/subjects/{self.company.pk}/")
        assert f'<span class="value">{about.filter(kind="penalty").count()}<small>件' in first
        following = re.search(r'class="button quiet" href="([^"]+)"', first)
        assert following
        second = self.text(unescape(following[1]))
        shown = re.findall(r'href="/records/(\d+)/"', first) + re.findall(r'href="/records/(\d+)/"', second)
        assert sorted(map(int, shown)) == sorted(about.values_list("pk", flat=True))

    def test_a_body_without_any_name_on_file_is_shown_with_its_parent(self) -> None:
        agency = self.cast.agency
        bureau = make_subject("惠州市惠城区示例分局", kind="agency", parent=agency)
        bureau.names.all().delete()
        assert agency.name in self.text(f"/subjects/{bureau.pk}/")
        assert f'<li><a href="/subjects/{bureau.pk}/">' in self.text(f"/subjects/{agency.pk}/")


class CorrectionsTests(Site):
    def test_every_ending_is_listed_with_its_reason_and_without_the_party(self) -> None:
        text = self.text("/corrections/")
        assert WITHDRAWN_BECAUSE in text and "惠城市监罚〔2026〕9099号" in text
        assert self.withdrawn.subject.name not in text and "惠州市修复示例有限公司" not in text

    def test_the_feed_holds_what_the_ledger_lists_with_its_reasons_newest_first(self) -> None:
        first = published_penalty(self.cast)
        end(first, "withdraw", self.cast, "处罚主体有误。")
        text = self.text("/feeds/corrections.atom")
        assert text.index("处罚主体有误。") < text.index(WITHDRAWN_BECAUSE)
        assert first.subject.name not in text and self.withdrawn.subject.name not in text

    def test_expiries_stand_on_their_own_list(self) -> None:
        assert "最长公示期已届满" not in self.text("/corrections/")
        assert "最长公示期已届满" in self.text("/corrections/?act=expired")

    def test_what_was_said_of_a_record_ends_with_its_publication(self) -> None:
        reason = "当事人东江示例提出异议，已受理。"
        services.mark_disputed(self.penalty.pk, actor=self.cast.reviewer, reason=reason)
        assert reason in self.text("/corrections/")
        services.close_dispute(self.penalty.pk, actor=self.cast.reviewer, reason="经核查无误。")
        end(self.penalty, "repair", self.cast, "已完成信用修复。")
        text = self.text("/corrections/")
        assert reason not in text and "东江" not in text

    def test_an_unknown_act_is_named(self) -> None:
        self.text("/corrections/?act=deleted", 400)
        self.text("/corrections/?after=x", 400)


class StatisticsTests(Site):
    def test_questions_are_answered_with_a_table_a_formula_and_a_download(self) -> None:
        text = self.text("/statistics/?year=2026")
        assert "2026年各单位公示得怎么样？" in text and "惠城区市场监督管理局" in text
        assert "÷" in text and "下载 CSV" in text and 'id="data-agencies"' in text
        assert "echarts.common.min.js" in text

    def test_charts_are_loaded_nowhere_else(self) -> None:
        for name, path in every_page(type(self)).items():
            if name != "statistics":
                assert "echarts" not in self.client.get(path).content.decode(), name

    def test_the_download_holds_the_tables_rows(self) -> None:
        body = b"".join(self.client.get("/statistics/export.csv?year=2026&chart=agencies"))  # type: ignore[arg-type]
        assert "惠城区市场监督管理局,行政处罚" in body.decode("utf-8-sig")

    def test_a_nonsense_period_falls_back_to_this_year(self) -> None:
        self.text("/statistics/?year=abcd&month=77")


class ElderModeTests(Site):
    def test_it_is_switched_by_a_link_and_kept_in_a_cookie(self) -> None:
        response = self.client.get("/display/?on=1&next=/help/")
        assert response.headers["Location"] == "/help/"
        assert '<html lang="zh-CN" class="elder">' in self.text("/help/")
        self.client.get("/display/?on=0&next=/help/")
        assert 'class="elder"' not in self.text("/help/")

    def test_it_never_leads_to_another_site(self) -> None:
        for target in ("https://example.com/", "//example.com", "javascript:alert(1)", ""):
            assert self.client.get("/display/", {"on": "1", "next": target}).headers["Location"] == "/"


def table(text: str) -> str:
    return text.split("<tbody>")[1].split("</tbody>")[0]
