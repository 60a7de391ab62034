"""Nothing enters without an effective instrument; what is wrong is told all at once, each by its own sentence."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.identifiers import make_resident_id
from core.models import AuditEvent
from integrity import services
from integrity.models import Dishonesty, Honour, Responsibility
from integrity.services import Named
from records import services as ledger
from records.models import CreditRecord
from tests.factories.integrity import (
    ACTED,
    DECIDED,
    JPEG,
    PDF,
    PNG,
    TODAY,
    drafted,
    effective,
    honoured,
    make_official,
    reviewed,
    values,
)
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import make_agency, make_tenure
from tests.people import make_cast

NUMBER = make_resident_id("441302", date(1985, 5, 5), 55)


class EntryTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.former = make_agency("惠城区示例旧局", established_on=date(2015, 1, 1), dissolved_on=date(2026, 6, 30))
        cls.official = make_official(1, cls.former, ended_on=date(2026, 6, 30), post="股长")

    def enter(
        self, subject: Any = None, *, scan: bytes | None = PDF, meant: bool = False, **changes: Any
    ) -> CreditRecord:
        subject = subject or self.official
        measure = "discipline.demerit" if subject.kind == "official" else "accountability.notice"
        return services.enter(
            "dishonesty", values(changes.pop("measure", measure), **changes), scan=scan, subject=subject,
            agency=self.cast.agency, actor=self.cast.clerk, today=TODAY, numbers_meant=meant,
        )  # fmt: skip

    def refused(self, field: str, **kwargs: Any) -> str:
        with pytest.raises(Invalid) as refusal:
            self.enter(**kwargs)
        assert not CreditRecord.objects.filter(kind="dishonesty").exists()
        return "".join(refusal.value.fields[field])

    def test_a_demerit_has_effect_for_twelve_months_in_the_post_of_the_day(self) -> None:
        record = self.enter()
        assert (record.status, record.title) == ("draft", "纪律处分：记过")
        assert (record.effective_from, record.effective_to) == (DECIDED, date(2027, 8, 31))
        detail = Dishonesty.objects.get(pk=record.pk)
        assert detail.effect == "自2026年9月1日起12个月，至2027年8月31日期满自动解除。"
        assert detail.rule.code == "integrity.measure.discipline.demerit"
        (person,) = Responsibility.objects.all()
        assert (person.official, person.role, person.on) == (self.official, "惠城区示例旧局股长", ACTED)
        assert AuditEvent.objects.filter(action="records.entered", object_id=record.pk).count() == 1

    def test_each_impossible_day_has_its_own_message(self) -> None:
        assert "早于文书日期" in self.refused("effective_from", effective_from="2026-08-31")
        assert "才生效" in self.refused("effective_from", decided_on="2026-11-24", effective_from="2026-12-01")
        assert "晚于今天" in self.refused("decided_on", decided_on="2026-11-26", effective_from="2026-11-26")
        assert "晚于文书日期" in self.refused("acted_from", acted_from="2026-09-02")
        assert "早于行为日期自" in self.refused("acted_to", acted_to="2026-05-05")
        assert "自作出之日起" in self.refused("effective_from", effective_from="2026-09-02")

    def test_a_period_against_the_rule_is_refused(self) -> None:
        assert "为12个月" in self.refused("months", months="18")
        assert "12至36个月" in self.refused("months", months="37", several="3")

    def test_who_held_no_post_that_day_is_not_entered(self) -> None:
        assert "2019年5月6日没有登记任职" in self.refused("acted_from", acted_from="2019-05-06")

    def test_nor_is_what_an_agency_did_before_or_after_it_existed(self) -> None:
        notice = {"measure": "accountability.notice"}
        before = self.refused("acted_from", subject=self.former, acted_from="2014-05-06", **notice)
        after = self.refused("acted_from", subject=self.former, acted_from="2026-07-06", **notice)
        assert "成立" in before
        assert "还不存在" in before
        assert "已不存在" in after

    def test_nor_an_official_of_an_agency_that_did_not_exist_then(self) -> None:
        ghost = make_agency("惠城区示例新局")
        person = make_official(2, ghost)
        from records.services.agencies import save_agency
        from tests.factories.registry import SYSTEM

        save_agency(ghost.pk, {"established_on": date(2026, 8, 1)}, actor=SYSTEM)
        assert "还不存在" in self.refused("acted_from", subject=person)

    def test_every_missing_column_is_named_at_once(self) -> None:
        with pytest.raises(Invalid) as refusal:
            services.enter(
                "dishonesty", {}, scan=None, subject=self.official, agency=self.cast.agency, actor=self.cast.clerk,
                today=TODAY,
            )  # fmt: skip
        assert len(refusal.value.fields) == 13
        assert "没有生效文书的" in refusal.value.fields["scan"][0]

    def test_a_measure_of_agencies_is_not_taken_against_officials(self) -> None:
        assert "适用于公务员" in self.refused("measure", measure="arrears.payment")

    def test_a_scan_is_what_its_content_says(self) -> None:
        for wrong in (b"PK\x03\x04 not a scan", PDF[:-8], b"MZ" + PDF, b"<html>"):
            assert self.refused("scan", scan=wrong)
        for right in (PDF, PNG, JPEG):
            assert self.enter(scan=right, document_number=f"惠纪{len(right)}号").pk

    def test_personal_numbers_in_free_text_are_asked_about(self) -> None:
        facts = f"向张某（身份证号{NUMBER}）索要财物。"
        with pytest.raises(Invalid) as refusal:
            self.enter(facts=facts)
        assert (refusal.value.code, set(refusal.value.fields)) == ("personal_numbers", {"facts"})
        assert self.enter(facts=facts, meant=True).pk

    def test_the_same_instrument_stands_once(self) -> None:
        self.enter(document_number="惠纪〔2026〕9号")
        with pytest.raises(Invalid, match="1处"):
            self.enter(document_number="惠纪[2026]9号")

    def test_a_penalty_of_the_ledger_is_not_entered_a_second_time(self) -> None:
        penalty = published_penalty(self.cast, self.former, today=TODAY)
        told = self.refused("document_number", subject=self.former, document_number=penalty.document_number)
        assert "只记一次" in told
        assert self.enter(self.former, related=penalty.pk).pk
        assert "没有该主体" in self.refused_again(related=penalty.pk)

    def refused_again(self, **changes: Any) -> str:
        with pytest.raises(Invalid) as refusal:
            self.enter(**changes)
        return "".join(refusal.value.fields["related"])

    def test_only_agencies_and_officials_and_only_by_the_own_clerk(self) -> None:
        with pytest.raises(Invalid, match="只登记政府机构和公务员"):
            self.enter(make_subject())
        with pytest.raises(NotAllowed):
            services.enter(
                "dishonesty", values("discipline.demerit"), scan=PDF, subject=self.official, agency=self.cast.agency,
                actor=self.cast.other_clerk, today=TODAY,
            )  # fmt: skip

    def test_the_database_itself_refuses_a_record_without_instrument(self) -> None:
        record = self.enter()
        holes: tuple[tuple[Any, dict[str, Any]], ...] = (
            (CreditRecord.objects, {"document_number": ""}),
            (CreditRecord.objects, {"effective_from": None}),
            (CreditRecord.objects, {"effective_from": date(2026, 8, 1)}),
            (Dishonesty.objects, {"scan": ""}),
            (Dishonesty.objects, {"issuing_body": ""}),
            (Dishonesty.objects, {"loss": -1}),
        )
        for manager, hole in holes:
            with pytest.raises(IntegrityError), transaction.atomic():
                manager.filter(pk=record.pk).update(**hole)
        honour = honoured(self.cast, self.cast.agency)
        with pytest.raises(IntegrityError), transaction.atomic():
            Honour.objects.filter(pk=honour.pk).update(scan="")

    def test_a_new_measure_while_one_runs_adds_what_is_left(self) -> None:
        effective(self.cast, self.official)
        second = self.enter(decided_on="2026-11-01", effective_from="2026-11-01", measure="discipline.warning")
        assert second.effective_to == date(2028, 2, 29)
        assert "尚有304日未执行" in Dishonesty.objects.get(pk=second.pk).effect


class ChangingTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.target = make_agency()

    def test_a_draft_is_changed_with_its_scan_and_the_effect_is_counted_again(self) -> None:
        record = drafted(self.cast, make_official(3))
        changed = {**values("discipline.warning"), "document_number": "惠纪〔2026〕77号"}
        services.revise(record.pk, changed, scan=PNG, actor=self.cast.clerk)
        record.refresh_from_db()
        assert (record.title, record.effective_to) == ("纪律处分：警告", date(2027, 2, 28))
        assert record.category == "discipline"
        services.revise(record.pk, values("accountability.admonition"), actor=self.cast.clerk)
        record.refresh_from_db()
        assert record.category == "accountability"
        assert services.open_instrument(record.pk, actor=self.cast.clerk).content == PNG
        assert AuditEvent.objects.filter(action="integrity.instrument_replaced").count() == 1

    def test_the_post_follows_the_day_of_an_officials_act(self) -> None:
        official = make_official(4, self.target, post="股长", ended_on=date(2026, 4, 30))
        make_tenure(self.target, 4, date(2026, 5, 1), post="副局长")
        record = drafted(self.cast, official)
        assert Responsibility.objects.get().role.endswith("副局长")
        services.revise(record.pk, {"acted_from": "2026-04-02"}, actor=self.cast.clerk)
        assert Responsibility.objects.get().role.endswith("股长")

    def test_moving_the_act_away_from_the_persons_named_is_refused(self) -> None:
        record = drafted(self.cast, self.target)
        moved = {**values("accountability.notice"), "acted_from": "2026-04-01"}
        with pytest.raises(Invalid) as refusal:
            services.revise(record.pk, moved, actor=self.cast.clerk)
        assert "责任人" in refusal.value.fields["acted_from"][0]
        record.refresh_from_db()
        assert Dishonesty.objects.get(pk=record.pk).acted_from == ACTED

    def test_what_waits_for_review_is_not_changed(self) -> None:
        record = reviewed(self.cast, self.target)
        with pytest.raises(WrongState):
            services.revise(record.pk, values("accountability.notice"), actor=self.cast.clerk)

    def test_the_instrument_goes_to_who_may_see_the_record_and_every_opening_is_noted(self) -> None:
        record = drafted(self.cast, self.target)
        opened = services.open_instrument(record.pk, actor=self.cast.reviewer)
        assert (opened.content, opened.media_type, opened.filename) == (PDF, "application/pdf", f"文书{record.pk}.pdf")
        assert AuditEvent.objects.filter(action="integrity.instrument_opened", object_id=record.pk).count() == 1
        with pytest.raises(NotFound):
            services.open_instrument(record.pk, actor=self.cast.other_clerk)

    def test_the_instrument_lies_sealed(self) -> None:
        detail = Dishonesty.objects.get(pk=drafted(self.cast, self.target).pk)
        with open(detail.scan.path, "rb") as file:
            stored = file.read()
        assert b"%PDF" not in stored


class PersonTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.target = make_agency(established_on=date(2018, 1, 1))
        cls.then = make_tenure(cls.target, 5, date(2020, 1, 1), ended_on=date(2026, 6, 1), post="副局长")
        cls.record = drafted(cls.cast, cls.target, acted_to="2026-06-20")

    def name(self, *named: Named, on: date = ACTED, actor: Any = None) -> Any:
        return services.name_responsible(self.record.pk, named, on=on, actor=actor or self.cast.clerk)

    def test_the_role_is_the_post_of_that_day_and_stays_when_the_registry_changes(self) -> None:
        (row,) = self.name(Named(self.then.official_id, "direct"))
        assert row.role == f"{self.target.name}副局长"
        self.then.post = "调研员"
        self.then.save()
        assert Responsibility.objects.get().role == f"{self.target.name}副局长"
        assert AuditEvent.objects.filter(action="integrity.responsible_named").count() == 2

    def test_who_named_the_persons_does_not_review_it(self) -> None:
        both = self.cast.actor("second_clerk", roles=frozenset({"clerk", "reviewer"}))
        self.name(Named(self.then.official_id, "direct"), actor=both)
        ledger.submit(self.record.pk, actor=self.cast.clerk, today=TODAY)
        with pytest.raises(NotAllowed, match="本人经办"):
            ledger.approve(self.record.pk, actor=both)

    def test_who_had_left_by_that_day_is_refused(self) -> None:
        with pytest.raises(Invalid, match="2026年6月10日没有登记任职"):
            self.name(Named(self.then.official_id, "direct"), on=date(2026, 6, 10))

    def test_a_day_outside_the_act_somebody_twice_and_no_kind_are_refused(self) -> None:
        with pytest.raises(Invalid, match="行为期间"):
            self.name(Named(self.then.official_id, "direct"), on=date(2026, 6, 21))
        with pytest.raises(Invalid, match="只登记一次"):
            self.name(Named(self.then.official_id, "direct"), Named(self.then.official_id, "leader"))
        with pytest.raises(Invalid, match="责任类别"):
            self.name(Named(self.then.official_id, ""))

    def test_an_officials_own_record_keeps_the_official(self) -> None:
        own = drafted(self.cast, make_official(6))
        with pytest.raises(Invalid, match="本人"):
            services.name_responsible(own.pk, [Named(self.then.official_id, "direct")], on=ACTED, actor=self.cast.clerk)

    def test_after_submission_only_the_credit_office_names_and_only_before_it_has_found(self) -> None:
        ledger.submit(self.record.pk, actor=self.cast.clerk, today=TODAY)
        with pytest.raises(NotAllowed):
            self.name(Named(self.then.official_id, "direct"))
        ledger.approve(self.record.pk, actor=self.cast.reviewer, today=TODAY)
        with pytest.raises(NotAllowed):
            self.name(Named(self.then.official_id, "direct"))
        assert self.name(Named(self.then.official_id, "direct"), actor=self.cast.office)
