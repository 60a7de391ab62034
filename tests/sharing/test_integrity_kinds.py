"""Dishonesty records and honours at the platforms: their own tables, and what was public before there were any."""

from importlib import import_module
from typing import Any

from django.apps import apps

from records import services as records
from records.models import CreditRecord
from sharing.models import Delivery, Platform
from tests.factories import integrity
from tests.factories.policy import OPENS, approved, version
from tests.factories.records import published_penalty
from tests.factories.registry import make_agency
from tests.sharing.street import OnePlatformCase, SharingCase

KINDS = ("dishonesty", "honour")
FACTS = "未按合同约定支付工程款。"


def disgraced(case: SharingCase, **changes: Any) -> CreditRecord:
    """A public dishonesty record of an agency."""
    return integrity.effective(case.cast, case.cast.agency, tier="serious", **changes)


def honoured(case: SharingCase, **changes: Any) -> CreditRecord:
    return integrity.honoured(case.cast, case.cast.agency, **changes)


def accept(case: SharingCase, change: Any) -> None:
    records.accept_change(change.pk, actor=case.cast.office)


class RoadTests(SharingCase):
    def test_both_kinds_are_stored_by_all_three_platforms(self) -> None:
        made = disgraced(self), honoured(self)
        self.deliver()
        for code in self.codes:
            for record in made:
                delivery = self.delivery(record, code)
                assert (delivery.state, delivery.receipt_code) == ("stored", "200"), delivery.receipt_text
                assert self.held(record, code) == [1, delivery.digest, False]

    def test_corrections_and_withdrawals_arrive_as_those_of_penalties_do(self) -> None:
        fault, honour = disgraced(self), honoured(self)
        self.deliver()
        who = {"actor": self.cast.clerk, "reason": "录入有误"}
        accept(self, records.propose_correction(fault.pk, {"facts": FACTS}, **who))
        accept(self, records.propose_correction(honour.pk, {"deeds": "五年无一失信。"}, **who))
        self.deliver()
        for code in self.codes:
            page = self.receivers[code].request("GET", "/")[1].decode()
            assert f"ZWSX_SY：{FACTS}" in page and "SXRY_SJ：五年无一失信。" in page and "BZ：已更正" in page
        for record in (fault, honour):
            accept(self, records.propose_withdrawal(record.pk, **who, basis="原认定文书被依法撤销"))
        self.deliver()
        for code in self.codes:
            for record in (fault, honour):
                assert self.states(record, code) == ["stored", "stored", "recalled"]
                assert self.held(record, code) == [3, "", True]


class ColumnTests(OnePlatformCase):
    def page(self) -> str:
        return self.receiver.request("GET", "/")[1].decode()

    def test_only_what_the_publication_rule_opens_goes_out_and_nobody_is_named(self) -> None:
        drafted = integrity.drafted(self.cast, self.cast.agency, tier="serious")
        head = drafted.dishonesty.responsibilities.get().official.name
        facts = f"时任负责人{head}（电话13800138001）违约。"
        accepted = integrity.services.revise(drafted.pk, {"facts": facts}, actor=self.cast.clerk, numbers_meant=True)
        assert accepted.pk == drafted.pk
        records.submit(drafted.pk, actor=self.cast.clerk, today=integrity.TODAY)
        records.approve(drafted.pk, actor=self.cast.reviewer, today=integrity.TODAY)
        integrity.services.find(
            drafted.pk, opinion="属实。", served_on=integrity.TODAY, service="direct", actor=self.cast.office,
            today=integrity.TODAY,
        )  # fmt: skip
        integrity.services.confirm(drafted.pk, actor=self.cast.office, today=OPENS)
        self.deliver()
        page = self.page()
        assert "ZWSX_SXZL：问责处理：通报" in page and "ZWSX_CD：严重" in page and "ZWSX_SS：3.5" in page
        assert "ZWSX_WSRQ：2026/09/01" in page and f"ZWSX_ZT_SHXYM：{self.cast.agency.code}" in page
        for closed in (head, "13800138001", "ZWSX_YX", "ZWSX_XWQ"):
            assert closed not in page, closed

    def test_an_officials_record_goes_out_only_when_a_rule_opens_it_and_then_masked(self) -> None:
        official = integrity.make_official(7, make_agency(), name="司徒孤鹜")
        record = integrity.effective(self.cast, official)
        self.deliver()
        assert self.states(record) == []
        approved(self.cast, version("dishonesty", "official", "general", visibility="masked"))
        records.daily_sweep(today=OPENS)
        self.deliver()
        assert self.states(record) == ["stored"], self.delivery(record).receipt_text
        page = self.page()
        assert "ZWSX_ZRR" in page and "ZWSX_ZT_MC：司徒*" in page
        for secret in ("孤鹜", official.id_number, "SHXYM"):
            assert secret not in page, secret


class EarlierTests(OnePlatformCase):
    """Platforms that were there before the new tables, and kinds that a platform gets later."""

    def as_it_was(self) -> None:
        platform = Platform.objects.get(code="municipal")
        platform.field_maps.filter(kind__in=KINDS).delete()
        Platform.objects.filter(pk=platform.pk).update(kinds=["licence", "penalty"], begun_kinds=[])

    def upgrade(self) -> None:
        import_module("sharing.migrations.0007_integrity_field_maps").add(apps, None)

    def test_what_was_public_before_the_tables_came_goes_out_with_the_next_sweep(self) -> None:
        self.as_it_was()
        fault, honour, gone, penalty = disgraced(self), honoured(self), honoured(self), published_penalty(self.cast)
        who = {"actor": self.cast.clerk, "reason": "录入有误"}
        accept(self, records.propose_correction(fault.pk, {"facts": FACTS}, **who))
        accept(self, records.propose_withdrawal(gone.pk, **who, basis="荣誉被撤销"))
        self.deliver()
        assert [self.states(r) for r in (fault, honour, gone, penalty)] == [[], [], [], ["stored"]]
        self.upgrade()
        self.deliver()
        assert self.states(fault) == self.states(honour) == ["stored"]
        assert self.delivery(fault).version == 2, "as it is now, not what it was"
        assert self.states(gone) == [], "what ended before is nothing to recall"
        assert self.states(penalty) == ["stored"] and Delivery.objects.count() == 3
        self.upgrade()
        assert self.deliver() == {} and Delivery.objects.count() == 3
        accept(self, records.propose_withdrawal(honour.pk, **who, basis="荣誉被撤销"))
        self.deliver()
        assert self.states(honour) == ["stored", "recalled"]

    def test_an_upgrade_keeps_what_the_installation_chose_and_changed(self) -> None:
        self.as_it_was()
        Platform.objects.filter(code="municipal").update(kinds=["penalty"])
        self.platform.field_maps.filter(column="CF_NR").update(label="处罚内容（自定）")
        before = set(self.platform.field_maps.values_list("kind", "column", "label"))
        self.upgrade()
        assert self.platform.kinds == ["penalty", *KINDS] and self.platform.begun_kinds == ["penalty"]
        after = set(self.platform.field_maps.values_list("kind", "column", "label"))
        assert before < after and {kind for kind, _, _ in after - before} == set(KINDS)

    def test_a_kind_that_is_taken_away_and_given_again_is_made_up_for(self) -> None:
        penalty, gone = published_penalty(self.cast), published_penalty(self.cast)
        self.deliver()
        Platform.objects.filter(code="municipal").update(kinds=["licence"])
        late = published_penalty(self.cast)
        who = {"actor": self.cast.clerk, "reason": "撤销", "basis": "《行政处罚法》第四十八条"}
        accept(self, records.propose_withdrawal(gone.pk, **who))
        self.deliver()
        assert [self.states(r) for r in (penalty, gone, late)] == [["stored"], ["stored"], []]
        Platform.objects.filter(code="municipal").update(kinds=["licence", "penalty"])
        self.deliver()
        assert self.states(late) == self.states(penalty) == ["stored"]
        assert self.states(gone) == ["stored", "recalled"] and self.held(gone) == [2, "", True]
