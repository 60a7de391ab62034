"""What staff see of the road to the platforms, who sees it, and the few things people may do with it."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from records import services as records
from records.models import CreditRecord
from sharing import services
from sharing.admin import places
from sharing.admin.words import ADVICE
from sharing.models import Attempt, Delivery, Platform, ReconciliationDifference, ReconciliationRun
from tests.factories.records import published_penalty
from tests.people import Cast, make_cast

ADDRESSES = {code: {"url": f"http://127.0.0.1:1/{code}", "signing_key": ""} for code in ("municipal", "provincial")}


class Desk(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.platform = Platform.objects.get(code="municipal")
        cls.refused = published_penalty(cls.cast)
        cls.stored = published_penalty(cls.cast)
        cls.withdrawn = published_penalty(cls.cast)
        change = records.propose_withdrawal(cls.withdrawn.pk, actor=cls.cast.clerk, reason="决定被撤销", basis="")
        records.accept_change(change.pk, actor=cls.cast.reviewer)
        records.seal()
        for platform in Platform.objects.all():
            services.fan_out(platform.pk)
        cls.settle(
            cls.refused, state="refused", receipt_code="1001", receipt_column="CF_XDR_MC",
            receipt_text="未查询到主体或查询到的主体信息不匹配", receipt_at=timezone.now(),
        )  # fmt: skip
        cls.settle(cls.stored, state="stored", receipt_code="200", receipt_text="已入库", receipt_at=timezone.now())

    @classmethod
    def settle(cls, record: CreditRecord, **values: object) -> None:
        rows = Delivery.objects.filter(record=record, platform=cls.platform)
        rows.update(**{"next_try_at": None, "attempts": 1} | values)

    def page(self, who: str, name: str, *args: object, status: int = 200, query: str = "") -> str:
        self.client.force_login(self.cast.users[who])
        response = self.client.get(reverse(f"admin:{name}", args=args) + query)
        assert response.status_code == status, (who, name, response.status_code)
        return response.content.decode()

    def delivery(self, record: CreditRecord) -> Delivery:
        return Delivery.objects.get(record=record, platform=self.platform, version=record.version)


class DeliveriesTests(Desk):
    def test_a_clerk_sees_code_column_text_and_what_to_do(self) -> None:
        page = self.page("clerk", "deliveries")
        for words in (
            "1001",
            "CF_XDR_MC（行政相对人名称）",
            "主体信息不匹配",
            ADVICE["1001"],
            self.refused.document_number,
        ):
            assert words in page
        assert self.stored.document_number not in page and "原样重新报送</a>" not in page

    def test_each_state_has_its_tab(self) -> None:
        for tab, number in (
            ("stored", self.stored.document_number),
            ("recalling", self.withdrawn.document_number),
            ("pending", self.stored.document_number),
            ("superseded", self.withdrawn.document_number),
        ):
            assert number in self.page("clerk", "deliveries", query=f"?tab={tab}"), tab
        assert "没有" in self.page("clerk", "deliveries", query="?tab=accepted")

    def test_another_agency_sees_nothing_of_it(self) -> None:
        for tab in ("refused", "stored", "pending", "recalling"):
            page = self.page("other_clerk", "deliveries", query=f"?tab={tab}")
            assert self.refused.document_number not in page and self.stored.document_number not in page

    def test_it_is_filtered_by_platform_document_number_and_agency(self) -> None:
        number = self.refused.document_number
        provincial = Platform.objects.get(code="provincial").pk
        assert number not in self.page("office", "deliveries", query=f"?tab=refused&platform={provincial}")
        assert number in self.page("office", "deliveries", query=f"?tab=refused&q={number.replace('〔', '(')}")
        assert number in self.page("office", "deliveries", query=f"?tab=refused&agency={self.cast.agency.pk}")
        assert number not in self.page("office", "deliveries", query=f"?agency={self.cast.other_agency.pk}")

    def test_nonsense_in_the_address_is_an_ordinary_page(self) -> None:
        self.page("clerk", "deliveries", query="?tab=x&after=-1&platform=abc&agency=1&q=%00")
        self.page("clerk", "deliveries", query="?after=99999999999999999999999999")

    def test_pages_follow_each_other_without_gap(self) -> None:
        from sharing.admin import deliveries

        page, deliveries.PAGE = deliveries.PAGE, 2
        try:
            numbers: set[int] = set()
            after = ""
            while True:
                rows, after = deliveries.newest_page(Delivery.objects.all(), after)
                numbers |= {row.pk for row in rows}
                if not after:
                    break
        finally:
            deliveries.PAGE = page
        assert numbers == set(Delivery.objects.values_list("pk", flat=True))

    def test_the_three_administrators_have_no_business_here(self) -> None:
        for who in ("system_admin", "security_admin", "audit_admin"):
            self.page(who, "deliveries", status=403)

    def test_a_corrected_record_leaves_the_list_of_refused(self) -> None:
        records.mark_disputed(self.refused.pk, actor=self.cast.office, reason="当事人提出异议")
        records.seal()
        services.fan_out(self.platform.pk)
        assert self.refused.document_number not in self.page("clerk", "deliveries")

    def test_the_first_page_counts_what_platforms_refused(self) -> None:
        today = timezone.localdate()
        assert (places._refused(self.cast.clerk, today), places._refused(self.cast.other_clerk, today)) == (1, 0)
        assert places._chased(self.cast.office, today) == 0
        recall = Delivery.objects.filter(record=self.withdrawn, platform=self.platform, operation="recall")
        recall.update(receipt_code="500", receipt_text="暂不受理")
        assert places._chased(self.cast.office, today) == 1
        assert "平台退回" in self.page("clerk", "index") and "撤回受阻" not in self.page("clerk", "index")
        assert "撤回受阻" in self.page("office", "index")


class RecordPageTests(Desk):
    def test_a_records_page_has_a_line_per_platform(self) -> None:
        page = self.page("clerk", "record", self.refused.pk)
        assert page.count("公共信用信息平台") >= 2 and "1001" in page and ADVICE["1001"] in page

    def test_older_versions_stand_below(self) -> None:
        page = self.page("office", "record", self.withdrawn.pk)
        assert "之前的版本" in page and "撤回待确认" in page and "被后续版本替代" in page

    def test_a_draft_says_that_nothing_was_reported(self) -> None:
        from tests.factories.records import draft_penalty

        record = draft_penalty(self.cast.agency, clerk=self.cast.clerk)
        assert "尚未报送" in self.page("clerk", "record", record.pk)


class ResendTests(Desk):
    def post(self, who: str, name: str, *args: object, **data: str) -> int:
        self.client.force_login(self.cast.users[who])
        return self.client.post(reverse(f"admin:{name}", args=args), data).status_code

    def test_the_credit_office_sends_a_refused_version_again_with_a_reason(self) -> None:
        delivery = self.delivery(self.refused)
        assert "原样重新报送" in self.page("office", "delivery_resend", delivery.pk)
        assert self.post("office", "delivery_resend", delivery.pk, reason="") == 400
        assert self.post("office", "delivery_resend", delivery.pk, reason="市平台已更新主体信息") == 302
        delivery.refresh_from_db()
        assert (delivery.state, delivery.resends, delivery.attempts) == ("pending", 1, 0)
        event = AuditEvent.objects.get(action="sharing.resent")
        assert event.object_id == delivery.pk and event.reason == "市平台已更新主体信息"

    def test_nobody_else_does_and_nothing_else_goes(self) -> None:
        refused, stored = self.delivery(self.refused), self.delivery(self.stored)
        assert self.post("clerk", "delivery_resend", refused.pk, reason="x") == 403
        assert self.post("other_clerk", "delivery_resend", refused.pk, reason="x") == 404
        assert self.post("office", "delivery_resend", stored.pk, reason="x") == 409
        assert self.post("office", "delivery_resend", 10**9, reason="x") == 404
        assert not AuditEvent.objects.filter(action="sharing.resent").exists()

    def test_a_version_that_was_replaced_is_not_sent_again(self) -> None:
        delivery = self.delivery(self.refused)
        records.mark_disputed(self.refused.pk, actor=self.cast.office, reason="当事人提出异议")
        records.seal()
        services.fan_out(self.platform.pk)
        assert self.post("office", "delivery_resend", delivery.pk, reason="x") == 409

    def test_a_platform_is_switched_off_and_on_with_a_reason(self) -> None:
        assert self.post("system_admin", "platform_disable", "municipal", reason="") == 400
        assert self.post("system_admin", "platform_disable", "municipal", reason="平台迁移") == 302
        assert not Platform.objects.get(code="municipal").enabled
        assert "已停用" in self.page("office", "platforms")
        assert self.post("system_admin", "platform_disable", "municipal", reason="平台迁移") == 409
        assert self.post("auditor", "platform_enable", "municipal", reason="x") == 403
        assert self.post("clerk", "platform_enable", "municipal", reason="x") == 403
        assert self.post("office", "platform_enable", "municipal", reason="迁移完成") == 302

    @override_settings(SHARING_PLATFORMS=ADDRESSES)
    def test_a_pause_is_ended_and_what_waits_is_due_at_once(self) -> None:
        later = timezone.now() + timedelta(hours=1)
        rows = Delivery.objects.filter(platform=self.platform, next_try_at__isnull=False)
        rows.update(next_try_at=later, attempts=4)
        Platform.objects.filter(pk=self.platform.pk).update(
            failures=9, circuit_open_until=later, circuit_reason="连续 9 次失败：平台拒绝连接"
        )
        page = self.page("office", "platform", "municipal")
        assert "暂停报送" in page and "平台拒绝连接" in page and "立即重试" in page
        assert "立即重试" not in self.page("auditor", "platform", "municipal")
        assert self.post("office", "platform_retry", "municipal") == 302
        assert not rows.filter(next_try_at__gt=timezone.now()).exists()
        assert self.post("office", "platform_retry", "municipal") == 409

    @override_settings(SHARING_PLATFORMS=ADDRESSES)
    def test_a_comparison_is_asked_for_and_starts_on_commit(self) -> None:
        asked: list[int] = []
        with self.captureOnCommitCallbacks(execute=True):
            services.request_reconciliation(self.platform.pk, actor=self.cast.office, enqueue=asked.append)
        assert asked == [self.platform.pk]
        assert AuditEvent.objects.filter(action="sharing.reconciliation_requested").count() == 1
        assert self.post("auditor", "platform_reconcile", "municipal") == 403


class PlatformsTests(Desk):
    @override_settings(SHARING_PLATFORMS=ADDRESSES)
    def test_the_overview_says_how_we_stand_with_each(self) -> None:
        run = ReconciliationRun.objects.create(
            platform=self.platform, state="finished", compared=9, equal=7, differences=2, requeued=1
        )
        Attempt.objects.create(platform=self.platform, worker="w", size=3, outcome="unreachable", message="没有答复")
        page = self.page("office", "platforms")
        assert "正常" in page and "未配置" in page and "差异 <strong>2</strong> 条" in page
        detail = self.page("auditor", "platform", "municipal")
        for words in ("没有答复", "未连通", "CF_XDR_MC", "fields.party_name|subject.name"):
            assert words in detail
        assert reverse("admin:reconciliation", args=[run.pk]) in detail
        assert reverse("admin:reconciliation", args=[run.pk]) not in self.page("system_admin", "platform", "municipal")
        self.page("clerk", "platforms", status=403)
        self.page("office", "platform", "nowhere", status=404)

    def test_a_reconciliation_shows_its_rows_and_what_was_done(self) -> None:
        run = ReconciliationRun.objects.create(platform=self.platform, state="finished", compared=3, differences=2)
        ReconciliationDifference.objects.create(
            run=run, kind="content", record=self.stored, record_key="441302-1", our_version=1, their_version=1,
            requeued=True,
        )  # fmt: skip
        ReconciliationDifference.objects.create(run=run, kind="unknown", record_key="441302-999", their_version=4)
        page = self.page("office", "reconciliation", run.pk)
        for words in ("内容不一致", "已重新报送", "441302-999", "本系统没有该记录", "请信用办联系平台核实"):
            assert words in page
        for who in ("clerk", "system_admin"):
            self.page(who, "reconciliation", run.pk, status=403)
        self.page("office", "reconciliation", 10**9, status=404)

    def test_a_longer_list_takes_no_more_queries(self) -> None:
        self.client.force_login(self.cast.users["office"])
        address = reverse("admin:deliveries") + "?tab=pending"
        self.client.get(address)
        with CaptureQueriesContext(connection) as few:
            self.client.get(address)
        for _ in range(5):
            published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        with CaptureQueriesContext(connection) as many:
            self.client.get(address)
        assert len(many) == len(few)
