"""查询范围: of other agencies' people an agency's list finds whoever it has number and name of, where the rule says so.

司徒示例 is two officials: one of the asking agency, one of another.
"""

import json
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Rule
from creditfiles.entitlement import list_entitlement
from creditfiles.models import Lookup, LookupLine, QueryLog
from creditfiles.services import run_lookup
from records.models import SubjectName
from records.services.keys import issue_key
from tests.creditfiles.lists import STATEMENTS, TODAY, Street, id_number
from tests.factories.integrity import effective

BEFORE = date(2026, 11, 24)
NOBODYS = id_number(40)


class ReachTests(TestCase):
    street: Street

    @classmethod
    def setUpTestData(cls) -> None:
        cls.street = Street()

    def ask(self, text: str, purpose: str = "promotion", who: str = "agency_admin", **more: Any) -> LookupLine:
        actor = self.street.cast.actor(who)
        return self.street.answer(text, about="officials", purpose=purpose, actor=actor, **more)

    def test_number_and_name_together_find_an_official_of_another_agency_with_the_records(self) -> None:
        s = self.street
        record = effective(s.cast, s.same)
        line = self.ask(f"司徒示例 {id_number(2)}")
        self.assertEqual((line.verdict, line.matched_by, line.subject_id), ("found", "id_number", s.same.pk))
        self.assertEqual([found["record"] for found in line.found], [record.pk])
        look = QueryLog.objects.get(subject=s.same)
        self.assertEqual((look.purpose, look.unit), ("promotion", s.agency.name), "the official can see who asked")

    def test_a_former_name_beside_the_number_will_do(self) -> None:
        SubjectName.objects.create(subject=self.street.same, name="司马示例", name_folded="司马示例")
        self.assertEqual(self.ask(f"司马示例 {id_number(2)}").subject_id, self.street.same.pk)

    def test_name_name_with_agency_and_number_alone_find_nobody_there(self) -> None:
        for text in ("司徒示例", "司徒示例 惠城区示例文化局", id_number(2), f"司徒示例 {id_number(2)[:17]}"):
            self.assertIsNone(self.ask(text).subject_id, text)
        self.assertFalse(QueryLog.objects.exists())

    def test_who_is_found_by_number_is_in_no_count_of_those_who_bear_the_name(self) -> None:
        lookup = self.street.look_up(
            f"司徒示例 {id_number(2)}\n司徒示例", about="officials", purpose="promotion",
            actor=self.street.cast.actor("agency_admin"),
        )  # fmt: skip
        by_number, by_name = lookup.lines.order_by("number")
        self.assertEqual(by_number.subject_id, self.street.same.pk)
        self.assertIn("同名1人", by_name.advice)

    def test_it_is_no_oracle_a_wrong_name_no_name_and_nobody_are_the_same_words(self) -> None:
        said = {
            (line.verdict, line.advice, line.subject_id, line.found_count)
            for text in (f"张三 {id_number(2)}", id_number(2), f"张三 {NOBODYS}", NOBODYS)
            for line in [self.ask(text)]
        }
        self.assertEqual(len(said), 1, said)
        self.assertEqual(next(iter(said))[0], "unknown")
        own = self.ask(f"张三 {id_number(1)}")
        self.assertEqual(own.verdict, "ambiguous", "of its own people an agency may know that the name differs")

    def test_for_other_purposes_they_are_not_there_even_with_number_and_name(self) -> None:
        said = {
            (line.verdict, line.advice, line.subject_id)
            for text in (f"司徒示例 {id_number(2)}", f"司徒示例 {NOBODYS}")
            for line in [self.ask(text, "honours")]
        }
        self.assertEqual(len(said), 1, said)
        self.assertEqual(next(iter(said))[0], "unknown")

    def test_only_purposes_with_candidates_from_outside_reach_further(self) -> None:
        reaches = {
            p: list_entitlement(p, "officials", TODAY).reach
            for p in ("promotion", "recruitment", "honours", "supervision")
        }
        self.assertEqual(
            reaches, {"promotion": "by_number", "recruitment": "by_number", "honours": "own", "supervision": "own"}
        )
        Rule.objects.filter(code="lookup.list.promotion").update(value={"reach": "everybody"})
        self.assertEqual(list_entitlement("promotion", "officials", TODAY).reach, "own", "nonsense is the narrower one")

    def test_a_list_of_the_day_before_keeps_its_rule_whenever_it_is_answered(self) -> None:
        line = self.ask(f"司徒示例 {id_number(2)}", today=BEFORE)
        self.assertEqual((line.verdict, line.lookup.list_rule.in_force_to), ("unknown", BEFORE))
        waiting = self.street.look_up(
            f"司徒示例 {id_number(2)}", about="officials", purpose="promotion", today=BEFORE, at_once=0,
            actor=self.street.cast.actor("agency_admin"),
        )  # fmt: skip
        self.assertTrue(run_lookup(waiting.pk))
        self.assertEqual(waiting.lines.get().verdict, "unknown")

    def test_it_takes_as_many_statements_as_before(self) -> None:
        def statements(text: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                self.ask(text)
            return len(queries)

        statements(f"司徒示例 {id_number(1)}")
        self.assertEqual(statements(f"司徒示例 {id_number(2)}"), statements(f"司徒示例 {id_number(1)}"))


class PageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.street = Street()
        cls.key, cls.secret = issue_key(cls.street.agency.pk, name="人事系统", actor=cls.street.cast.office)

    def client_of(self, name: str) -> Client:
        client = Client()
        client.force_login(self.street.cast.users[name])
        return client

    def test_the_page_says_beforehand_whom_a_list_can_find_and_afterwards_whom_it_could(self) -> None:
        client = self.client_of("agency_admin")
        form = client.get(reverse("admin:lookup_new")).content.decode()
        self.assertIn("以“职务晋升”为目的的，其他单位人员的姓名和完整证件号码都相符也能查到", form)
        self.assertNotIn("只查本单位的人员", self.client_of("office").get(reverse("admin:lookup_new")).content.decode())
        given = {"about": "officials", "purpose": "promotion", **STATEMENTS}
        text = f"司徒示例 {id_number(2)}\n张三 {id_number(3)}"
        client.post(reverse("admin:lookup_new"), {**given, "text": text})
        lookup = Lookup.objects.get()
        page = client.get(reverse("admin:lookup", args=[lookup.pk]), {"verdict": "clear"}).content.decode()
        self.assertIn("司徒示例（按证件号码对应）", page)
        self.assertIn("其他单位人员须姓名和完整证件号码都相符", page)
        for number in (id_number(2), id_number(3)):
            self.assertNotIn(number, page)
        client.post(reverse("admin:lookup_new"), {**given, "text": id_number(2)})
        alone = reverse("admin:lookup", args=[Lookup.objects.latest("pk").pk])
        self.assertIn("（只填了证件号码）", client.get(alone, {"verdict": "unknown"}).content.decode())

    def test_a_system_finds_them_by_number_and_name_and_repeats_no_number(self) -> None:
        lines = [{"name": "司徒示例", "code": id_number(2)}, {"code": id_number(2)}, {"name": "司徒示例"},
                 {"name": "张三", "code": id_number(2)}]  # fmt: skip
        body = {"about": "officials", "purpose": "promotion", **STATEMENTS, "lines": lines}
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": "reach-1"}
        answer = self.client.post(
            "/api/v1/lookups/", json.dumps(body), content_type="application/json", headers=headers
        )
        shown = [(x["verdict"], x["subject"]) for x in answer.json()["lines"]]
        self.assertEqual(shown, [("clear", "司徒示例"), ("unknown", ""), ("ambiguous", ""), ("unknown", "")])
        self.assertNotIn(id_number(2), answer.content.decode())


class UpgradeTests(TestCase):
    """An installation whose rules were there before."""

    def widen(self) -> None:
        import_module("creditfiles.migrations.0006_reach_of_lists").widen(apps, None)

    def as_it_was(self) -> None:
        for code in ("lookup.list.promotion", "lookup.list.recruitment"):
            Rule.objects.filter(code=code, in_force_from__gt=date(2026, 1, 1)).delete()
            Rule.objects.filter(code=code).update(in_force_to=None)

    def test_what_holds_on_the_day_goes_on_with_the_reach_and_the_version_before_ends(self) -> None:
        self.as_it_was()
        old = Rule.objects.get(code="lookup.list.promotion")
        Rule.objects.filter(pk=old.pk).update(value={**old.value, "daily_lines": 77})
        for _ in range(2):
            self.widen()
            before, after = Rule.objects.filter(code="lookup.list.promotion").order_by("in_force_from")
            self.assertEqual((before.pk, before.in_force_to, before.value.get("reach")), (old.pk, BEFORE, None))
            self.assertEqual((after.in_force_from, after.in_force_to), (BEFORE + timedelta(days=1), None))
            self.assertEqual((after.value["daily_lines"], after.value["reach"]), (77, "by_number"))
        self.assertEqual(Rule.objects.filter(code="lookup.list.recruitment").count(), 2)

    def test_a_later_version_of_the_credit_office_stays(self) -> None:
        self.as_it_was()
        old = Rule.objects.get(code="lookup.list.promotion")
        old.in_force_to = date(2026, 12, 31)
        old.save()
        Rule.objects.create(code=old.code, title=old.title, value=old.value, in_force_from=date(2027, 1, 1), basis="x")
        self.widen()
        last = [
            (r.in_force_to, r.value.get("reach")) for r in Rule.objects.filter(code=old.code).order_by("in_force_from")
        ]
        self.assertEqual(last, [(BEFORE, None), (date(2026, 12, 31), "by_number"), (None, None)])
