"""Agencies and officials kept right: succession, posts, completeness, the yearly confirmation."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from core.calendar import WorkCalendar
from core.clocks import due
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.models import AuditEvent, Clock
from core.rules import rule_on
from records.completeness import HEAD, open_confirmations_of, roster_findings, standings
from records.families import DEPTH, file_of, lineage
from records.models import AgencyProfile, OfficialProfile, Subject, Succession, Tenure
from records.rosters import Outcome, compare
from records.services.agencies import (
    add_succession,
    confirm_agency,
    open_confirmations,
    remove_succession,
    save_agency,
)
from records.services.merges import merge_subjects
from records.services.officials import change_tenure, enter_post, enter_posts, set_state
from tests.factories.registry import SYSTEM, TODAY, id_number, make_agency, make_tenure, post
from tests.people import make_cast

DAY = date(2024, 3, 1)


def succeed(one: Subject, other: Subject, **changes: object) -> Succession:
    values = {"day": DAY, "kind": "merged", "instrument": "惠城编〔2024〕3号", **changes}
    return add_succession(one.pk, other.pk, actor=SYSTEM, **values)  # type: ignore[arg-type]


class SuccessionTests(TestCase):
    def test_several_into_one_and_one_into_several(self) -> None:
        trade, tourism, culture = make_agency(), make_agency(), make_agency()
        succeed(trade, culture), succeed(tourism, culture)
        museum = make_agency()
        succeed(culture, museum, kind="split", day=date(2025, 1, 1))
        assert {a.subject_id for a in lineage(culture.pk, TODAY)} == {trade.pk, tourism.pk}
        assert [(a.subject_id, a.depth) for a in lineage(museum.pk, TODAY)] == [
            (culture.pk, 1), (trade.pk, 2), (tourism.pk, 2),
        ]  # fmt: skip

    def test_the_file_shows_predecessors_from_their_day_on_and_only_what_was_taken_over(self) -> None:
        old, left, new = make_agency(), make_agency(), make_agency()
        succeed(old, new)
        succeed(left, new, takes_over=False)
        assert file_of(new.pk, date(2024, 2, 29)) == [new.pk]
        assert file_of(new.pk, DAY) == [old.pk, new.pk]

    def test_a_merged_predecessor_counts_as_what_it_is_now(self) -> None:
        old, twin, new = make_agency(), make_agency(), make_agency()
        succeed(old, new)
        Subject.objects.filter(pk=old.pk).update(code="11441302000000000X")  # mistyped when it was entered
        merge_subjects(old.pk, twin.pk, actor=SYSTEM, evidence="机构编制登记表")
        assert [a.subject_id for a in lineage(new.pk, TODAY)] == [twin.pk]
        assert file_of(new.pk, TODAY) == sorted([old.pk, twin.pk, new.pk])

    def test_one_query_reads_a_long_line(self) -> None:
        line = [make_agency() for _ in range(6)]
        for one, other in zip(line, line[1:], strict=False):
            succeed(one, other, kind="renamed")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = lineage(line[-1].pk, TODAY)
        assert len(queries) == 1
        assert [a.subject_id for a in found] == [a.pk for a in reversed(line[:-1])] and len(found) < DEPTH

    def test_a_circle_is_refused_and_says_who_stands_where(self) -> None:
        one, two, three = make_agency(), make_agency(), make_agency()
        succeed(one, two), succeed(two, three, takes_over=False)
        with pytest.raises(Invalid, match="前身，不能又承继它") as refusal:
            succeed(three, one)
        assert refusal.value.code == "succession_cycle"
        with pytest.raises(Invalid):
            succeed(one, one)
        with pytest.raises(Invalid, match="已经登记"):
            succeed(one, two)

    def test_the_predecessor_ends_unless_it_was_split(self) -> None:
        merged, split, new = make_agency(), make_agency(), make_agency()
        succeed(merged, new), succeed(split, new, kind="split")
        assert AgencyProfile.objects.get(subject=merged).dissolved_on == DAY
        assert AgencyProfile.objects.get(subject=split).dissolved_on is None

    def test_what_was_registered_wrongly_is_taken_back_with_the_end_that_came_with_it(self) -> None:
        old, new, right = make_agency(), make_agency(), make_agency()
        wrong = succeed(old, new)
        with pytest.raises(NotAllowed, match="信用办"):
            remove_succession(wrong.pk, actor=make_cast().actor("agency_admin"), reason="填错")
        with pytest.raises(Invalid, match="理由"):
            remove_succession(wrong.pk, actor=SYSTEM, reason=" ")
        remove_succession(wrong.pk, actor=SYSTEM, reason="承继单位填错")
        assert file_of(new.pk, TODAY) == [new.pk] and AgencyProfile.objects.get(subject=old).dissolved_on is None
        for agency in (old, new):
            event = AuditEvent.objects.get(action="records.succession_removed", object_id=agency.pk)
            assert event.reason == "承继单位填错" and event.changes["instrument"] == ["惠城编〔2024〕3号", None]
        with pytest.raises(NotFound, match="已被撤销"):
            remove_succession(wrong.pk, actor=SYSTEM, reason="再撤")
        succeed(old, right)
        assert [a.subject_id for a in lineage(right.pk, TODAY)] == [old.pk]

    def test_an_end_that_another_succession_of_the_day_brought_too_stays(self) -> None:
        old, one, two = make_agency(), make_agency(), make_agency()
        first, _ = succeed(old, one, kind="absorbed"), succeed(old, two, kind="absorbed")
        remove_succession(first.pk, actor=SYSTEM, reason="填错")
        assert AgencyProfile.objects.get(subject=old).dissolved_on == DAY

    def test_only_the_office_registers_a_succession(self) -> None:
        cast = make_cast()
        with pytest.raises(NotAllowed):
            add_succession(
                cast.agency.pk, cast.other_agency.pk, actor=cast.actor("agency_admin"), day=DAY, kind="merged",
                instrument="号",
            )  # fmt: skip

    def test_the_database_refuses_what_goes_past_the_service(self) -> None:
        one, two = make_agency(), make_agency()
        succeed(one, two)
        for predecessor, successor in ((one, one), (one, two)):
            with pytest.raises(IntegrityError), transaction.atomic():
                Succession.objects.create(
                    predecessor=predecessor, successor=successor, day=DAY, kind="merged", instrument="x"
                )


class AgencyTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.admin = cls.cast.actor("agency_admin")

    def test_only_what_differs_is_written_and_noted(self) -> None:
        values = {"kind": "department", "level": "district", "address": "惠州市惠城区示例路1号"}
        save_agency(self.cast.agency.pk, values, actor=self.admin)
        save_agency(self.cast.agency.pk, values, actor=self.admin)
        [event] = AuditEvent.objects.filter(action="records.agency_saved")
        assert event.changes == {
            "kind": ["", "department"], "level": ["", "district"], "address": ["", "惠州市惠城区示例路1号"],
        }  # fmt: skip

    def test_neither_another_agency_nor_a_clerk_may(self) -> None:
        with pytest.raises(NotAllowed):
            save_agency(self.cast.other_agency.pk, {"level": "city"}, actor=self.admin)
        with pytest.raises(NotAllowed):
            save_agency(self.cast.agency.pk, {"level": "city"}, actor=self.cast.clerk)

    def test_days_and_parents_that_cannot_be(self) -> None:
        with pytest.raises(Invalid, match="裁撤日期"):
            save_agency(
                self.cast.agency.pk, {"established_on": DAY, "dissolved_on": date(2020, 1, 1)}, actor=self.admin
            )
        save_agency(self.cast.other_agency.pk, {"parent_id": self.cast.agency.pk}, actor=self.cast.office)
        with pytest.raises(Invalid, match="上级单位不能"):
            save_agency(self.cast.agency.pk, {"parent_id": self.cast.other_agency.pk}, actor=self.admin)

    def test_a_year_begins_with_a_clock_for_every_living_agency_and_confirming_stops_it(self) -> None:
        gone = make_agency(dissolved_on=date(2025, 6, 1))
        day = date(2026, 1, 1)
        assert open_confirmations(today=day) == 2 and open_confirmations(today=day) == 0
        clock = Clock.objects.get(object_id=self.cast.agency.pk, kind="registry.confirmation.2026")
        rule = rule_on("registry.confirmation", day)
        assert (clock.rule, clock.due_on) == (rule, due(WorkCalendar.load(), day, rule)[0])
        assert not Clock.objects.filter(object_id=gone.pk).exists()
        with pytest.raises(Invalid, match="单位性质"):
            confirm_agency(self.cast.agency.pk, actor=self.admin, today=TODAY)
        save_agency(self.cast.agency.pk, {"kind": "department", "level": "district"}, actor=self.admin)
        assert open_confirmations_of([self.cast.agency.pk], today=TODAY).count() == 1
        profile = confirm_agency(self.cast.agency.pk, actor=self.admin, today=TODAY)
        assert (profile.confirmed_on, profile.confirmed_by_id) == (TODAY, self.admin.user_id)
        assert open_confirmations_of([self.cast.agency.pk], today=TODAY).count() == 0
        assert AuditEvent.objects.filter(action="records.agency_confirmed").count() == 1

    def test_what_is_missing_is_named(self) -> None:
        [before] = standings([self.cast.agency], today=TODAY)
        assert HEAD in before.missing and "单位性质" in before.missing and not before.confirmed
        save_agency(
            self.cast.agency.pk,
            {"kind": "department", "level": "district", "established_on": DAY, "address": "路1号", "contact": "0752",
             "region_code": "441302"},
            actor=self.admin,
        )  # fmt: skip
        make_tenure(self.cast.agency, 1, DAY, is_head=True)
        [after] = standings([Subject.objects.get(pk=self.cast.agency.pk)], today=TODAY)
        assert after.missing == () and after.share == 100 and [t.post for t in after.heads] == ["科长"]


class OfficialTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.agency, cls.admin = cls.cast.agency, cls.cast.actor("agency_admin")

    def test_an_official_is_entered_once_and_found_by_number_alone(self) -> None:
        first = make_tenure(self.agency, 1, date(2020, 1, 1), ended_on=date(2022, 5, 1), actor=self.admin)
        second = make_tenure(self.cast.other_agency, 1, date(2022, 5, 1), post="副局长")
        namesake = make_tenure(self.agency, 2, date(2020, 1, 1), name="欧阳示例1")
        assert first.official_id == second.official_id != namesake.official_id
        official = Subject.objects.get(pk=first.official_id)
        assert (official.kind, official.code, official.id_number) == ("official", None, id_number(1))
        with connection.cursor() as cursor:
            cursor.execute("SELECT id_number FROM records_subject WHERE id = %s", [official.pk])
            assert id_number(1) not in cursor.fetchone()[0]

    def test_without_a_number_nobody_is_entered_however_well_known_the_name(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1))
        with pytest.raises(Invalid, match="同名不会自动对应"):
            make_tenure(self.agency, 1, date(2021, 1, 1), id_number="")
        with pytest.raises(Invalid, match="登记的姓名与所填姓名不一致"):
            make_tenure(self.agency, 1, date(2021, 1, 1), name="另一人")

    def test_an_official_is_another_file_than_the_private_person(self) -> None:
        from records.matching import identity_index
        from tests.factories.records import make_subject

        private = make_subject("欧阳示例1", kind="natural_person", id_number_index=identity_index(id_number(1)))
        assert make_tenure(self.agency, 1, date(2020, 1, 1)).official_id != private.pk

    def test_who_was_responsible_on_a_day_is_one_query(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1), ended_on=date(2022, 5, 1), is_head=True)
        make_tenure(self.agency, 2, date(2022, 5, 2), is_head=True)
        make_tenure(self.agency, 3, date(2020, 1, 1))
        for day, who in ((date(2019, 12, 31), []), (date(2022, 5, 1), [1]), (date(2022, 5, 2), [2])):
            with self.assertNumQueries(1):
                heads = (
                    Tenure.objects.on(day).heads().filter(agency=self.agency).values_list("official__name", flat=True)
                )
                assert list(heads) == [f"欧阳示例{n}" for n in who]

    def test_a_post_before_the_agency_was_there_or_after_it_ended_is_refused(self) -> None:
        save_agency(
            self.agency.pk, {"established_on": date(2020, 1, 1), "dissolved_on": date(2024, 1, 1)}, actor=self.admin
        )
        for started, ended, said in (
            (date(2019, 12, 31), None, "早于该单位成立日期"), (date(2024, 1, 2), None, "晚于该单位裁撤日期"),
            (date(2023, 1, 1), date(2024, 6, 1), "晚于“惠城区市场监督管理局”的裁撤日期"),
            (date(2023, 1, 1), date(2022, 6, 1), "早于任职起"),
        ):  # fmt: skip
            with pytest.raises(Invalid, match=said):
                make_tenure(self.agency, 1, started, ended_on=ended)
        assert not Tenure.objects.exists() and not Subject.objects.filter(kind="official").exists()

    def test_a_list_is_compared_before_it_is_written(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1), rank="一级科员")
        rows = [
            post(self.agency, 1, date(2020, 1, 1), rank="四级主任科员"),
            post(self.agency, 1, date(2020, 1, 1), rank="四级主任科员"),
            post(self.agency, 2, date(2021, 1, 1)),
            post(self.agency, 3, date(2021, 1, 1), name=""),
        ]
        found = compare(rows, today=TODAY)
        assert [c.outcome for c in found] == [Outcome.CHANGED, Outcome.REFUSED, Outcome.NEW, Outcome.REFUSED]
        assert found[0].changes == {"职级": ["一级科员", "四级主任科员"]}
        assert found[0].sentence == "变更：职级 一级科员 → 四级主任科员"
        assert Tenure.objects.get().rank == "一级科员"
        enter_posts(rows, actor=self.admin, today=TODAY)
        again = compare(rows, today=TODAY)
        assert [c.outcome for c in again] == [Outcome.UNCHANGED, Outcome.REFUSED, Outcome.UNCHANGED, Outcome.REFUSED]
        assert AuditEvent.objects.filter(action="records.tenure_changed").get().changes == found[0].changes

    def test_overlaps_and_gaps_are_reported_not_refused(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1), is_head=True, ended_on=date(2021, 1, 1))
        make_tenure(self.agency, 1, date(2020, 6, 1), post="主任", ended_on=date(2021, 1, 1))
        make_tenure(self.agency, 1, date(2021, 3, 1), post="局长", is_head=True)
        make_tenure(self.agency, 2, date(2020, 1, 1), ended_on=date(2021, 1, 1))
        make_tenure(self.agency, 2, date(2021, 1, 1), post="主任")  # the day of a move is no overlap and no gap
        kinds = [(f.kind, f.official) for f in roster_findings(self.agency, today=TODAY)]
        assert kinds == [("任职重叠", "欧阳示例1"), ("任职间断", "欧阳示例1"), ("负责人空缺", "")]
        gap = roster_findings(self.agency, today=TODAY)[-1]
        assert "2021-01-02 至 2021-02-28" in gap.text

    def test_a_concurrent_post_is_no_overlap(self) -> None:
        make_tenure(self.agency, 1, date(2020, 1, 1))
        make_tenure(self.agency, 1, date(2020, 6, 1), post="支部书记", is_concurrent=True)
        assert roster_findings(self.agency, today=TODAY) == []

    def test_retirement_ends_what_runs_and_an_open_post_after_it_is_reported(self) -> None:
        tenure = make_tenure(self.agency, 1, date(2020, 1, 1))
        with pytest.raises(Invalid, match="任免文号"):
            set_state(tenure.official_id, "retired", actor=self.admin, since=DAY, instrument=" ")
        set_state(tenure.official_id, "retired", actor=self.admin, since=DAY, instrument="惠城组干〔2024〕1号")
        assert [f.kind for f in roster_findings(self.agency, today=TODAY)] == ["离任未止"]
        with pytest.raises(WrongState):
            set_state(tenure.official_id, "retired", actor=self.admin, since=DAY, instrument="x")
        set_state(tenure.official_id, "dismissed", actor=self.cast.office, since=DAY, instrument="x", end_posts=True)
        assert Tenure.objects.get().ended_on == DAY and roster_findings(self.agency, today=TODAY) == []

    def test_a_correction_needs_a_reason_and_passes_the_same_rules(self) -> None:
        tenure = make_tenure(self.agency, 1, date(2020, 1, 1))
        with pytest.raises(Invalid, match="理由"):
            change_tenure(tenure.pk, {"rank": "x"}, actor=self.admin, today=TODAY, reason="")
        with pytest.raises(Invalid, match="早于任职起"):
            change_tenure(tenure.pk, {"ended_on": date(2019, 1, 1)}, actor=self.admin, today=TODAY, reason="更正")
        changed = change_tenure(tenure.pk, {"ended_on": DAY}, actor=self.admin, today=TODAY, reason="调离")
        assert changed.ended_on == DAY
        with pytest.raises(NotFound):
            change_tenure(tenure.pk, {"rank": "x"}, actor=self.cast.other_clerk, today=TODAY, reason="r")

    def test_only_the_own_agency_the_office_and_auditors_see_an_official(self) -> None:
        tenure = make_tenure(self.agency, 1, date(2020, 1, 1))
        for actor, sees in (
            (self.cast.clerk, True), (self.admin, True), (self.cast.office, True), (self.cast.auditor, True),
            (self.cast.other_clerk, False), (self.cast.actor("system_admin"), False),
        ):  # fmt: skip
            assert OfficialProfile.objects.visible_to(actor).filter(pk=tenure.official_id).exists() is sees
            assert Subject.objects.visible_to(actor).filter(pk=tenure.official_id).exists() is sees
            assert Tenure.objects.visible_to(actor).filter(pk=tenure.pk).exists() is sees
        assert not Subject.objects.public().filter(pk=tenure.official_id).exists()

    def test_another_agencys_administrator_may_not_enter_here(self) -> None:
        with pytest.raises(NotAllowed):
            enter_post(post(self.cast.other_agency, 1, DAY), actor=self.admin, today=TODAY)

    def test_the_database_refuses_a_post_that_ends_before_it_begins_or_stands_twice(self) -> None:
        tenure = make_tenure(self.agency, 1, date(2020, 1, 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            Tenure.objects.filter(pk=tenure.pk).update(ended_on=date(2019, 1, 1))
        with pytest.raises(IntegrityError), transaction.atomic():
            Tenure.objects.create(
                official_id=tenure.official_id, agency=self.agency, post="科长", started_on=date(2020, 1, 1)
            )
