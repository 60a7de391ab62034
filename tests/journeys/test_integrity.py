"""An official moves post and is then disciplined for an act in the former one: the file shows both, and the effect
ends by itself after twelve months. Time is a parameter: nobody acts on the last day."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.utils import timezone

from core.formats import day
from creditfiles import verification
from creditfiles.entitlement import entitlement
from creditfiles.file import File, read
from creditfiles.services import issue_report, open_file
from integrity.effects import last_day
from records import imports
from records import services as ledger
from records.models import CreditRecord, Subject, Tenure
from tests.factories.integrity import PDF, values
from tests.factories.registry import id_number
from tests.people import make_cast
from tests.support.disclosure_tables import table

TODAY = timezone.localdate()
MOVED, DECIDED = TODAY - timedelta(days=150), TODAY - timedelta(days=85)
ONE = timedelta(days=1)
ACTED = MOVED - timedelta(days=120)
LAST = last_day(DECIDED, 12)


class DisciplineJourney(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def client_of(self, person: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[person])
        return client

    def imported(self) -> Subject:
        """The roster of the agency comes as a workbook's rows; the official leaves one post for another."""
        header = ["姓名", "证件类型", "证件号码", "单位名称/代码", "职务", "任职起", "任职止", "状态"]
        person = ["欧阳示例远", "居民身份证", id_number(31), self.cast.agency.name]
        rows = [
            [*person, "股长", "2020-01-01", MOVED.isoformat(), "在职"],
            [*person, "副局长", (MOVED + timedelta(days=1)).isoformat(), None, "在职"],
        ]
        agency, admin = self.cast.agency, self.cast.actor("agency_admin")
        batch = imports.create_batch(
            table(header, rows), importer="officials", agency_id=agency.pk, filename="名册.xlsx", actor=admin,
            by_worker=False,
        )  # fmt: skip
        imports.check_batch(batch.pk, today=TODAY)
        imports.commit_batch(batch.pk, actor=admin)
        imports.run_commit(batch.pk, today=TODAY)
        official: Subject = Tenure.objects.filter(agency=agency, official__name="欧阳示例远")[0].official
        assert Tenure.objects.filter(official=official).count() == 2
        return official

    def disciplined(self, official: Subject) -> CreditRecord:
        """Entered, reviewed, found, heard and in effect, each by another person."""
        clerk, reviewer, office = (self.client_of(p) for p in ("clerk", "reviewer", "office"))
        typed = {
            **values("discipline.demerit", decided_on=DECIDED, effective_from=DECIDED, acted_from=ACTED),
            "scan": SimpleUploadedFile("scan.pdf", PDF),
        }
        clerk.post(f"/staff/integrity/new/dishonesty/{official.pk}/", typed)
        record = CreditRecord.objects.get(kind="dishonesty")
        at, today = f"/staff/records/{record.pk}/", TODAY.isoformat()
        clerk.post(f"{at}submit/")
        reviewer.post(f"{at}approve/")
        office.post(f"{at}integrity/find/", {"opinion": "属实。", "served_on": today, "service": "direct"})
        office.post(f"{at}integrity/statement/", {"received_on": today, "text": "没有异议。"})
        record.refresh_from_db()
        statement = record.dishonesty.finding.statements.get()
        office.post(f"/staff/integrity/statements/{statement.pk}/answer/", {"outcome": "refused", "answer": "收悉。"})
        office.post(f"{at}integrity/confirm/")
        record.refresh_from_db()
        return record

    def file_on(self, official: Subject, on: date) -> File:
        """The file as an authorised promotion look-up reads it on a day."""
        return read(official, entitlement("promotion", on).scope(official), limit=50, today=on)

    def test_the_file_shows_the_former_post_and_the_effect_that_ends_by_itself(self) -> None:
        official = self.imported()
        record = self.disciplined(official)
        assert (record.status, record.effective_to) == ("approved", LAST)
        page = self.client_of("agency_admin").get(f"/staff/records/officialprofile/{official.pk}/change/")
        text = page.content.decode()
        assert "股长" in text and "副局长" in text and "任责记录" in text
        for on, state in (
            (TODAY, f"生效中，至{day(LAST)}"),
            (LAST, f"生效中，至{day(LAST)}"),
            (LAST + timedelta(days=1), f"已于{day(LAST)}期满，自动解除"),
        ):
            file = self.file_on(official, on)
            (entry,) = file.entries
            assert (entry.title, entry.state) == ("纪律处分：记过", state)
            panel = next(p for p in file.panels if p.title == "任责记录")
            assert f"时任{self.cast.agency.name}股长" in panel.lines[0][1]
            assert state in panel.lines[0][1]
        assert Client().get(f"/records/{record.pk}/").status_code == 404

    def test_the_look_of_a_promotion_shows_it_and_leaves_its_trace(self) -> None:
        official = self.imported()
        self.disciplined(official)
        query = open_file(
            official, purpose="promotion", legal_basis="《公务员法》第四十五条", reference="惠城组函〔2026〕9号",
            actor=self.cast.actor("agency_admin"), today=TODAY,
        )  # fmt: skip
        assert query.shown == {"政务失信": 1}
        text = self.client_of("agency_admin").get(f"/staff/files/looks/{query.pk}/").content.decode()
        assert "纪律处分：记过" in text
        assert "任责记录" in text

    def test_a_report_from_before_still_verifies_and_says_what_has_changed(self) -> None:
        official, admin = self.imported(), self.cast.actor("agency_admin")
        query = open_file(
            official, purpose="promotion", legal_basis="《公务员法》第四十五条", reference="惠城组函〔2026〕9号",
            actor=admin, today=TODAY,
        )  # fmt: skip
        report = issue_report(query, actor=admin)
        assert report.covered == []
        record = self.disciplined(official)
        checked: Any = verification.find(report.code)
        assert (checked.genuine, checked.added, checked.changed) == (True, 1, 0)
        ledger.mark_disputed(record.pk, actor=self.cast.office, reason="当事人提出异议。")
        (entry,) = self.file_on(official, TODAY).entries
        assert entry.state == f"异议处理中，生效中，至{day(LAST)}"

    def test_what_is_left_of_a_running_one_is_added_to_the_next(self) -> None:
        official = self.imported()
        self.disciplined(official)
        office = self.client_of("clerk")
        on = TODAY - timedelta(days=5)
        typed = {
            **values("discipline.warning", decided_on=on, effective_from=on, acted_from=MOVED + 3 * ONE),
            "scan": SimpleUploadedFile("scan.pdf", PDF),
        }
        office.post(f"/staff/integrity/new/dishonesty/{official.pk}/", typed)
        second: Any = CreditRecord.objects.filter(kind="dishonesty").order_by("-pk").first()
        assert second.effective_to == last_day(LAST + ONE, 6)
        assert second.dishonesty.responsibilities.get().role.endswith("副局长")
