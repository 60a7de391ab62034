"""政务诚信: what is public about government bodies, in numbers and words, and what opens next."""

import csv
import io
from datetime import date, timedelta

from django.utils import timezone

from records import services
from records.models import PublicRecord
from tests.factories.policy import approved, proposed, version
from tests.factories.records import make_subject, published_licence, published_penalty
from tests.portal.stories import Site

PATH = "/integrity/"


class IntegrityTests(Site):
    def test_only_what_is_about_a_government_body_stands_here(self) -> None:
        page = self.text(PATH)
        assert f"/records/{self.about_agency.pk}/" in page and "未按规定公开预算案" in page
        for other in (self.penalty, self.licence, self.disputed, self.masked):
            assert f"/records/{other.pk}/" not in page
        assert set(PublicRecord.objects.filter(about_agency=True)) == {self.about_agency.public_row}

    def test_filters_by_body_kind_and_year_and_says_when_nothing_is_left(self) -> None:
        licence = published_licence(self.cast, self.cast.agency, title="关于准予设置户外广告的决定")
        mine, theirs = f"/records/{licence.pk}/", f"/records/{self.about_agency.pk}/"
        for query, here, gone in (
            ("kind=licence", mine, theirs), ("kind=penalty", theirs, mine),
            (f"subject={self.cast.agency.pk}", mine, theirs), ("year=2026", mine, "没有符合条件"),
        ):  # fmt: skip
            page = self.text(f"{PATH}?{query}")
            assert here in page and gone not in page, query
        assert "没有同时符合以上条件的信息" in self.text(f"{PATH}?year=2025")
        assert "年份" in self.text(f"{PATH}?year=last", status=400)
        assert "没有同时符合" in self.text(f"{PATH}?subject={self.company.pk}")

    def test_pages_follow_each_other_without_a_gap_and_counts_stop_at_the_cap(self) -> None:
        extra = [published_penalty(self.cast, self.cast.other_agency) for _ in range(21)]
        first = self.text(PATH)
        following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        pages = first + self.text(following)
        assert all(pages.count(f'href="/records/{r.pk}/"') == 1 for r in [*extra, self.about_agency])
        assert "共 22 条" in first

    def test_the_file_holds_what_the_list_shows(self) -> None:
        published_licence(self.cast, self.cast.agency)
        response = self.client.get(f"{PATH}export.csv?kind=penalty")
        body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
        head, *rows = csv.reader(io.StringIO(body))
        assert [row[0] for row in rows] == [str(self.about_agency.pk)]
        row = dict(zip(head, rows[0], strict=True))
        assert row["政府机构"] == self.cast.other_agency.name and "违法行为类型：" in row["公开内容"]

    def test_rules_in_force_are_told_in_words(self) -> None:
        page = self.text(PATH)
        assert "现在公开什么" in page and "自决定之日起最长12个月" in page and "不公开（" not in page
        assert "《信用修复管理办法》" in page and "接下来公开什么" not in page

    def test_an_approved_rule_is_announced_and_a_proposed_one_is_not(self) -> None:
        today = timezone.localdate()
        opens = today + timedelta(days=30)
        proposed(self.cast, version(subject_kind="agency", tier="serious", in_force_from=opens), today=today)
        assert "接下来公开什么" not in self.text(PATH)
        approved(self.cast, version(subject_kind="agency", tier="minor", in_force_from=opens), today=today)
        approved(
            self.cast,
            version(subject_kind="official", visibility="masked", in_force_from=opens, basis="《公务员办法》"),
            today=today,
        )
        page = self.text(PATH)
        assert f"{opens.year}年{opens.month}月{opens.day}日起，包括此前作出的" in page
        assert page.count("接下来公开什么") == 1 and "行政处罚（轻微）" in page and "《公务员办法》" not in page

    def test_a_class_that_opens_appears_and_one_that_closes_goes(self) -> None:
        body = make_subject("惠城区某某街道办事处", kind="agency")
        held = published_penalty(self.cast, body, tier="minor")
        assert f"/records/{held.pk}/" not in self.text(PATH)
        approved(self.cast, version(subject_kind="agency"))
        services.daily_sweep(today=date(2027, 1, 1))
        page = self.text(PATH)
        assert f"/records/{held.pk}/" in page and "惠城区某某街道办事处" in page
        assert "依公示规则公开" in self.text(f"/records/{held.pk}/")
        assert "公示规则变更" in self.text("/corrections/?act=rule_changed")
