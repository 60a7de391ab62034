"""Review on the staff site: what is seen is what is approved, own entries are left to others, races end in 409."""

from datetime import timedelta

from django.test import Client, TestCase
from django.utils import timezone

from core.models import AuditEvent, Clock
from records import services
from records.models import ChangeRequest, CreditRecord, ImportBatch
from tests.factories.records import draft_penalty, make_subject, published_penalty, submitted_penalty
from tests.people import Cast, make_cast


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.users[name])
    return client


class ReviewTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.record = submitted_penalty(self.cast)
        self.reviewer = signed_in(self.cast, "reviewer")
        self.page = f"/staff/records/{self.record.pk}/"

    def _status(self, pk: int | None = None) -> str:
        return str(CreditRecord.objects.get(pk=pk or self.record.pk).status)

    def test_the_page_shows_entered_and_public_side_by_side_and_the_acts(self) -> None:
        page = self.reviewer.get(self.page)
        self.assertContains(page, "公众将看到")
        self.assertContains(page, "审核通过后立即公示")
        self.assertContains(page, f"{self.page}approve/")
        self.assertContains(page, f"{self.page}return/")

    def test_a_masked_person_is_marked_as_different(self) -> None:
        phone = submitted_penalty(self.cast, detail={"facts": "当事人电话13800138000，未公示年报。"})
        page = self.reviewer.get(f"/staff/records/{phone.pk}/").content.decode()
        assert 'class="differs"' in page and "［已隐去］" in page

    def test_the_comparison_says_how_much_differs_and_marks_it_in_words(self) -> None:
        detail = {"facts": "当事人电话13800138000，未公示年报。"}
        phone = submitted_penalty(self.cast, detail=detail)
        page = self.reviewer.get(f"/staff/records/{phone.pk}/")
        tally = page.context["tally"]
        assert tally.differing == 1 and tally.hidden >= 1 and tally.same > 5
        self.assertContains(page, "1栏与填报不同")
        self.assertContains(page, "与填报不同</span>", count=1)
        self.assertContains(page, "请确认没有多隐去或少隐去")

    def test_the_head_of_the_public_page_is_compared_too(self) -> None:
        heading = dict(self.reviewer.get(self.page).context["groups"])["公示页抬头"]
        assert [(line.label, line.differs) for line in heading] == [
            ("相对人", False), ("标题", False), ("期限标注", False),
        ]  # fmt: skip

    def test_what_is_unusual_is_said_before_the_buttons(self) -> None:
        today = timezone.localdate()
        for due_on, sentence in ((today, "期限的最后一天"), (today - timedelta(days=1), "公示后标注“逾期公示”")):
            CreditRecord.objects.filter(pk=self.record.pk).update(due_on=due_on)
            self.assertContains(self.reviewer.get(self.page), sentence)
        CreditRecord.objects.filter(pk=self.record.pk).update(due_on=today + timedelta(days=5))
        self.record.subject.verification = "verified"
        self.record.subject.save()
        self.assertNotContains(self.reviewer.get(self.page), "审核时请留意")

    def test_the_last_day_is_called_today_not_zero_days(self) -> None:
        Clock.objects.filter(object_id=self.record.pk).update(due_on=timezone.localdate())
        page = self.reviewer.get(self.page)
        self.assertContains(page, "今日到期")
        self.assertNotContains(page, "还剩0个工作日")

    def test_a_queue_is_worked_through_without_going_back_to_it(self) -> None:
        own, behind = submitted_penalty(self.cast), submitted_penalty(self.cast)
        CreditRecord.objects.filter(pk=own.pk).update(entered_by=self.cast.users["reviewer"])
        page = self.reviewer.get(self.page)
        assert page.context["next"] == behind.pk
        response = self.reviewer.post(f"{self.page}approve/", {"next": behind.pk})
        self.assertRedirects(response, f"/staff/records/{behind.pk}/")
        assert self._status() == "published"
        assert self.reviewer.get(f"/staff/records/{behind.pk}/").context["next"] is None

    def test_who_may_not_decide_gets_no_form_to_return_it(self) -> None:
        for name in ("clerk", "auditor"):
            self.assertNotContains(signed_in(self.cast, name).get(self.page), "退回理由")

    def test_approving_publishes(self) -> None:
        self.reviewer.post(f"{self.page}approve/", {"seen": self.record.updated_at.isoformat()})
        assert self._status() == "published"

    def test_what_changed_since_it_was_read_is_not_approved(self) -> None:
        seen = self.record.updated_at.isoformat()
        services.return_(self.record.pk, actor=self.cast.reviewer, reason="补充")
        services.submit(self.record.pk, actor=self.cast.clerk)
        response = self.reviewer.post(f"{self.page}approve/", {"seen": seen})
        self.assertContains(response, "有变化", status_code=409)
        assert self._status() == "submitted"

    def test_the_second_of_two_reviewers_is_told_that_somebody_was_faster(self) -> None:
        services.approve(self.record.pk, actor=self.cast.office)
        response = self.reviewer.post(f"{self.page}approve/")
        self.assertContains(response, "可能已由他人处理", status_code=409)

    def test_an_own_entry_has_no_button_and_says_why(self) -> None:
        CreditRecord.objects.filter(pk=self.record.pk).update(entered_by=self.cast.users["reviewer"])
        page = self.reviewer.get(self.page)
        self.assertContains(page, "须由另一位审核人审核")
        self.assertNotContains(page, f"{self.page}approve/")
        response = self.reviewer.post(f"{self.page}approve/")
        self.assertContains(response, "本人经办", status_code=403)
        assert self._status() == "submitted"

    def test_returning_needs_a_reason_and_the_clerk_reads_it(self) -> None:
        self.assertContains(
            self.reviewer.post(f"{self.page}return/", {"reason": " "}), "请填写退回理由", status_code=400
        )
        self.reviewer.post(f"{self.page}return/", {"reason": "违法事实未写时间"})
        assert self._status() == "returned"
        clerk = signed_in(self.cast, "clerk")
        self.assertContains(clerk.get("/staff/"), "被退回")
        self.assertContains(clerk.get(self.page), "违法事实未写时间")

    def test_readers_who_may_not_act_change_nothing(self) -> None:
        for name in ("clerk", "auditor", "agency_admin", "other_reviewer", "system_admin"):
            client = signed_in(self.cast, name)
            for act in ("approve", "return"):
                assert client.post(f"{self.page}{act}/", {"reason": "x"}).status_code in (403, 404), (name, act)
        assert self._status() == "submitted"

    def test_a_selection_is_previewed_then_approved_without_own_entries(self) -> None:
        other, own = submitted_penalty(self.cast), submitted_penalty(self.cast)
        minor = submitted_penalty(self.cast, tier="minor")
        CreditRecord.objects.filter(pk=own.pk).update(entered_by=self.cast.users["reviewer"])
        ids = [self.record.pk, other.pk, own.pk, minor.pk]
        page = self.reviewer.post("/staff/review/selected/", {"ids": ids})
        plan = page.context["plan"]
        assert (len(plan.records), plan.own, plan.outlook.shown) == (3, 1, 2)
        assert sum(plan.outlook.withheld.values()) == 1
        assert self._status() == "submitted"
        self.reviewer.post("/staff/review/selected/", {"ids": ids, "confirmed": "approve"})
        assert [self._status(pk) for pk in ids] == ["published", "published", "submitted", "approved"]

    def test_a_selection_is_returned_with_one_reason(self) -> None:
        ids = [self.record.pk]
        empty = self.reviewer.post("/staff/review/selected/", {"ids": ids, "confirmed": "return"})
        assert empty.status_code == 400 and self._status() == "submitted"
        self.reviewer.post("/staff/review/selected/", {"ids": ids, "confirmed": "return", "reason": "请补充"})
        assert self._status() == "returned"

    def test_choosing_nothing_says_so(self) -> None:
        self.assertContains(self.reviewer.post("/staff/review/selected/", {}), "没有选择", status_code=400)

    def test_the_queue_filters_by_deadline_and_finds_two_characters(self) -> None:
        late = submitted_penalty(self.cast, make_subject("惠州市江畔餐饮有限公司"), decided_on=self.record.decided_on)
        CreditRecord.objects.filter(pk=late.pk).update(due_on="2020-01-01")
        CreditRecord.objects.filter(pk=self.record.pk).update(due_on="2099-01-01")
        assert self._rows("?late=late") == [late.pk]
        assert self._rows("?q=江畔") == [late.pk]
        assert self._rows("?q=无此名称") == []

    def _rows(self, query: str) -> list[int]:
        page = self.reviewer.get(f"/staff/review/{query}")
        return [row["record"].pk for row in page.context["rows"]]


class ChangeTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.record = published_penalty(self.cast)
        self.clerk, self.reviewer = signed_in(self.cast, "clerk"), signed_in(self.cast, "reviewer")

    def test_a_withdrawal_is_proposed_by_one_and_accepted_by_another(self) -> None:
        page = f"/staff/records/{self.record.pk}/withdraw/"
        assert self.clerk.post(page, {"reason": "复议撤销"}).status_code == 400
        self.clerk.post(page, {"reason": "复议撤销", "basis": "惠城府复〔2026〕1号"})
        change = ChangeRequest.objects.get()
        address = f"/staff/changes/{change.pk}/"
        self.assertNotContains(self.clerk.get(address), "同意，立即生效")
        self.assertContains(self.reviewer.get(address), "同意，立即生效")
        self.reviewer.post(address, {"decision": "accept"})
        self.record.refresh_from_db()
        assert self.record.status == "withdrawn"

    def test_refusing_needs_an_opinion(self) -> None:
        change = services.propose_withdrawal(self.record.pk, actor=self.cast.clerk, reason="x")
        address = f"/staff/changes/{change.pk}/"
        refused = self.reviewer.post(address, {"decision": "refuse"})
        self.assertContains(refused, "请填写复核意见", status_code=400)
        self.reviewer.post(address, {"decision": "refuse", "opinion": "理由不充分"})
        change.refresh_from_db()
        assert change.status == "refused"

    def test_another_agency_finds_neither_the_change_nor_its_page(self) -> None:
        change = services.propose_withdrawal(self.record.pk, actor=self.cast.clerk, reason="复议撤销")
        other = signed_in(self.cast, "other_reviewer")
        assert other.get(f"/staff/changes/{change.pk}/").status_code == 404
        self.assertNotContains(other.get("/staff/changes/"), self.record.document_number)
        self.assertContains(self.reviewer.get("/staff/changes/"), self.record.document_number)

    def test_selected_changes_are_agreed_to_or_refused_together(self) -> None:
        other = published_penalty(self.cast)
        for record in (self.record, other):
            services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="x")
        ids = list(ChangeRequest.objects.values_list("pk", flat=True))
        page = "/staff/changes/selected/"
        self.assertContains(self.reviewer.post(page, {"ids": ids}), "<strong>2</strong>条撤下")
        empty = self.reviewer.post(page, {"ids": ids, "confirmed": "refuse"})
        self.assertContains(empty, "请填写复核意见", status_code=400)
        self.reviewer.post(page, {"ids": ids[:1], "confirmed": "refuse", "opinion": "依据不足"})
        self.reviewer.post(page, {"ids": ids[1:], "confirmed": "accept"})
        assert set(ChangeRequest.objects.values_list("pk", "status")) == {(ids[0], "refused"), (ids[1], "accepted")}

    def test_the_withdrawals_of_a_batch_are_decided_on_one_page(self) -> None:
        batch = ImportBatch.objects.create(importer="penalty", agency=self.cast.agency, filename="a.xlsx", digest="x")
        for _ in range(3):
            published_penalty(self.cast, batch=batch)
        page = f"/staff/changes/batches/{batch.pk}/"
        self.assertContains(self.reviewer.get(page), "没有待复核的撤下申请")
        self.clerk.post(f"/staff/batches/{batch.pk}/withdraw/", {"reason": "批量有误", "basis": "惠城府复〔2026〕1号"})
        self.assertContains(self.reviewer.get("/staff/changes/"), f'href="{page}"')
        self.assertContains(self.reviewer.get(page), "<strong>3</strong>条撤下")
        assert self.clerk.get(page).status_code == 403
        self.reviewer.post(page, {"confirmed": "refuse", "opinion": "依据不足"})
        assert set(ChangeRequest.objects.values_list("status", flat=True)) == {"refused"}
        self.clerk.post(f"/staff/batches/{batch.pk}/withdraw/", {"reason": "再核", "basis": "惠城府复〔2026〕1号"})
        self.reviewer.post(page, {"confirmed": "accept"})
        assert CreditRecord.objects.filter(batch=batch, status="withdrawn").count() == 3

    def test_whoever_proposed_the_withdrawal_of_a_batch_does_not_decide_it(self) -> None:
        batch = ImportBatch.objects.create(importer="penalty", agency=self.cast.agency, filename="a.xlsx", digest="x")
        published_penalty(self.cast, batch=batch)
        services.withdraw_batch(batch.pk, actor=self.cast.reviewer, reason="批量有误")
        page = self.reviewer.get(f"/staff/changes/batches/{batch.pk}/")
        self.assertContains(page, "须由另一位工作人员处理")
        self.assertNotContains(page, "全部同意")

    def test_a_correction_shows_old_and_new_side_by_side(self) -> None:
        page = self.clerk.get(f"/staff/records/{self.record.pk}/correct/")
        form = page.context["form"]
        data = {name: form[name].value() or "" for name in form.fields}
        data |= {"content": "罚款人民币叁仟元整", "fine_amount": "0.3", "reason": "笔误", "do": "send"}
        response = self.clerk.post(f"/staff/records/{self.record.pk}/correct/", data)
        if response.status_code == 200:  # asked to confirm a warning: the same again with what was said
            data["acknowledged"] = response.context["form"].data["acknowledged"]
            response = self.clerk.post(f"/staff/records/{self.record.pk}/correct/", data)
        assert response.status_code == 302, response.context["form"].errors
        change = ChangeRequest.objects.get()
        assert change.changes["fine_amount"] == ["0.2", "0.3"]
        self.assertContains(self.reviewer.get(f"/staff/changes/{change.pk}/"), "罚款人民币叁仟元整")
        self.reviewer.post(f"/staff/changes/{change.pk}/", {"decision": "accept"})
        self.record.public_row.refresh_from_db()
        assert self.record.public_row.state == "corrected"


class PersonalDataTests(TestCase):
    NUMBER = "441302198001011234"

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.person = make_subject("欧阳建国", kind="natural_person")
        detail = {"party_id_type": "身份证", "party_id_number": cls.NUMBER}
        cls.record = draft_penalty(cls.cast.agency, cls.person, clerk=cls.cast.clerk, detail=detail)

    def test_a_number_is_masked_and_seeing_it_asks_why_and_is_noted(self) -> None:
        clerk, page = signed_in(self.cast, "clerk"), f"/staff/records/{self.record.pk}/"
        self.assertNotContains(clerk.get(page), self.NUMBER)
        self.assertContains(clerk.post(f"{page}identity/", {"reason": ""}), "请填写查看理由", status_code=400)
        self.assertContains(clerk.post(f"{page}identity/", {"reason": "核对当事人"}), self.NUMBER)
        event = AuditEvent.objects.get(action="records.identity_revealed")
        assert event.reason == "核对当事人" and self.NUMBER not in str(event.__dict__)

    def test_an_agency_administrator_may_not_see_it(self) -> None:
        admin = signed_in(self.cast, "agency_admin")
        response = admin.post(f"/staff/records/{self.record.pk}/identity/", {"reason": "x"})
        assert response.status_code == 403 and self.NUMBER not in response.content.decode()
