"""异常查询: what stands out by the dated rule, and what does not."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core.actors import Actor
from core.identifiers import make_resident_id
from core.models import AuditEvent, Rule
from creditfiles.choices import UnusualReason
from creditfiles.lists import pasted
from creditfiles.models import QueryLog
from creditfiles.services import issue_report, open_file, open_lookup
from creditfiles.unusual import Unusual, unusual
from records.models import Subject
from tests.creditfiles.lists import STATEMENTS
from tests.factories.records import make_subject
from tests.people import Cast, make_cast

DAY = date(2026, 11, 24)  # a Tuesday
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 14, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 4, tzinfo=UTC)


class UnusualTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subjects = [make_subject() for _ in range(6)]
        rule = Rule.objects.get(code="lookup.unusual")
        value = {"days": 30, "from_hour": 8, "to_hour": 19, "off_hours": 3, "per_person": 6, "lists": 2,
                 "same_subject": 3, "unused": 5}  # fmt: skip
        Rule.objects.filter(pk=rule.pk).update(value=value)

    def look(self, at: datetime, subject: Subject | None = None, who: str = "office") -> QueryLog:
        actor = self.cast.actor(who, at=at)
        return open_file(subject or self.subjects[0], purpose="supervision", actor=actor, **STATEMENTS)

    def found(self, reason: str) -> list[Unusual]:
        return [row for row in unusual(DAY).rows if row.reason == reason]

    def test_looks_at_night_and_on_days_off_are_counted_together(self) -> None:
        for n, at in enumerate((NIGHT, SUNDAY, NOON)):
            self.look(at, self.subjects[n])
        self.assertEqual(self.found(UnusualReason.OFF_HOURS), [])
        self.look(NIGHT, self.subjects[3])
        [row] = self.found(UnusualReason.OFF_HOURS)
        self.assertEqual((row.count, row.user_name), (3, "示例信用办"))
        self.assertIn("8时至19时以外或非工作日查询3次", row.sentence)

    def test_the_same_subject_again_and_again_by_one_person(self) -> None:
        for who in ("office", "office", "second_office", "second_office"):
            self.look(NOON, who=who)
        self.assertEqual(self.found(UnusualReason.SAME_SUBJECT), [])
        actor: Actor = self.cast.actor("office", at=NOON)
        lines = pasted(self.subjects[0].name)
        open_lookup(lines, about="bodies", purpose="supervision", actor=actor, today=DAY, **STATEMENTS)
        [row] = self.found(UnusualReason.SAME_SUBJECT)
        self.assertEqual((row.count, row.words), (3, self.subjects[0].name))

    def test_many_looks_and_many_lists(self) -> None:
        for subject in self.subjects:
            self.look(NOON, subject)
        actor: Actor = self.cast.actor("auditor", at=NOON)
        for _ in range(2):
            open_lookup(pasted("甲\n乙"), about="bodies", purpose="supervision", actor=actor, today=DAY, **STATEMENTS)
        sentences = {row.sentence for row in self.found(UnusualReason.MANY)}
        self.assertEqual(sentences, {"查阅档案6次，查询名单0份。", "查阅档案0次，查询名单2份。"})

    def test_looks_of_which_nothing_came(self) -> None:
        looks = [self.look(NOON, subject) for subject in self.subjects[:5]]
        [row] = self.found(UnusualReason.UNUSED)
        self.assertEqual(row.count, 5)
        issue_report(looks[0], actor=self.cast.actor("office", at=NOON))
        self.assertEqual(self.found(UnusualReason.UNUSED), [])

    def test_what_is_older_than_the_rules_days_is_left_alone(self) -> None:
        for subject in self.subjects:
            self.look(NOON - timedelta(days=31), subject)
        self.assertEqual(unusual(DAY).rows, ())

    def test_it_takes_the_same_number_of_statements_however_many_looks(self) -> None:
        def statements() -> int:
            with CaptureQueriesContext(connection) as queries:
                unusual(DAY)
            return len(queries)

        self.look(NOON)
        before = statements()
        for subject in self.subjects:
            self.look(NIGHT, subject, "auditor")
        self.assertEqual(statements(), before)

    def test_auditors_read_it_and_take_it_out(self) -> None:
        client = self.client
        client.force_login(self.cast.users["auditor"])
        rule = Rule.objects.get(code="lookup.unusual")
        Rule.objects.filter(pk=rule.pk).update(value={**rule.value, "same_subject": 1})
        open_file(self.subjects[0], purpose="supervision", actor=self.cast.office, **STATEMENTS)
        page = client.get(reverse("admin:looks_unusual"), {"reason": "same_subject"}).content.decode()
        self.assertIn(f"查询“{self.subjects[0].name}”1次", page)
        self.assertIn("导出XLSX", page)

    def stands_out(self, name: str) -> None:
        """One subject of this name looked at, which is enough to stand out."""
        rule = Rule.objects.get(code="lookup.unusual")
        Rule.objects.filter(pk=rule.pk).update(value={**rule.value, "same_subject": 1})
        open_file(make_subject(name), purpose="supervision", actor=self.cast.office, **STATEMENTS)

    def taken_out(self, format_: str) -> bytes:
        self.client.force_login(self.cast.users["auditor"])
        response = self.client.get(reverse("admin:looks_unusual_export", args=[format_]))
        self.assertEqual(response.status_code, 200)
        self.assertIn(f".{format_}", response["Content-Disposition"])
        return b"".join(response.streaming_content)  # type: ignore[attr-defined]

    def test_both_tables_hold_all_that_stands_out_with_its_days_and_rule_and_are_noted(self) -> None:
        self.stands_out("惠州市示例反复商行")
        text = self.taken_out("csv").decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        sheet = load_workbook(io.BytesIO(self.taken_out("xlsx"))).active
        assert sheet is not None
        self.assertEqual([[str(v or "") for v in row] for row in sheet.values], rows)
        self.assertEqual(rows[0][:5], ["情形", "查询人", "单位", "次数", "说明"])
        mine = next(row for row in rows if row[0] == "反复查询同一主体")
        self.assertEqual((mine[1], mine[3], mine[4]), ("示例信用办", "1", "查询“惠州市示例反复商行”1次。"))
        report = unusual(timezone.localdate())
        self.assertEqual(mine[5:], [report.first.isoformat(), report.day.isoformat(), str(report.rule)])
        self.assertEqual(len(rows), len(report.rows) + 1)
        noted = AuditEvent.objects.filter(action="creditfiles.unusual_exported").order_by("pk")
        self.assertEqual([e.actor_name for e in noted], ["示例审计员"] * 2)
        self.assertIn("CSV", noted[0].object_label)
        self.assertIn("XLSX", noted[1].object_label)

    def test_formulas_are_text_and_personal_numbers_stay_in_the_house(self) -> None:
        number = make_resident_id("441302", date(1989, 2, 3), 7)
        User = type(self.cast.users["office"])
        User.objects.filter(pk=self.cast.users["office"].pk).update(display_name='=HYPERLINK("http://x")')
        self.cast.__dict__.pop("office", None)
        self.cast.users["office"].refresh_from_db()
        self.stands_out(f"张三{number}")
        table = self.taken_out("csv").decode("utf-8-sig")
        self.assertIn("'=HYPERLINK", table)
        sheet = load_workbook(io.BytesIO(self.taken_out("xlsx"))).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row]
        self.assertTrue(any(str(c.value).startswith("=HYPERLINK") and c.data_type != "f" for c in cells))
        for text in (table, " ".join(str(c.value) for c in cells)):
            self.assertNotIn(number, text)

    def test_only_auditors_and_supervision_take_it_out_and_only_as_these_tables(self) -> None:
        for name, status in (("auditor", 200), ("office", 200), ("agency_admin", 403), ("reviewer", 403)):
            self.client.force_login(self.cast.users[name])
            for format_ in ("csv", "xlsx"):
                address = reverse("admin:looks_unusual_export", args=[format_])
                self.assertEqual(self.client.get(address).status_code, status, name)
        self.client.force_login(self.cast.users["auditor"])
        self.assertEqual(self.client.get(reverse("admin:looks_unusual_export", args=["pdf"])).status_code, 404)
