"""The staff's lists and the first page: filters find what they say, and a queue's count is its list's length."""

from datetime import date, timedelta
from typing import Any

from django.test import Client, TestCase
from django.utils import timezone

from core import desk
from records import services
from records.models import CreditRecord, ImportBatch
from sharing.models import Delivery, Platform
from sharing.services import fan_out
from tests.factories import integrity
from tests.factories.records import draft_licence, draft_penalty, make_subject, published_penalty, submitted_penalty
from tests.people import Cast, make_cast


def signed_in(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.users[name])
    return client


def keys(page: Any) -> set[int]:
    return {row["record"].pk for row in page.context["rows"]}


class FilterTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        cls.old = submitted_penalty(cast, decided_on=date(2025, 6, 3), document_number="惠城市监罚〔2025〕77号")
        cls.new = submitted_penalty(cast, decided_on=date(2026, 11, 2))
        cls.ancient = submitted_penalty(cast, decided_on=date(2014, 3, 3))
        cls.licence = draft_licence(cast.other_agency, clerk=cast.other_clerk)
        services.submit(cls.licence.pk, actor=cast.other_clerk)
        CreditRecord.objects.filter(pk=cls.new.pk).update(due_on=timezone.localdate() + timedelta(days=9))

    def _found(self, query: str, page: str = "review", name: str = "office") -> set[int]:
        return keys(signed_in(self.cast, name).get(f"/staff/{page}/?{query}"))

    def test_by_year_kind_agency_and_deadline(self) -> None:
        assert self._found("year=2025") == {self.old.pk}
        assert self._found("year=earlier") == {self.ancient.pk}
        assert self._found("kind=licence") == {self.licence.pk}
        assert self._found(f"agency={self.cast.other_agency.pk}") == {self.licence.pk}
        assert self._found("late=kept&kind=penalty") == {self.new.pk}
        assert self._found("late=late&kind=penalty") == {self.old.pk, self.ancient.pk}

    def test_what_makes_no_sense_is_ignored(self) -> None:
        everything = self._found("")
        assert len(everything) == 4
        for query in ("year=last", "kind=promise", "agency=0", "late=soonish", "who=me", "batch=-1"):
            assert self._found(query) == everything, query

    def test_a_department_filters_within_its_own_rows(self) -> None:
        assert self._found(f"agency={self.cast.other_agency.pk}", name="reviewer") == self._found("", name="reviewer")
        assert self.licence.pk not in self._found("", name="reviewer")

    def test_who_entered_it(self) -> None:
        CreditRecord.objects.filter(pk=self.old.pk).update(entered_by=self.cast.users["reviewer"])
        assert self._found("who=mine", name="reviewer") == {self.old.pk}
        assert self.old.pk not in self._found("who=others", name="reviewer")

    def test_a_document_number_is_found_in_any_bracket_style(self) -> None:
        for number in (
            "惠城市监罚〔2025〕77号",
            "惠城市监罚[2025]77号",
            "惠城市监罚（2025）77",
            "惠城市监罚【2025】第77号",
        ):
            assert self._found(f"q={number}") == {self.old.pk}, number

    def test_an_empty_list_says_why_and_offers_the_way_back(self) -> None:
        client = signed_in(self.cast, "office")
        for page in ("review", "entries", "published", "changes", "deliveries", "imports"):
            self.assertContains(client.get(f"/staff/{page}/?q=无此名称"), "取消筛选条件", msg_prefix=page)
            self.assertNotContains(client.get(f"/staff/{page}/?tab=draft"), "取消筛选条件", msg_prefix=page)


class OtherListTests(TestCase):
    """Proposed changes, deliveries and batches are found by the record they are about."""

    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        cls.record = published_penalty(cast, document_number="惠城市监罚〔2026〕501号")
        cls.other = published_penalty(cast, make_subject("惠州市江畔餐饮有限公司"))
        services.propose_withdrawal(cls.record.pk, actor=cast.clerk, reason="决定被撤销")
        services.propose_withdrawal(cls.other.pk, actor=cast.reviewer, reason="决定被撤销")
        services.seal()
        fan_out(Platform.objects.get(code="municipal").pk)
        for uploader, name in (("clerk", "本周处罚.xlsx"), ("second_clerk", "上周许可.xlsx")):
            ImportBatch.objects.create(
                importer="penalty", agency=cast.agency, uploaded_by=cast.users[uploader], filename=name, digest="d",
                status="checked",
            )  # fmt: skip

    def _rows(self, path: str, name: str = "reviewer") -> list[Any]:
        return list(signed_in(self.cast, name).get(f"/staff/{path}").context["rows"])

    def test_changes(self) -> None:
        for query in ("q=惠城市监罚[2026]501", "who=others", "kind=penalty&q=惠城市监罚（2026）501号&act=withdraw"):
            assert [row.change.record_id for row in self._rows(f"changes/?{query}")] == [self.record.pk], query
        assert self._rows("changes/?act=correct") == [] and self._rows("changes/?year=2025") == []

    def test_deliveries(self) -> None:
        found = self._rows("deliveries/?tab=pending&q=惠城市监罚【2026】501号")
        assert [row["delivery"].record_id for row in found] == [self.record.pk]
        assert len(self._rows("deliveries/?tab=pending&kind=penalty&year=2026")) == 2
        assert self._rows("deliveries/?tab=pending&kind=licence") == []

    def test_batches(self) -> None:
        newest = ImportBatch.objects.latest("pk")
        for query in ("q=许可", f"q={newest.pk}", "who=others"):
            assert [row["batch"].pk for row in self._rows(f"imports/?{query}", "clerk")] == [newest.pk], query
        assert self._rows("imports/?kind=licence") == [] and self._rows("imports/?year=2020") == []


class FirstPageTests(TestCase):
    """我的工作."""

    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        today = timezone.localdate()
        draft_penalty(cast.agency, clerk=cast.clerk)
        returned = submitted_penalty(cast)
        services.return_(returned.pk, actor=cast.reviewer, reason="请补充")
        own, late, due = submitted_penalty(cast), submitted_penalty(cast), submitted_penalty(cast)
        CreditRecord.objects.filter(pk=own.pk).update(entered_by=cast.users["reviewer"])
        CreditRecord.objects.exclude(pk__in=[late.pk, due.pk]).update(due_on=today + timedelta(days=30))
        CreditRecord.objects.filter(pk=late.pk).update(due_on=today - timedelta(days=3))
        CreditRecord.objects.filter(pk=due.pk).update(due_on=today)
        other = draft_penalty(cast.other_agency, clerk=cast.other_clerk)
        services.submit(other.pk, actor=cast.other_clerk)
        CreditRecord.objects.filter(pk=other.pk).update(due_on=today + timedelta(days=30))
        for reach in (integrity.reviewed, integrity.reviewed, integrity.told):
            reach(cast, cast.other_agency)
        integrity.told(cast, cast.agency)
        for actor in (cast.clerk, cast.reviewer):
            published = published_penalty(cast)
            services.propose_withdrawal(published.pk, actor=actor, reason="决定被撤销")
        services.seal()
        platform = Platform.objects.get(code="municipal")
        fan_out(platform.pk)
        first, second = Delivery.objects.filter(platform=platform).order_by("pk")[:2]
        Delivery.objects.filter(pk=first.pk).update(state="refused", next_try_at=None)
        Delivery.objects.filter(pk=second.pk).update(operation="recall", state="recalling", receipt_code="500")
        for name in ("clerk", "second_clerk"):
            ImportBatch.objects.create(
                importer="penalty", agency=cast.agency, uploaded_by=cast.users[name], filename="a.xlsx", digest="d",
                status="checked",
            )  # fmt: skip

    EXECUTING = {"待执行的惩戒": 0, "已解除、待停止执行": 0}
    QUEUES = {
        "clerk": {"被退回": 1, "今日到期": 1, "逾期": 1, "草稿": 0, "待提交": 1, "平台退回": 1, "进行中的导入": 1,
                  **EXECUTING},
        "reviewer": {"待我审核": 2, "变更待复核": 1, "今日到期": 1, "逾期": 1, "平台退回": 1, **EXECUTING},
        "office": {"待我审核": 4, "变更待复核": 2, "今日到期": 1, "逾期": 1, "平台退回": 1, "撤回受阻": 1,
                   "疑似重复的主体": 0, "公示规则待批准": 0, "待认定": 2, "告知中": 2,
                   "惩戒待批准": 0, "惩戒清单待批准": 0},
        "agency_admin": {"基础信息待确认": 0, "收到的告知": 1, **EXECUTING},
        "other_clerk": {"被退回": 0, "今日到期": 0, "草稿": 0, "待提交": 0, "平台退回": 0, "进行中的导入": 0,
                        **EXECUTING},
        "auditor": {},
        "system_admin": {},
        "security_admin": {"登录锁定": 0},
        "audit_admin": {},
    }  # fmt: skip

    def test_each_role_sees_its_own_work_and_every_count_is_the_length_of_its_list(self) -> None:
        for name, expected in self.QUEUES.items():
            client = signed_in(self.cast, name)
            found = {q["queue"].label: q for q in client.get("/staff/").context["queues"]}
            found.pop("上月数量未申报", None)
            assert expected.items() <= {label: q["count"] for label, q in found.items()}.items(), name
            assert set(found) == set(expected) | ({"逾期"} if name == "other_clerk" else set()), name
            for label, queue in found.items():
                rows = client.get(queue["url"]).context["rows"]
                assert len(rows) == queue["count"], (name, label, queue["url"])

    def test_months_to_declare_are_counted_by_kind(self) -> None:
        for name, expected in (("clerk", 2), ("agency_admin", 2), ("reviewer", None), ("office", None)):
            queues = {q["queue"].label: q["count"] for q in signed_in(self.cast, name).get("/staff/").context["queues"]}
            assert queues.get("上月数量未申报") == expected, name

    def test_a_long_queue_is_not_counted_to_its_end(self) -> None:
        queue = desk.Queue("很多", "", "entries", lambda actor: True, lambda actor, today: desk.CAP + 1)
        desk.add_queues(queue)
        self.addCleanup(desk._queues.remove, queue)
        self.assertContains(signed_in(self.cast, "auditor").get("/staff/"), "9,999+")
