"""Lists that are looked up: who a line speaks of, what is told about them, who may ask, and what is left behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from core.errors import Invalid, NotAllowed, NotFound
from core.models import AuditEvent, Rule
from creditfiles.lists import Asked
from creditfiles.models import Lookup, LookupLine, QueryLog
from creditfiles.services import erase_lists, open_file, run_lookup
from creditfiles.services.lookups import open_lookup
from records.services.agencies import add_succession
from tests.creditfiles.lists import PERSONS_NUMBER, STATEMENTS, TODAY, Street, id_number
from tests.factories.integrity import effective
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import SYSTEM


class OnTheStreet(TestCase):
    street: Street

    @classmethod
    def setUpTestData(cls) -> None:
        cls.street = Street()

    def found(self, line: LookupLine) -> tuple[str, str, str]:
        return line.verdict, line.matched_by, line.subject.name if line.subject else ""


class BodiesTests(OnTheStreet):
    def test_a_body_is_found_by_code_older_code_name_and_former_name(self) -> None:
        s = self.street
        name = s.firm.name
        for text, by in (
            (s.firm.code, "code"), (f"{name} {s.firm.code}", "code"), (name, "name"),
            ("惠州市示例老字号工程队", "former_name"),
        ):  # fmt: skip
            self.assertEqual(self.found(s.answer(text or "")), ("found", by, name), text)
        self.assertEqual(self.found(s.answer("441302000012345")), ("clear", "older_code", s.clear.name))

    def test_what_was_merged_is_answered_as_what_it_turned_out_to_be_with_all_its_records(self) -> None:
        line = self.street.answer("惠州市示例旧名册商行")
        self.assertEqual(self.found(line), ("found", "former_name", self.street.firm.name))
        self.assertEqual({r["record"] for r in line.found}, {self.street.penalty.pk, self.street.older.pk})
        self.assertEqual(line.found_count, 2)

    def test_several_of_one_name_are_ambiguous_and_told_what_settles_it(self) -> None:
        line = self.street.answer("惠州市示例同名商行")
        self.assertEqual((line.verdict, line.advice), ("ambiguous", "同名2个，请补充统一社会信用代码。"))
        self.assertIsNone(line.subject)

    def test_a_code_of_another_name_is_ambiguous(self) -> None:
        line = self.street.answer(f"惠州市示例清白贸易有限公司,{self.street.firm.code}")
        self.assertEqual(line.verdict, "ambiguous")
        self.assertIn(self.street.firm.name, line.advice)

    def test_an_unknown_code_never_falls_back_to_the_name(self) -> None:
        stranger = make_subject("惠州市示例外来商行").code or ""
        line = self.street.answer(f"{self.street.firm.name} {stranger}")
        self.assertEqual(line.verdict, "ambiguous")

    def test_what_cannot_be_right_is_malformed_and_what_is_not_there_unknown(self) -> None:
        code = self.street.firm.code or ""
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        self.assertEqual(self.street.answer(wrong).verdict, "malformed")
        self.assertEqual(self.street.answer("甲,乙,丙").verdict, "malformed")
        self.assertEqual(self.street.answer("没有这个单位").verdict, "unknown")

    def test_a_persons_number_in_a_list_of_bodies_is_refused_and_not_kept(self) -> None:
        mistyped = PERSONS_NUMBER[:-2] + ("0" if PERSONS_NUMBER[-2] != "0" else "1") + PERSONS_NUMBER[-1]
        for text in (PERSONS_NUMBER, f"某单位,{PERSONS_NUMBER}", mistyped):
            line = self.street.answer(text)
            self.assertEqual((line.verdict, line.typed_code), ("malformed", ""))
            self.assertIn("没有保留", line.advice)

    def test_a_licence_says_nothing_against_anybody(self) -> None:
        line = self.street.answer(self.street.clear.name)
        self.assertEqual((line.verdict, line.found), ("clear", []))

    def test_a_records_fields_are_those_of_the_purposes_rule_and_no_more(self) -> None:
        s = self.street
        [few] = s.answer(s.firm.code or "", purpose="project_approval").found[:1]
        self.assertEqual(
            set(few), {"record", "version", "kind", "document_number", "agency", "decided_on", "effective_to", "state"}
        )
        self.assertIn("title", s.answer(s.firm.code or "").found[0])

    def test_what_a_rule_keeps_internal_counts_for_supervision_only(self) -> None:
        s = self.street
        published_penalty(s.cast, s.clear, tier="minor")
        self.assertEqual(s.answer(s.clear.name, purpose="project_approval").verdict, "clear")
        self.assertEqual(s.answer(s.clear.name).verdict, "found")

    def test_an_agencys_answer_holds_what_it_took_over(self) -> None:
        s = self.street
        before = s.elsewhere
        record = published_penalty(s.cast, before)
        self.assertEqual(s.answer(s.agency.name).verdict, "clear")
        add_succession(
            before.pk, s.agency.pk, actor=SYSTEM, day=TODAY - timedelta(days=9), kind="merged", instrument="批文",
            takes_over=True, ends=True,
        )  # fmt: skip
        line = s.answer(s.agency.name)
        self.assertEqual([r["record"] for r in line.found], [record.pk])

    def test_only_the_newest_records_are_listed_and_all_are_counted(self) -> None:
        s = self.street
        for _ in range(24):
            published_penalty(s.cast, s.clear)
        line = s.answer(s.clear.name)
        self.assertEqual((len(line.found), line.found_count), (20, 24))


class PeopleTests(OnTheStreet):
    def official(self, text: str, **more: Any) -> LookupLine:
        return self.street.answer(text, about="officials", **more)

    def test_an_official_is_found_by_number_and_by_name_with_agency(self) -> None:
        s = self.street
        self.assertEqual(self.found(self.official(f"司徒示例 {id_number(1)}")), ("clear", "id_number", "司徒示例"))
        line = self.official(f"司徒示例 {s.agency.name}")
        self.assertEqual((line.verdict, line.matched_by, line.subject_id), ("clear", "tenure", s.head.pk))
        line = self.official(f"司徒示例 {s.elsewhere.code}")
        self.assertEqual(line.subject_id, s.same.pk)
        line = self.official("司徒示例\t惠城区示例文化局")
        self.assertEqual(line.subject_id, s.same.pk)

    def test_a_measure_counts_until_its_effect_has_ended_and_for_supervision_after_that_too(self) -> None:
        s = self.street
        record = effective(s.cast, s.head)  # 记过 of 2026-09-01: twelve months
        last = record.effective_to
        assert last is not None
        asked = f"司徒示例 {id_number(1)}"
        for day, purpose, verdict in (
            (last, "promotion", "found"), (last + timedelta(days=1), "promotion", "clear"),
            (last + timedelta(days=1), "supervision", "found"),
        ):  # fmt: skip
            with self.subTest(day=day, purpose=purpose):
                self.assertEqual(self.official(asked, purpose=purpose, today=day).verdict, verdict)

    def test_a_name_alone_never_matches_not_even_the_only_one(self) -> None:
        for name, count in (("司徒示例", 2), ("诸葛示例", 1)):
            line = self.official(name)
            self.assertEqual((line.verdict, line.subject_id), ("ambiguous", None))
            self.assertIn(f"同名{count}人", line.advice)
            self.assertIn("请补充身份证号码或单位", line.advice)

    def test_two_of_one_name_in_one_agency_are_ambiguous(self) -> None:
        line = self.official(f"上官示例 {self.street.agency.name}")
        self.assertEqual(line.verdict, "ambiguous")
        self.assertIn("同名2人，请补充身份证号码", line.advice)

    def test_who_left_before_the_day_is_not_found_by_agency(self) -> None:
        line = self.official(f"诸葛示例 {self.street.agency.name}")
        self.assertEqual((line.verdict, line.subject_id), ("ambiguous", None))

    def test_a_number_of_another_name_is_ambiguous_and_does_not_tell_the_name(self) -> None:
        line = self.official(f"张三 {id_number(1)}")
        self.assertEqual(line.verdict, "ambiguous")
        self.assertNotIn("司徒", line.advice)

    def test_a_wrong_number_is_malformed_and_not_repeated(self) -> None:
        number = id_number(1)[:-1] + ("0" if id_number(1)[-1] != "0" else "1")
        line = self.official(f"司徒示例 {number}")
        self.assertEqual(line.verdict, "malformed")
        self.assertNotIn(number, line.advice)

    def test_the_officials_file_and_the_private_persons_never_meet(self) -> None:
        self.assertEqual(self.official(f"欧阳示例 {PERSONS_NUMBER}").verdict, "unknown")
        line = self.street.answer(f"欧阳示例 {PERSONS_NUMBER}", about="persons")
        self.assertEqual((line.verdict, line.matched_by), ("clear", "id_number"))
        self.assertEqual(self.street.answer(f"司徒示例 {id_number(1)}", about="persons").verdict, "unknown")

    def test_people_of_other_agencies_do_not_exist_for_an_agency(self) -> None:
        s = self.street
        actor = s.cast.actor("agency_admin")
        for text in (f"司徒示例 {id_number(2)}", "司徒示例 惠城区示例文化局"):
            line = self.official(text, purpose="honours", actor=actor)
            self.assertIsNone(line.subject_id, text)
        self.assertIn("同名1人", self.official("司徒示例", purpose="honours", actor=actor).advice)
        own = self.official(f"司徒示例 {id_number(1)}", purpose="honours", actor=actor)
        self.assertEqual(own.subject_id, s.head.pk)

    def test_numbers_are_forgotten_once_the_line_is_judged(self) -> None:
        self.official(f"司徒示例 {id_number(1)}")
        self.assertEqual(self.stored(), [""])
        lookup = self.street.look_up(f"欧阳示例 {PERSONS_NUMBER}", about="persons", at_once=0)
        self.assertTrue(self.stored()[1].startswith("v1:"), "while it waits, encrypted")
        self.assertTrue(run_lookup(lookup.pk))
        self.assertEqual(self.stored(), ["", ""])

    def stored(self) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id_number FROM creditfiles_lookupline ORDER BY id")
            return [row[0] for row in cursor.fetchall()]


class AskingTests(OnTheStreet):
    def test_every_subject_that_was_found_can_see_who_asked_once_per_list(self) -> None:
        s = self.street
        lookup = s.look_up(f"{s.firm.name}\n{s.firm.code}\n{s.clear.name}\n惠州市示例同名商行\n没有这个单位")
        looks = {q.subject_id: q for q in QueryLog.objects.filter(lookup=lookup)}
        self.assertEqual(set(looks), {s.firm.pk, s.clear.pk})
        look = looks[s.firm.pk]
        self.assertEqual((look.user_id, look.purpose), (s.cast.office.user_id, "supervision"))
        self.assertEqual(look.reference, STATEMENTS["reference"])
        self.assertEqual(look.shown, {"行政处罚": 2})
        self.assertEqual(AuditEvent.objects.filter(action="creditfiles.file_opened").count(), 2)
        self.assertEqual(AuditEvent.objects.filter(action="creditfiles.list_looked_up").count(), 1)
        self.assertEqual(lookup.counts, {"found": 2, "clear": 1, "ambiguous": 1, "unknown": 1})
        self.assertEqual((lookup.rule.code, lookup.list_rule.code), ("lookup.supervision", "lookup.list.supervision"))

    def test_without_purpose_basis_reference_or_class_nothing_is_asked(self) -> None:
        for field, value in {"purpose": "", "legal_basis": " ", "reference": "", "about": "everybody"}.items():
            with self.assertRaises(Invalid) as caught:
                self.street.look_up(self.street.firm.name, **{field: value})
            self.assertIn(field, caught.exception.fields)
        self.assertEqual((Lookup.objects.count(), QueryLog.objects.count()), (0, 0))

    def test_outside_the_entitlement_is_refused_with_the_reason(self) -> None:
        cast = self.street.cast
        for actor, purpose, about, told in (
            (cast.clerk, "project_approval", "bodies", "您的角色不能"),
            (cast.reviewer, "honours", "bodies", "您的角色不能"),
            (cast.actor("agency_admin"), "promotion", "persons", "不能查询自然人"),
            (cast.office, "project_approval", "officials", "不能查询公务员"),
        ):
            with self.assertRaises(NotAllowed) as caught:
                self.street.look_up("司徒示例", actor=actor, purpose=purpose, about=about)
            self.assertIn(told, caught.exception.message)
        with self.assertRaises(NotFound):
            self.street.look_up("司徒示例", purpose="subject_request")

    def test_the_days_limit_counts_lines_of_this_person_and_purpose(self) -> None:
        rule = Rule.objects.get(code="lookup.list.supervision")
        Rule.objects.filter(pk=rule.pk).update(value={**rule.value, "daily_lines": 3})
        s = self.street
        s.look_up("甲\n乙")
        with self.assertRaises(NotAllowed) as caught:
            s.look_up("丙\n丁")
        self.assertIn("已查询2行，这份名单有2行，超过每日上限3行", caught.exception.message)
        s.look_up("丙")
        s.look_up("丙\n丁", actor=s.cast.second_office)
        s.look_up("丙\n丁", today=TODAY + timedelta(days=1))
        self.assertEqual(Lookup.objects.count(), 4)

    def test_a_list_that_is_empty_or_too_long_is_refused(self) -> None:
        rule = Rule.objects.get(code="lookup.list.supervision")
        Rule.objects.filter(pk=rule.pk).update(value={**rule.value, "most_lines": 2})
        for text in ("", "甲\n乙\n丙"):
            with self.assertRaises(Invalid):
                self.street.look_up(text)

    def test_looks_of_a_list_do_not_count_as_single_looks(self) -> None:
        rule = Rule.objects.get(code="lookup.supervision")
        Rule.objects.filter(pk=rule.pk).update(value={**rule.value, "daily_limit": 1})
        s = self.street
        s.look_up(f"{s.firm.name}\n{s.clear.name}", today=None)
        open_file(s.firm, purpose="supervision", actor=s.cast.office, **STATEMENTS)
        with self.assertRaises(NotAllowed):
            open_file(s.firm, purpose="supervision", actor=s.cast.office, **STATEMENTS)

    def test_lists_are_seen_by_who_asked_and_by_supervision(self) -> None:
        s = self.street
        lookup = s.look_up(s.firm.name, actor=s.cast.reviewer, purpose="project_approval")
        readers = {"reviewer": True, "auditor": True, "office": True, "other_reviewer": False, "agency_admin": False}
        for name, sees in readers.items():
            self.assertEqual(lookup in Lookup.objects.visible_to(s.cast.actor(name)), sees, name)


class LongListTests(OnTheStreet):
    def ask(self, count: int, **more: Any) -> Lookup:
        s = self.street
        names = [s.firm.name, s.clear.code or "", "惠州市示例同名商行", "没有这个单位", s.agency.name]
        lines = [Asked(n, name=names[n % 5]) if n % 5 != 1 else Asked(n, code=names[1]) for n in range(1, count + 1)]
        return open_lookup(
            lines, about="bodies", purpose="supervision", actor=s.cast.office, **{"today": TODAY, **STATEMENTS, **more}
        )

    def statements(self, count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            self.ask(count, at_once=10_000)
        return len(queries)

    def test_ten_times_the_lines_take_as_many_statements(self) -> None:
        self.statements(20)
        self.assertEqual(self.statements(300), self.statements(30))

    def test_a_long_list_waits_for_a_worker_and_is_answered_in_pieces(self) -> None:
        from creditfiles.services import lookups

        lookup = self.ask(50, at_once=10)
        self.assertEqual((lookup.status, lookup.judged_rows), ("waiting", 0))
        self.assertTrue(lookups._chunk(lookup.pk, size=20))
        lookup.refresh_from_db()
        self.assertEqual((lookup.status, lookup.judged_rows, sum(lookup.counts.values())), ("running", 20, 20))
        self.assertTrue(run_lookup(lookup.pk))
        self.assertTrue(run_lookup(lookup.pk), "running it again changes nothing")
        lookup.refresh_from_db()
        self.assertEqual(lookup.counts, {"found": 10, "clear": 20, "ambiguous": 10, "unknown": 10})
        self.assertEqual(QueryLog.objects.filter(lookup=lookup).count(), 3)


class ErasingTests(OnTheStreet):
    def test_lists_are_erased_when_the_rule_says_so_and_counts_and_looks_stay(self) -> None:
        s = self.street
        lookup = s.look_up(f"{s.firm.name}\n没有这个单位")
        last = TODAY + timedelta(days=180)
        self.assertEqual(erase_lists(today=last, actor=SYSTEM), 0)
        self.assertEqual(erase_lists(today=last + timedelta(days=1), actor=SYSTEM), 1)
        self.assertEqual(erase_lists(today=last + timedelta(days=1), actor=SYSTEM), 0)
        lookup.refresh_from_db()
        self.assertEqual((lookup.lines.count(), lookup.counts), (0, {"found": 1, "unknown": 1}))
        self.assertEqual(QueryLog.objects.filter(lookup=lookup).count(), 1)
        self.assertTrue(AuditEvent.objects.filter(action="creditfiles.list_erased").exists())


REPORTS = "creditfiles_creditreport"


@pytest.mark.django_db
def test_looks_and_reports_are_still_append_only_in_the_database() -> None:
    """The tables were made anew on SQLite when lists came."""
    from django.db import DatabaseError, transaction

    street = Street()
    street.look_up(street.firm.name)
    for act in ("UPDATE creditfiles_querylog SET unit = 'x'", "DELETE FROM creditfiles_querylog"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(act)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [REPORTS])
            assert cursor.fetchone()[0] == 2
