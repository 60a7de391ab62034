"""The registry on the staff site: what each page does, and that a refusal stands beside its field."""

import io
import zipfile
from datetime import date

from django.test import Client, TestCase
from django.utils import timezone

from records.choices import DuplicateState
from records.models import AgencyProfile, DuplicateCandidate, OfficialProfile, Subject, SubjectMerge, Succession, Tenure
from records.services.agencies import open_confirmations
from records.services.subjects import rename_subject
from tests.factories.records import make_subject
from tests.factories.registry import SYSTEM, id_number, make_agency, make_tenure
from tests.people import make_cast


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.agency = cls.cast.agency

    def setUp(self) -> None:
        self.admin, self.office = self.signed_in("agency_admin"), self.signed_in("office")

    def signed_in(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def test_the_administrator_is_asked_once_a_year_fills_in_and_confirms(self) -> None:
        open_confirmations(today=timezone.localdate())
        first = self.admin.get("/staff/").content.decode()
        assert "基础信息待确认" in first and self.office.get("/staff/").content.decode().count("基础信息待确认") == 0
        base = f"/staff/agencies/{self.agency.pk}/"
        refused = self.admin.post(base + "confirm/", {"reason": ""})
        assert refused.status_code == 400 and "请先填写单位性质" in refused.content.decode()
        values = {"kind": "department", "level": "district", "established_on": "2019-03-18", "address": "示例路1号"}
        assert self.admin.post(base + "edit/", values).status_code == 302
        assert self.admin.post(base + "confirm/", {"reason": ""}).status_code == 302
        profile = AgencyProfile.objects.get(subject=self.agency)
        assert (profile.kind, profile.confirmed_on) == ("department", timezone.localdate())
        listed = self.office.get("/staff/agencies/", {"tab": "open"}).content.decode()
        assert self.cast.other_agency.name in listed and f">{self.agency.name}<" not in listed
        history = self.admin.get(f"/staff/records/subject/{self.agency.pk}/history/").content.decode()
        assert "确认基础信息无误" in history and "单位层级" in history

    def test_an_edit_form_shows_what_is_known_and_keeps_what_it_does_not_ask(self) -> None:
        AgencyProfile.objects.create(subject=self.agency, kind="town", level="town", established_on=date(1994, 1, 1))
        page = self.admin.get(f"/staff/agencies/{self.agency.pk}/edit/").content.decode()
        assert '<option value="town" selected>' in page and 'value="1994-01-01"' in page

    def test_an_official_is_entered_moved_corrected_and_retired(self) -> None:
        form = {"name": "欧阳示例1", "id_type": "身份证", "id_number": id_number(1), "agency_id": self.agency.pk,
                "post": "局长", "rank": "", "started_on": "2020-01-01", "is_head": "on"}  # fmt: skip
        wrong = self.admin.post("/staff/officials/new/", {**form, "id_number": "441302198901010011"})
        assert wrong.status_code == 400 and "校验不符" in wrong.content.decode()
        other = self.admin.post("/staff/officials/new/", {**form, "agency_id": self.cast.other_agency.pk})
        assert other.status_code == 400
        assert self.admin.post("/staff/officials/new/", form).status_code == 302
        tenure = Tenure.objects.get()
        more = {"agency_id": self.agency.pk, "post": "书记", "started_on": "2021-01-01"}
        told = self.admin.post(f"/staff/officials/{tenure.official_id}/tenure/", more, follow=True).content.decode()
        assert "时间重叠" in told and Tenure.objects.count() == 2
        change = {
            "post": "局长",
            "started_on": "2020-01-01",
            "ended_on": "2021-01-01",
            "is_head": "on",
            "reason": "调任",
        }
        assert self.admin.post(f"/staff/tenures/{tenure.pk}/", change).status_code == 302
        tenure.refresh_from_db()
        assert tenure.ended_on == date(2021, 1, 1) and tenure.is_head
        state = {"state": "retired", "since": "2026-01-01", "instrument": "惠城组干〔2026〕1号", "end_posts": "on"}
        assert self.admin.post(f"/staff/officials/{tenure.official_id}/state/", state).status_code == 302
        assert OfficialProfile.objects.get().state == "retired" and not Tenure.objects.filter(ended_on=None).exists()
        page = self.admin.get(f"/staff/records/officialprofile/{tenure.official_id}/history/").content.decode()
        assert "在职" in page and "退休" in page and "登记任职经历" in page

    def test_the_roster_report_is_the_same_as_page_and_workbook(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1))
        make_tenure(self.agency, 1, date(2021, 1, 1), post="主任")
        base = f"/staff/agencies/{self.agency.pk}/roster"
        assert "任职重叠" in self.admin.get(base + "/").content.decode()
        response = self.admin.get(base + ".xlsx")
        assert "示例1" not in response["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(response.content)) as book:
            assert "任职重叠" in "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))

    def test_a_succession_stands_on_both_files(self) -> None:
        new = make_agency("惠城区新设局")
        form = {
            "successor_id": new.pk,
            "day": "2026-01-01",
            "kind": "merged",
            "instrument": "惠城编〔2026〕1号",
            "takes_over": "on",
        }
        assert self.office.post(f"/staff/agencies/{self.agency.pk}/succession/", form).status_code == 302
        assert Succession.objects.get().takes_over
        page = self.office.get(f"/staff/agencies/{new.pk}/").content.decode()
        assert "合并而来" in page and "档案中还包括承继而来的记录" in page
        back = self.office.post(f"/staff/agencies/{new.pk}/succession/", {**form, "successor_id": self.agency.pk})
        assert back.status_code == 400 and "不能又承继它" in back.content.decode()

    def test_the_steward_merges_undoes_and_tells_two_apart(self) -> None:
        one, other = make_subject("惠州市岚栖餐饮有限公司"), make_subject("惠州市岚栖餐饮有限公司旧")
        Subject.objects.filter(pk=other.pk).update(code=None)
        pair = DuplicateCandidate.objects.create(
            first=one, second=other, score=85, evidence=[{"ground": "x", "text": "线索"}]
        )
        assert "线索" in self.office.get("/staff/duplicates/").content.decode()
        form = {"survivor": other.pk, "evidence": "登记机关档案第12号"}
        wrong = self.office.post(f"/staff/duplicates/{pair.pk}/", form)
        assert wrong.status_code == 400 and "反过来合并" in wrong.content.decode()
        assert self.office.post(f"/staff/duplicates/{pair.pk}/", {**form, "survivor": one.pk}).status_code == 302
        merge = SubjectMerge.objects.get()
        assert "并入主体" in self.office.get(f"/staff/records/subject/{other.pk}/change/").content.decode()
        found = self.office.get("/staff/records/subject/", {"q": "餐饮有限公司旧"}).content.decode()
        assert f"/staff/records/subject/{one.pk}/change/" in found
        assert self.office.post(f"/staff/merges/{merge.pk}/undo/", {"reason": "误判"}).status_code == 302
        pair.refresh_from_db()
        assert pair.state == DuplicateState.DIFFERENT
        second = DuplicateCandidate.objects.create(first=one, second=make_subject(), score=50)
        assert self.office.post(f"/staff/duplicates/{second.pk}/different/", {"reason": "两家"}).status_code == 302
        second.refresh_from_db()
        assert second.state == DuplicateState.DIFFERENT
        assert self.signed_in("auditor").post(f"/staff/duplicates/{pair.pk}/", form).status_code == 403

    def test_the_history_of_a_renamed_subject_can_be_read(self) -> None:
        subject = make_subject()
        rename_subject(subject.pk, "惠州市新名有限公司", actor=SYSTEM, reason="变更登记", on=date(2026, 1, 1))
        assert self.office.get(f"/staff/records/subject/{subject.pk}/history/").status_code == 200

    def test_the_import_page_offers_the_registrys_tables_only_and_the_other_not(self) -> None:
        page = self.admin.get("/staff/registry/import/").content.decode()
        assert "公务员名册" in page and "行政处罚" not in page
        assert "公务员名册" not in self.signed_in("clerk").get("/staff/import/").content.decode()
        for code in ("officials", "agencies"):
            assert self.admin.get(f"/staff/import/template/{code}.xlsx").status_code == 200
