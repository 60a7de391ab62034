"""Credit files on the staff site: no look without a reason, a paged file, a report, orders."""

import io
import zipfile
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from creditfiles import services
from creditfiles.models import CreditReport, QueryLog
from records.services import accept_change, propose_withdrawal
from tests.factories.records import make_subject, published_licence, published_penalty
from tests.people import Cast, make_cast

STATEMENTS = {"purpose": "supervision", "legal_basis": "《实施方案》第三条", "reference": "惠城信函〔2026〕3号"}


class FilePagesTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subject = make_subject("惠州市示例建筑工程有限公司")
        cls.penalty = published_penalty(cls.cast, cls.subject)

    def setUp(self) -> None:
        self.client.force_login(self.cast.users["office"])

    def open_look(self) -> str:
        response = self.client.post(reverse("admin:file_open", args=[self.subject.pk]), STATEMENTS)
        self.assertEqual(response.status_code, 302)
        return str(response["Location"])

    def test_a_subject_is_found_by_two_characters_and_opened_with_a_reason(self) -> None:
        found = self.client.get(reverse("admin:files"), {"q": "建筑"}).content.decode()
        self.assertIn(reverse("admin:file_open", args=[self.subject.pk]), found)
        page = self.client.get(self.open_look()).content.decode()
        self.assertIn(self.penalty.document_number, page)
        self.assertIn("惠城信函〔2026〕3号", page)

    def test_the_database_itself_refuses_to_change_a_look_or_an_issued_report(self) -> None:
        self.client.post(f"{self.open_look()}report/")
        self.assertTrue(QueryLog.objects.exists() and CreditReport.objects.exists())
        for table in (QueryLog._meta.db_table, CreditReport._meta.db_table):
            for sql in (f"UPDATE {table} SET subject_label = 'x'", f"DELETE FROM {table}"):
                with (
                    self.subTest(sql),
                    self.assertRaisesMessage(IntegrityError, "append-only"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(sql)

    def test_without_a_reason_nothing_is_shown_and_what_was_typed_stays(self) -> None:
        typed = {"purpose": "supervision", "legal_basis": "《实施方案》", "reference": ""}
        response = self.client.post(reverse("admin:file_open", args=[self.subject.pk]), typed)
        self.assertContains(response, "请填写查询文号", status_code=400)
        self.assertContains(response, "《实施方案》", status_code=400)
        self.assertEqual(QueryLog.objects.count(), 0)

    def test_only_purposes_that_the_role_may_use_are_offered(self) -> None:
        self.client.force_login(self.cast.users["reviewer"])
        page = self.client.get(reverse("admin:file_open", args=[self.subject.pk])).content.decode()
        self.assertIn("项目审批", page)
        self.assertNotIn("监督检查", page)

    def test_another_persons_look_does_not_exist(self) -> None:
        address = self.open_look()
        self.client.force_login(self.cast.users["auditor"])
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_a_look_is_over_the_next_day(self) -> None:
        query = services.open_file(self.subject, actor=self.cast.office, **STATEMENTS)
        old = QueryLog.objects.create(
            **{f.attname: getattr(query, f.attname) for f in QueryLog._meta.fields if f.name not in ("id", "at")},
            at=query.at - timedelta(days=1),
        )
        response = self.client.get(reverse("admin:file", args=[old.pk]))
        self.assertContains(response, "当天有效", status_code=403)

    def test_the_report_comes_as_pdf_without_a_name_in_its_filename(self) -> None:
        response = self.client.post(f"{self.open_look()}report/")
        self.assertEqual(response["Content-Type"], "application/pdf")
        self.assertTrue(response.content.startswith(b"%PDF"))
        self.assertNotIn("示例", response["Content-Disposition"])
        self.assertEqual(CreditReport.objects.get().projection, "authorised")

    def test_a_file_takes_the_same_number_of_queries_however_long_it_is(self) -> None:
        address = self.open_look()
        with self.assertNumQueries(COUNT):
            self.client.get(address)
        for _ in range(22):
            published_licence(self.cast, self.subject)
        with self.assertNumQueries(COUNT):
            page = self.client.get(address).content.decode()
        self.assertIn("下一页", page)

    def test_every_record_tells_all_that_was_done_to_it(self) -> None:
        record = published_licence(self.cast, self.subject)
        change = propose_withdrawal(record.pk, actor=self.cast.clerk, reason="许可被依法撤回。")
        accept_change(change.pk, actor=self.cast.reviewer, today=timezone.localdate())
        own = services.open_file(self.subject, actor=self.cast.office, **{**STATEMENTS, "purpose": "subject_request"})
        page = self.client.get(reverse("admin:file", args=[own.pk]))
        entry = next(e for e in page.context["file"].entries if e.record_id == record.pk)
        self.assertEqual([(r.version, r.act) for r in entry.revisions], [(1, "公示"), (2, "撤下")])
        self.assertContains(page, "第2版　撤下：许可被依法撤回。")

    def test_pages_of_a_file_meet_without_gap_or_overlap(self) -> None:
        for _ in range(25):
            published_licence(self.cast, self.subject)
        address, seen = self.open_look(), []
        page = self.client.get(address)
        while True:
            seen += [e.record_id for e in page.context["file"].entries]
            if not page.context["following"]:
                break
            page = self.client.get(address, {"after": page.context["following"]})
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), 26)

    def test_looks_are_taken_out_as_a_table_by_auditors(self) -> None:
        self.open_look()
        self.client.force_login(self.cast.users["auditor"])
        response = self.client.get(reverse("admin:looks_export"))
        table = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        self.assertIn("惠城信函〔2026〕3号", table)


class OrderPagesTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.subjects = [make_subject() for _ in range(3)]

    def setUp(self) -> None:
        self.client.force_login(self.cast.users["office"])

    def test_an_order_is_made_watched_and_taken_as_an_archive(self) -> None:
        codes = "\r\n".join(s.code or "" for s in self.subjects)
        address = self.client.post(reverse("admin:report_order_new"), {"codes": codes})["Location"]
        self.assertContains(self.client.get(address), "0 / 3 份")
        early = self.client.get(f"{address}reports.zip")
        self.assertEqual(early.status_code, 409)
        services.run_order(int(address.rstrip("/").rsplit("/", 1)[1]))
        self.assertContains(self.client.get(address), "3 / 3 份")
        response = self.client.get(f"{address}reports.zip")
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
        self.assertEqual(len(archive.namelist()), 3)
        self.assertIsNone(archive.testzip())

    def test_unknown_codes_are_named_beside_the_box_and_stay_typed(self) -> None:
        response = self.client.post(reverse("admin:report_order_new"), {"codes": "91441302MA0000000X"})
        self.assertContains(response, "主体库中没有以下1个代码：91441302MA0000000X", status_code=400)


# Session, person, membership, roles; look, rule, family; rows, names, counts; details; sanctions twice;
# reports; who looked.
COUNT = 16
