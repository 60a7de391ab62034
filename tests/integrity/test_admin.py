"""The staff's pages, through the test client: entry, persons, the credit office's desk, the scan."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.utils import timezone

from integrity.models import Dishonesty, Finding, Responsibility, Statement
from records.models import CreditRecord
from tests.factories.integrity import PDF, drafted, effective, make_official, reviewed, told, values
from tests.factories.registry import id_number, make_agency, make_tenure
from tests.people import make_cast


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.target = make_agency("惠城区示例水务局")
        cls.stranger = make_official(9, cls.target)
        cls.own = make_official(8, cls.cast.agency)

    def client_of(self, person: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[person])
        return client

    def form(self, measure: str, **changes: Any) -> dict[str, Any]:
        return {**values(measure, **changes), "scan": SimpleUploadedFile("处分决定（欧阳示例）.pdf", PDF)}

    def test_a_clerk_finds_an_agency_by_name_and_a_stranger_by_number_only(self) -> None:
        client, page = self.client_of("clerk"), "/staff/integrity/new/dishonesty/"
        assert "惠城区示例水务局" in client.post(page, {"q": "示例水务"}).content.decode()
        assert client.post(page, {"q": self.stranger.name}).status_code == 400
        assert client.get(f"{page}{self.stranger.pk}/").status_code == 404
        assert self.stranger.name in client.post(page, {"q": id_number(9)}).content.decode()
        assert client.get(f"{page}{self.stranger.pk}/").status_code == 200
        assert self.client_of("second_clerk").get(f"{page}{self.stranger.pk}/").status_code == 404
        assert client.get(f"{page}{self.own.pk}/").status_code == 200

    def test_entered_persons_named_submitted_reviewed_found_and_in_effect(self) -> None:
        clerk, reviewer, office = (self.client_of(p) for p in ("clerk", "reviewer", "office"))
        page = f"/staff/integrity/new/dishonesty/{self.cast.agency.pk}/"
        head = make_tenure(self.cast.agency, 21, date(2020, 1, 1), is_head=True, post="局长")
        response = clerk.post(page, self.form("arrears.payment", tier="serious"))
        record = CreditRecord.objects.get(kind="dishonesty")
        at = f"/staff/records/{record.pk}/"
        assert response["Location"] == at
        shown = clerk.get(f"{at}integrity/persons/").content.decode()
        assert head.official.name in shown
        assert "主要负责人" in shown
        clerk.post(f"{at}integrity/persons/", {"on": "2026-05-06", f"duty_{head.pk}": "main_leader"})
        assert Responsibility.objects.get().official_id == head.official_id
        clerk.post(f"{at}submit/")
        assert "审核同意" in reviewer.get(at).content.decode()
        reviewer.post(f"{at}approve/")
        assert "待认定" in office.get("/staff/integrity/").content.decode()
        today = timezone.localdate()
        office.post(f"{at}integrity/find/", {"opinion": "属实。", "served_on": today.isoformat(), "service": "post"})
        assert Finding.objects.get().service == "post"
        assert "陈述申辩期还剩10个工作日" in office.get("/staff/integrity/?tab=notified").content.decode()
        assert office.post(f"{at}integrity/confirm/").status_code == 409
        statement = {"received_on": today.isoformat(), "text": "已在筹措资金。"}
        office.post(f"{at}integrity/statement/", statement)
        pk = Statement.objects.get().pk
        assert "有陈述申辩待答复" in office.get("/staff/integrity/?tab=notified").content.decode()
        office.post(f"/staff/integrity/statements/{pk}/answer/", {"outcome": "refused", "answer": "不影响认定。"})
        office.post(f"{at}integrity/confirm/")
        record.refresh_from_db()
        assert record.status == "published"
        public = Client().get(f"/records/{record.pk}/").content.decode()
        assert "拖欠账款" in public
        assert head.official.name not in public
        assert "拖欠账款" in Client().get("/integrity/?kind=dishonesty").content.decode()
        office.post(f"{at}integrity/fulfilled/", {"on": today.isoformat(), "evidence": "付款凭证第1号"})
        assert "履行完毕" in Client().get(f"/records/{record.pk}/").content.decode()

    def test_everything_that_is_wrong_is_told_and_what_was_typed_stays(self) -> None:
        page = f"/staff/integrity/new/dishonesty/{self.target.pk}/"
        given = {**values("accountability.notice", duty="", effective_from="2026-08-01"), "facts": "保留的文字"}
        response = self.client_of("clerk").post(page, given)
        text = response.content.decode()
        assert response.status_code == 400
        for said in ("请填写违反的职责或义务", "早于文书日期", "没有生效文书的", "保留的文字"):
            assert said in text, said

    def test_numbers_in_the_text_are_asked_about_and_may_be_confirmed(self) -> None:
        client, page = self.client_of("clerk"), f"/staff/integrity/new/dishonesty/{self.target.pk}/"
        facts = "电话13800138000催告多次。"
        asked = client.post(page, self.form("accountability.notice", facts=facts))
        assert asked.status_code == 400
        assert 'name="numbers_meant"' in asked.content.decode()
        client.post(page, {**self.form("accountability.notice", facts=facts), "numbers_meant": "on"})
        assert Dishonesty.objects.get().facts == facts

    def test_a_draft_is_opened_with_what_it_holds_and_changed(self) -> None:
        record = drafted(self.cast, self.target)
        client, page = self.client_of("clerk"), f"/staff/records/{record.pk}/integrity/edit/"
        assert "惠城区示例监察委员会" in client.get(page).content.decode()
        client.post(page, {**values("accountability.notice"), "duty": "《预算法》第十三条"})
        assert Dishonesty.objects.get().duty == "《预算法》第十三条"

    def test_the_scan_comes_as_an_attachment_under_a_name_that_tells_nothing(self) -> None:
        record = drafted(self.cast, self.target)
        response = self.client_of("clerk").get(f"/staff/records/{record.pk}/integrity/instrument/")
        assert response.content == PDF
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert self.target.name not in str(response.headers)

    def test_a_correction_of_a_public_record_is_proposed(self) -> None:
        record = effective(self.cast, self.target, tier="serious")
        page = f"/staff/records/{record.pk}/integrity/correct/"
        given = {**values("accountability.notice"), "document_number": record.document_number, "reason": "误录。"}
        response = self.client_of("clerk").post(page, {**given, "facts": "更正后的事实。"})
        assert response.status_code == 302
        change = record.change_requests.get()
        assert change.changes["facts"][1] == "更正后的事实。"
        assert self.client_of("reviewer").get(response["Location"]).status_code == 200

    def test_the_officials_page_says_what_they_were_responsible_for_in_the_post_of_that_day(self) -> None:
        effective(self.cast, self.own)
        page = f"/staff/records/officialprofile/{self.own.pk}/change/"
        text = self.client_of("clerk").get(page).content.decode()
        assert "任责记录" in text
        assert "纪律处分：记过" in text
        assert "惠城区市场监督管理局科长" in text

    def test_an_agency_reads_what_it_is_told_and_states_its_case_itself(self) -> None:
        anothers = told(self.cast, self.target)
        mine = told(self.cast, self.cast.agency, today=timezone.localdate(), facts="未按期付款。")
        admin, page = self.client_of("agency_admin"), f"/staff/integrity/notices/{mine.pk}/"
        listed = admin.get("/staff/integrity/notices/").content.decode()
        assert "尚未陈述申辩" in listed
        assert f"/staff/integrity/notices/{anothers.pk}/" not in listed
        assert admin.get(f"/staff/integrity/notices/{anothers.pk}/").status_code == 404
        assert "未按期付款。" in admin.get(page).content.decode()
        assert admin.post(page, {"text": "联系13800138000"}).status_code == 400
        assert admin.post(page, {"text": "已于次日付清。", "scan": SimpleUploadedFile("a.pdf", PDF)}).status_code == 302
        assert "等待信用办答复" in admin.get(page).content.decode()
        assert "有陈述申辩待答复" in self.client_of("office").get("/staff/integrity/?tab=notified").content.decode()
        assert self.client_of("clerk").get(page).status_code == 403

    def test_what_only_look_ups_show_says_so_disputed_or_revoked_too(self) -> None:
        record, office = effective(self.cast, self.own), self.client_of("office")
        page = f"/staff/records/{record.pk}/"
        assert "供依法授权的查询使用" in office.get(page).content.decode()
        reason = {"reason": "当事人提出异议。"}
        assert office.post(f"{page}dispute/", reason).status_code == 302
        assert "异议处理中" in office.get(page).content.decode()
        second = self.client_of("second_office")
        assert second.post(f"{page}integrity/revoke/", {"reason": "处分决定被撤销。"}).status_code == 302
        assert "认定已撤销" in office.get(page).content.decode()
        assert office.get(f"{page}dispute/").status_code == 409

    def test_buttons_are_the_credit_offices_only(self) -> None:
        waiting, noticed = reviewed(self.cast, self.target), told(self.cast, self.target)
        for person in ("clerk", "reviewer", "auditor"):
            text = self.client_of(person).get(f"/staff/records/{waiting.pk}/").content.decode()
            assert "认定并告知" not in text, person
            text = self.client_of(person).get(f"/staff/records/{noticed.pk}/").content.decode()
            assert "登记陈述申辩" not in text, person
        office = self.client_of("office")
        assert "认定并告知" in office.get(f"/staff/records/{waiting.pk}/").content.decode()
        assert "期满之后才能生效" in office.get(f"/staff/records/{noticed.pk}/").content.decode()
