"""An entry that is not finished at once, through the test client: kept with its mistakes, continued by a colleague."""

from typing import Any

from django.test import Client, TestCase
from django.utils import timezone

from records import services
from records.models import CreditRecord, EntryDraft
from tests.factories.records import make_subject, submitted_penalty
from tests.people import make_cast
from tests.support.disclosure_tables import company, penalty_row, person_row

NUMBER = "441302198901010010"
NEW = "/staff/entry/penalty/"
TODAY = timezone.localdate()


def sent(row: dict[str, Any], do: str = "keep", version: int = 0, **changes: Any) -> dict[str, Any]:
    """What a browser sends; categories are boxes."""
    fields = {**row, **changes, "do": do, "version": version}
    fields["penalty_category"] = [p for p in str(row.get("penalty_category", "")).split("、") if p]
    return {name: value for name, value in fields.items() if value is not None}


class DraftJourney(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def client_of(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def setUp(self) -> None:
        self.clerk, self.colleague = self.client_of("clerk"), self.client_of("second_clerk")

    def keep(self, row: dict[str, Any], **changes: Any) -> str:
        """The draft's address."""
        response = self.clerk.post(NEW, sent(row, **changes))
        assert response.status_code == 302, response.content.decode()
        return str(response["Location"])

    def test_half_a_form_with_mistakes_is_kept_continued_and_submitted(self) -> None:
        half = penalty_row(1, decided_on="2026年2月31日", uscc="91441302MA4UK3XQ1", facts=None, content=None)
        address = self.keep(half)
        assert not CreditRecord.objects.exists()
        draft = EntryDraft.objects.get()
        page = self.colleague.get(address)
        self.assertContains(page, 'value="2026年2月31日"')
        self.assertContains(page, 'value="91441302MA4UK3XQ1"')
        self.assertContains(page, "不存在，请核对月和日")
        pointers = page.context["pointers"]
        assert {place for _, place, _ in pointers["wrong"]} == {"id_decided_on", "id_uscc"}
        assert {place for _, place, _ in pointers["missing"]} == {"id_facts", "id_content"}
        assert (draft.missing, draft.wrong) == (2, 2)
        self.assertContains(self.colleague.get("/staff/"), "本单位经办人都可以继续填写")
        self.assertContains(self.colleague.get("/staff/drafts/"), "补填2栏")
        self.assertContains(self.colleague.get("/staff/drafts/"), "改正2处")

        unready = self.colleague.post(address, sent(half, "send", 1))
        assert unready.status_code == 400 and EntryDraft.objects.get().version == 1
        self.assertContains(unready, "现在改不完的可以先保存草稿", status_code=400)

        whole = penalty_row(1, decided_on=TODAY.isoformat(), effective_to="2099-12-31")
        done = self.colleague.post(address, sent(whole, "send", 1))
        record = CreditRecord.objects.get()
        assert done["Location"] == f"/staff/records/{record.pk}/"
        assert (record.status, record.entered_by_id) == ("submitted", self.cast.users["second_clerk"].pk)
        assert not EntryDraft.objects.exists()
        self.client_of("reviewer").post(f"/staff/records/{record.pk}/approve/")
        record.refresh_from_db()
        assert record.status == "published"

    def test_even_an_empty_form_is_kept(self) -> None:
        address = self.keep({})
        assert len(self.clerk.get(address).context["pointers"]["missing"]) > 5

    def test_another_agencys_draft_does_not_exist(self) -> None:
        address, stranger = self.keep(penalty_row(1)), self.client_of("other_clerk")
        never = address.replace(str(EntryDraft.objects.get().pk), "999999")
        assert stranger.get(address).status_code == 404
        answers = [stranger.post(a, sent(penalty_row(2))) for a in (address, never)]
        assert [a.status_code for a in answers] == [404, 404]
        mine, other = company(1)[0], company(2)[0]
        for answer in answers:
            assert mine not in answer.content.decode() and other in answer.content.decode()
        assert stranger.get(f"/staff/drafts/{EntryDraft.objects.get().pk}/drop/").status_code == 404
        assert mine not in stranger.get("/staff/drafts/").content.decode()
        assert EntryDraft.objects.get().version == 1

    def test_the_later_of_two_saves_is_told_and_loses_nothing(self) -> None:
        address = self.keep(penalty_row(1))
        first = penalty_row(1, facts="甲写的事实", fine_amount="0.3")
        second = penalty_row(1, facts="乙写的事实")
        assert self.clerk.post(address, sent(first, version=1)).status_code == 302
        answer = self.colleague.post(address, sent(second, version=1))
        self.assertContains(answer, "没有保存", status_code=409)
        self.assertContains(answer, "乙写的事实", status_code=409)
        self.assertContains(answer, "甲写的事实", status_code=409)
        assert set(answer.context["form"].theirs) == {"facts", "fine_amount"}
        assert EntryDraft.objects.get().fields["facts"] == ["甲写的事实"]
        again = self.colleague.post(address, sent(second, version=answer.context["paper"].version))
        assert again.status_code == 302
        assert EntryDraft.objects.get().fields["facts"] == ["乙写的事实"]

    def test_a_submission_over_a_colleagues_save_is_told_too(self) -> None:
        address = self.keep(penalty_row(1))
        self.clerk.post(address, sent(penalty_row(1, facts="甲"), version=1))
        answer = self.colleague.post(address, sent(penalty_row(1), "send", 1))
        assert answer.status_code == 409 and not CreditRecord.objects.exists()

    def test_what_was_typed_into_a_draft_that_is_gone_can_be_kept_anew(self) -> None:
        address = self.keep(penalty_row(1))
        self.clerk.post(f"/staff/drafts/{EntryDraft.objects.get().pk}/drop/", {"version": 1})
        answer = self.colleague.post(address, sent(penalty_row(1, facts="乙写的事实"), version=1))
        self.assertContains(answer, "乙写的事实", status_code=404)
        self.assertContains(answer, f'action="{NEW}', status_code=404)
        assert self.colleague.post(NEW, sent(penalty_row(1, facts="乙写的事实"), version=0)).status_code == 302

    def test_identity_numbers_are_kept_and_never_shown_again(self) -> None:
        address = self.keep(person_row(1, facts=None))
        page = self.colleague.get(address)
        assert NUMBER not in page.content.decode() and "441***********0010" in page.content.decode().replace("＊", "*")
        for where in ("/staff/drafts/", "/staff/", f"/staff/drafts/{EntryDraft.objects.get().pk}/drop/"):
            self.assertNotContains(self.colleague.get(where), NUMBER)
        kept = self.colleague.post(address, sent(person_row(1, party_id_number=None), version=1))
        assert kept.status_code == 302 and EntryDraft.objects.get().fields["party_id_number"] == [NUMBER]
        last = person_row(1, party_id_number="", decided_on=TODAY.isoformat(), effective_to="2099-12-31")
        assert self.colleague.post(address, sent(last, "send", 2)).status_code == 302
        assert CreditRecord.objects.get().subject.id_number == NUMBER

    def test_a_kept_number_can_be_taken_out(self) -> None:
        address = self.keep(person_row(1))
        self.clerk.post(address, sent(person_row(1, party_id_number=""), version=1, party_id_number__clear="on"))
        assert not any(EntryDraft.objects.get().fields.get("party_id_number", []))

    def test_a_number_in_the_wrong_field_is_not_repeated_by_the_list(self) -> None:
        self.keep(penalty_row(1, party_name=NUMBER, document_number=NUMBER))
        self.assertNotContains(self.colleague.get("/staff/drafts/"), NUMBER)

    def test_doubts_are_confirmed_before_a_draft_is_submitted(self) -> None:
        row = penalty_row(1, decided_on=TODAY.isoformat(), effective_to="2099-12-31", fine_amount="2000")
        address = self.keep(row)
        asked = self.clerk.post(address, sent(row, "send", 1))
        self.assertContains(asked, "有几处请再核对")
        said = asked.context["form"]["acknowledged"].value()
        assert self.clerk.post(address, sent(row, "send", 1, acknowledged=said)).status_code == 302

    def test_the_known_decision_is_told_while_it_is_a_draft(self) -> None:
        row = penalty_row(1, decided_on=TODAY.isoformat(), effective_to="2099-12-31")
        self.clerk.post(NEW, sent(row, "send"))
        self.assertContains(self.clerk.get(self.keep(row)), "的同一决定已在库中")


class ReturnedJourney(TestCase):
    """Changes of a returned record wait in a draft of their own."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        name, code = company(1)
        self.record = submitted_penalty(self.cast, make_subject(name, code=code))
        services.return_(self.record.pk, actor=self.cast.reviewer, reason="补充违法事实")
        self.clerk, self.colleague = Client(), Client()
        self.clerk.force_login(self.cast.users["clerk"])
        self.colleague.force_login(self.cast.users["second_clerk"])
        self.page, self.edit = f"/staff/records/{self.record.pk}/", f"/staff/records/{self.record.pk}/edit/"
        day = {"decided_on": TODAY.isoformat(), "effective_to": "2099-12-31"}
        self.row = penalty_row(1, document_number=self.record.document_number, **day)

    def test_changes_wait_and_the_record_stays(self) -> None:
        self.clerk.post(self.edit, sent(self.row, facts="改到一半", decided_on="2026-13-01"))
        self.record.refresh_from_db()
        assert self.record.status == "returned" and str(self.record.decided_on) == "2026-11-02"
        page = self.colleague.get(self.page)
        self.assertContains(page, "继续修改")
        self.assertNotContains(page, f"{self.page}submit/")
        self.assertContains(self.colleague.get(self.edit), "改到一半")
        self.assertContains(self.colleague.get(self.edit), 'value="2026-13-01"')
        self.assertContains(self.colleague.get("/staff/drafts/"), "对已有记录的修改")
        refused = self.colleague.post(f"{self.page}submit/")
        self.assertContains(refused, "尚未提交的修改草稿", status_code=409)
        assert self.colleague.post(self.edit, sent(self.row, "send", 1, facts="补充后的事实")).status_code == 302
        self.record.refresh_from_db()
        assert self.record.status == "submitted" and not EntryDraft.objects.exists()

    def test_what_is_typed_while_a_colleague_submits_stays_on_the_page(self) -> None:
        services.submit(self.record.pk, actor=self.cast.clerk)
        for do in ("keep", "send"):
            # A doubtful amount as well: being overtaken is told before doubts are asked about.
            answer = self.colleague.post(self.edit, sent(self.row, do, facts="乙写的事实", fine_amount="2000"))
            self.assertContains(answer, "乙写的事实", status_code=409)
            self.assertContains(answer, "可以复制", status_code=409)
        assert not EntryDraft.objects.exists()

    def test_a_refused_submission_leaves_record_and_draft_alone(self) -> None:
        self.clerk.post(self.edit, sent(self.row, facts="改到一半"))
        answer = self.clerk.post(self.edit, sent(self.row, "send", 1, uscc="1"))
        assert answer.status_code == 400
        self.record.refresh_from_db()
        assert self.record.status == "returned" and EntryDraft.objects.get().version == 1

    def test_a_reviewer_reads_the_record_without_the_draft(self) -> None:
        self.clerk.post(self.edit, sent(self.row, facts="改到一半"))
        reviewer = Client()
        reviewer.force_login(self.cast.users["reviewer"])
        self.assertNotContains(reviewer.get(self.page), "尚未提交的修改")
        assert reviewer.get(self.edit).status_code == 403
        assert reviewer.post(self.edit, sent(self.row)).status_code == 403
