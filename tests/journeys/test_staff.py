"""Journeys 1, 2 and 5 of the staff through the test client: a workbook becomes public pages and a report."""

from datetime import date
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.utils import timezone

from records import imports
from records.models import CreditRecord, ImportBatch, ImportRow, PublicRecord
from tests.people import make_cast
from tests.support.disclosure_tables import penalty_row, workbook

TODAY = timezone.localdate()


class WorkbookJourney(TestCase):
    """One clerk, one reviewer, one credit office; the worker's steps are called where a worker would run them."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def _client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def _upload(self, clerk: Client, content: bytes) -> ImportBatch:
        file = SimpleUploadedFile("处罚.xlsx", content)
        sent = {"kind": "penalty", "agency": self.cast.agency.pk, "file": file}
        with self.captureOnCommitCallbacks():
            response = clerk.post("/staff/import/", sent)
        assert response.status_code == 302, response.context["form"].errors
        batch = ImportBatch.objects.latest("pk")
        self.assertContains(clerk.get(f"/staff/imports/{batch.pk}/"), "检查中")
        imports.check_batch(batch.pk, today=TODAY)
        batch.refresh_from_db()
        return batch

    def _commit(self, clerk: Client, batch: ImportBatch) -> None:
        with self.captureOnCommitCallbacks():
            assert clerk.post(f"/staff/imports/{batch.pk}/commit/").status_code == 302
        imports.run_commit(batch.pk, today=TODAY)

    def test_a_workbook_becomes_public_pages_and_a_report(self) -> None:
        decided = TODAY.isoformat()
        rows = [penalty_row(n, decided_on=decided, effective_to="2099-12-31") for n in (1, 2, 3)]
        rows.append(penalty_row(4, decided_on="2999-01-01", penalty_category="无此类别"))
        content = workbook("penalty", rows).getvalue()
        clerk, reviewer = self._client("clerk"), self._client("reviewer")

        batch = self._upload(clerk, content)
        page = clerk.get(f"/staff/imports/{batch.pk}/")
        self.assertContains(page, "将可入库的 3 行入库")
        bad = ImportRow.objects.get(batch=batch, status="invalid")
        self.assertContains(page, "处罚类别：")
        rejected = clerk.get(f"/staff/imports/{batch.pk}/rejected.xlsx")
        assert BytesIO(rejected.content).read(2) == b"PK" and "attachment" in rejected["Content-Disposition"]

        corrected = {"decided_on": decided, "effective_to": "2099-12-31", "penalty_category": "罚款"}
        form = clerk.get(f"/staff/imports/rows/{bad.pk}/")
        assert form.status_code == 200
        clerk.post(f"/staff/imports/rows/{bad.pk}/", {**imports.form_values(batch, bad), **corrected})
        bad.refresh_from_db()
        assert bad.status == "valid", bad.errors
        self.assertContains(clerk.get(f"/staff/imports/rows/{bad.pk}/"), "公众将看到")

        self._commit(clerk, batch)
        self.assertContains(clerk.get(f"/staff/imports/{batch.pk}/"), "入库回执")
        assert CreditRecord.objects.filter(status="submitted").count() == 4

        again = self._upload(clerk, content)
        page = clerk.get(f"/staff/imports/{again.pk}/")
        self.assertContains(page, "同一文件已于")
        assert not ImportRow.objects.filter(batch=again, status="valid").exists()

        first, *_, last = CreditRecord.objects.order_by("pk").values_list("pk", flat=True)
        reviewer.post(f"/staff/records/{last}/return/", {"reason": "请补充违法事实"})
        self.assertContains(reviewer.get(f"/staff/review/batches/{batch.pk}/"), "将审核通过")
        reviewer.post(f"/staff/review/batches/{batch.pk}/", {"confirmed": "approve"})
        assert PublicRecord.objects.count() == 3
        assert Client().get(f"/records/{first}/").status_code == 200

        self._declare_and_report(clerk)

    def _declare_and_report(self, clerk: Client) -> None:
        month = TODAY.replace(day=1)
        numbers = {"agency": self.cast.agency.pk, "month": month.isoformat(), "licence": 0}
        few = clerk.post("/staff/reports/declare/", {**numbers, "penalty": 1})
        self.assertContains(few, "不能少于已报送数量", status_code=400)
        assert clerk.post("/staff/reports/declare/", {**numbers, "penalty": 5}).status_code == 302
        office = self._client("office")
        page = office.get(f"/staff/reports/disclosure/?period={month:%Y-%m}")
        penalties = next(row for row in page.context["report"].rows if row.kind == "penalty")
        assert (penalties.measures["produced"], penalties.measures["reported"], penalties.measures["published"]) == (
            5,
            4,
            3,
        )
        licences = next(row for row in page.context["report"].rows if row.kind == "licence")
        assert licences.measures["zero_reports"] == 1
        for form, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
            file = office.get(f"/staff/reports/disclosure/{month:%Y-%m}.{form}")
            assert file.getvalue().startswith(start)
        assert date.fromisoformat(f"{month:%Y-%m}-01") == month
