"""Reports: what stands in them, that a changed byte is found, and what a check says later."""

import hashlib
import io
import re
import zlib
from datetime import UTC, date, datetime, timedelta

from django.test import TestCase

from core.actors import Actor
from core.errors import Invalid, NotAllowed
from core.models import AppendOnlyError
from creditfiles import codes, services, verification
from creditfiles.models import CreditReport, QueryLog, ReportOrder
from records import services as ledger
from records.models import Subject
from tests.factories.records import make_subject, published_licence, published_penalty
from tests.people import Cast, make_cast

NOW = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
LATER = date(2026, 11, 12)
READER = Actor(user_id=None, name="访客")


def file_of(report: CreditReport) -> bytes:
    with report.file.open() as file:
        return bytes(file.read())


class PublicReportTests(TestCase):
    cast: Cast
    subject: Subject

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subject = make_subject("惠州市示例餐饮管理有限公司")
        cls.penalty = published_penalty(cls.cast, cls.subject)
        cls.licence = published_licence(cls.cast, cls.subject)

    def issue(self) -> CreditReport:
        return services.public_report(self.subject, actor=READER, now=NOW)

    def test_it_covers_what_is_public_and_is_a_tagged_pdf(self) -> None:
        report = self.issue()
        pdf = file_of(report)
        self.assertEqual({record for record, _ in report.covered}, {self.penalty.pk, self.licence.pk})
        self.assertTrue(pdf.startswith(b"%PDF-1."))
        self.assertEqual(hashlib.sha256(pdf).hexdigest(), report.digest)
        unpacked = b"".join(_streams(pdf)) + pdf
        self.assertIn(b"/StructTreeRoot", unpacked)
        self.assertIn(b"/FontFile3", unpacked, "fonts are embedded")

    def test_while_nothing_changes_everybody_gets_the_same_report(self) -> None:
        first = self.issue()
        self.assertEqual(self.issue().pk, first.pk)
        tomorrow = services.public_report(self.subject, actor=READER, now=NOW + timedelta(days=1))
        self.assertNotEqual(tomorrow.pk, first.pk)

    def test_a_check_says_genuine_and_current(self) -> None:
        report = self.issue()
        found = verification.find(report.code.lower().replace("-", " "))
        assert found is not None
        self.assertTrue(found.genuine and found.current)
        self.assertEqual(found.subject, "惠州市示例餐饮管理有限公司")

    def test_a_check_says_what_changed_since(self) -> None:
        report = self.issue()
        change = ledger.propose_withdrawal(self.penalty.pk, actor=self.cast.clerk, reason="决定被撤销")
        ledger.accept_change(change.pk, actor=self.cast.reviewer, today=LATER)
        published_penalty(self.cast, self.subject)
        found = verification.find(report.code)
        assert found is not None
        self.assertTrue(found.genuine)
        self.assertEqual((found.changed, found.added), (1, 1))
        self.assertIn("撤下", [change.what for change in found.changes])
        self.assertNotEqual(self.issue().pk, report.pk, "what is issued now is another report")

    def test_one_changed_byte_is_found(self) -> None:
        report = self.issue()
        pdf = bytearray(file_of(report))
        self.assertEqual(verification.digest_of(io.BytesIO(pdf)), report.digest)
        pdf[len(pdf) // 2] ^= 1
        self.assertNotEqual(verification.digest_of(io.BytesIO(pdf)), report.digest)

    def test_a_report_slipped_into_the_table_is_not_genuine(self) -> None:
        report = self.issue()
        forged = CreditReport.objects.create(
            code=codes.new_code(), subject=self.subject, subject_label="伪造", projection="public", as_of=NOW,
            covered=[], digest="0" * 64, key_id=report.key_id, signature=report.signature, file="reports/none.pdf",
        )  # fmt: skip
        found = verification.find(forged.code)
        assert found is not None
        self.assertFalse(found.genuine)

    def test_a_code_that_nobody_was_given_finds_nothing(self) -> None:
        self.assertIsNone(verification.find(codes.new_code()))
        self.assertIsNone(verification.find("不是核验码"))
        self.assertIsNone(verification.find(""))

    def test_people_have_no_public_report(self) -> None:
        person = make_subject("张三", kind="natural_person")
        with self.assertRaises(NotAllowed):
            services.public_report(person, actor=READER)

    def test_issued_reports_cannot_be_changed(self) -> None:
        report = self.issue()
        with self.assertRaises(AppendOnlyError):
            CreditReport.objects.filter(pk=report.pk).update(digest="0" * 64)
        with self.assertRaises(AppendOnlyError):
            report.delete()


class LookTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subject = make_subject("惠州市示例建筑工程有限公司")
        cls.penalty = published_penalty(cls.cast, cls.subject)
        cls.minor = published_penalty(cls.cast, cls.subject, tier="minor")

    def look(self, actor: Actor, purpose: str = "supervision", **changes: str) -> QueryLog:
        statements = {"legal_basis": "《实施方案》第三条", "reference": "惠城信函〔2026〕3号", **changes}
        return services.open_file(self.subject, purpose=purpose, actor=actor, **statements)

    def test_a_look_leaves_a_row_that_says_who_why_and_how_much(self) -> None:
        query = self.look(self.cast.office)
        self.assertEqual(query.shown, {"行政处罚": 2})
        self.assertEqual((query.purpose, query.projection), ("supervision", "authorised"))

    def test_a_purpose_opens_no_more_than_its_rule_says(self) -> None:
        """What a rule keeps internal is for supervision only."""
        query = self.look(self.cast.reviewer, "project_approval")
        self.assertEqual(query.shown, {"行政处罚": 1})

    def test_without_purpose_basis_or_reference_nothing_opens(self) -> None:
        with self.assertRaises(Invalid) as caught:
            self.look(self.cast.office, "", legal_basis=" ", reference="")
        self.assertEqual(set(caught.exception.fields), {"purpose", "legal_basis", "reference"})
        self.assertEqual(QueryLog.objects.count(), 0)

    def test_a_role_without_entitlement_is_told_so(self) -> None:
        for actor, purpose in ((self.cast.clerk, "supervision"), (self.cast.reviewer, "honours")):
            with self.assertRaises(NotAllowed):
                self.look(actor, purpose)

    def test_a_purpose_that_is_not_about_such_subjects_is_refused(self) -> None:
        with self.assertRaises(NotAllowed) as caught:
            self.look(self.cast.office, "promotion")
        self.assertIn("企业", caught.exception.message)

    def test_the_report_is_for_who_looked_on_that_day(self) -> None:
        query = self.look(self.cast.office)
        report = services.issue_report(query, actor=self.cast.office)
        self.assertEqual(len(report.covered), 2)
        with self.assertRaises(NotAllowed):
            services.issue_report(query, actor=self.cast.auditor)
        found = verification.find(report.code)
        assert found is not None
        self.assertTrue(found.genuine)
        self.assertNotIn("示例建筑", found.subject)

    def test_looks_cannot_be_changed(self) -> None:
        query = self.look(self.cast.office)
        with self.assertRaises(AppendOnlyError):
            QueryLog.objects.filter(pk=query.pk).update(purpose="honours")

    def test_everybody_sees_their_own_looks_and_auditors_all(self) -> None:
        query = self.look(self.cast.office)
        self.assertIn(query, QueryLog.objects.visible_to(self.cast.auditor))
        self.assertNotIn(query, QueryLog.objects.visible_to(self.cast.reviewer))


class OrderTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subjects = [make_subject() for _ in range(25)]
        cls.penalty = published_penalty(cls.cast, cls.subjects[0])

    def order(self) -> ReportOrder:
        return services.order_reports([s.code or "" for s in self.subjects], actor=self.cast.office)

    def test_every_body_gets_its_report_once(self) -> None:
        order = self.order()
        self.assertTrue(services.run_order(order.pk, now=NOW))
        self.assertTrue(services.run_order(order.pk, now=NOW), "running it again changes nothing")
        order.refresh_from_db()
        self.assertEqual((order.done_count, order.status), (25, "done"))
        self.assertEqual(set(order.reports.values_list("subject_id", flat=True)), {s.pk for s in self.subjects})
        self.assertEqual(order.reports.count(), 25)

    def test_unknown_codes_are_named_and_nothing_is_ordered(self) -> None:
        with self.assertRaises(Invalid) as caught:
            services.order_reports(["91441302MA00000000"], actor=self.cast.office)
        self.assertIn("91441302MA00000000", caught.exception.message)
        self.assertEqual(ReportOrder.objects.count(), 0)


def _streams(pdf: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return found
