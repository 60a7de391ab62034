"""What the validator says about one row: each mistake has its own sentence, and all come at once."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.test import TestCase

from core.identifiers import make_uscc
from disclosure import standard
from disclosure.validation import Ground, Outcome, Validator, tier_of
from records.models import Subject, SubjectName
from tests.factories.records import make_subject
from tests.people import make_cast
from tests.support.disclosure_tables import licence_row, penalty_row, person_row

TODAY = date(2026, 11, 9)
OLDER_PENALTY = (
    "document_number", "violation_type", "penalty_category", "penalty_category_second", "facts", "legal_basis",
    "party_name", "uscc", "organisation_code", "business_registration", "tax_registration", "party_id_number",
    "representative", "content", "decided_on", "authority", "older_state", "remark",
)  # fmt: skip


class Judged(TestCase):
    ground: Ground

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.branch = make_subject(
            "惠城区市场监督管理局桥东分局",
            kind="agency",
            code=make_uscc("11441302MB2D00009"),
            parent=cls.cast.agency,
        )
        SubjectName.objects.create(subject=cls.cast.agency, name="惠城区工商局", name_folded="惠城区工商局")

    def setUp(self) -> None:
        self.ground = Ground.load(Subject.objects.get(pk=self.cast.agency.pk), today=TODAY)

    def penalty(self, **changes: Any) -> Outcome:
        return Validator("penalty", self.ground).check(penalty_row(1, **changes))

    def licence(self, **changes: Any) -> Outcome:
        return Validator("licence", self.ground).check(licence_row(1, **changes))

    def person(self, **changes: Any) -> Outcome:
        return Validator("penalty", self.ground).check(person_row(1, **changes))

    def older(self, **changes: Any) -> Outcome:
        row = {name: value for name, value in penalty_row(1, **changes).items() if name in OLDER_PENALTY}
        return Validator("penalty", self.ground, columns=OLDER_PENALTY).check(row)

    def assert_clean(self, outcome: Outcome) -> None:
        assert (outcome.errors, outcome.warnings) == ([], [])

    def assert_error(self, outcome: Outcome, field: str, code: str, words: str = "") -> None:
        found = [e for e in outcome.errors if (e["field"], e["code"]) == (field, code)]
        assert found, outcome.errors
        assert words in found[0]["message"]
        assert len(outcome.errors) == 1, outcome.errors

    def assert_warning(self, outcome: Outcome, field: str, code: str, words: str = "") -> None:
        assert outcome.errors == []
        found = [w for w in outcome.warnings if (w["field"], w["code"]) == (field, code)]
        assert found and words in found[0]["message"], outcome.warnings


class TableTests(Judged):
    def test_valid_rows_are_converted(self) -> None:
        outcome = self.penalty()
        self.assert_clean(outcome)
        values = outcome.values
        assert values["decided_on"] == date(2026, 11, 2) and values["fine_amount"] == Decimal("0.2")
        assert values["penalty_category"] == ("罚款",) and values["party_category"] == "organisation"
        self.assert_clean(self.licence())
        self.assert_clean(self.person())

    def test_every_required_column_of_the_2018_table_is_asked_for(self) -> None:
        for kind, row in (("penalty", penalty_row(1)), ("licence", licence_row(1))):
            asked = {
                c.name
                for c in standard.columns(kind)
                if c.required and c.name not in ("source_unit", "source_unit_code")
            }
            if kind == "licence":
                asked.discard("document_number")  # the licence's own number stands in for it
            for name in asked:
                outcome = Validator(kind, self.ground).check({**row, name: None})
                assert outcome.failed(name), (kind, name)

    def test_all_errors_come_at_once(self) -> None:
        outcome = self.penalty(
            party_name=None, uscc="9144130", decided_on="2027-01-01", penalty_category="罚钱", fine_amount="两千块吧"
        )
        assert {e["field"] for e in outcome.errors} == {
            "party_name", "uscc", "decided_on", "effective_to", "penalty_category", "fine_amount",
        } - {"effective_to"}  # fmt: skip

    def test_an_older_table_is_not_asked_for_what_it_never_had(self) -> None:
        outcome = self.older()
        self.assert_clean(outcome)
        assert outcome.values["authority_code"] == self.cast.agency.code
        assert outcome.values["source_unit"] == self.cast.agency.name
        assert outcome.values["party_category"] == "organisation"
        assert "effective_to" not in outcome.values
        validator = Validator("penalty", self.ground, columns=OLDER_PENALTY)
        assert validator.older and {c.name for c in validator.missing} >= {"effective_to", "authority_code"}

    def test_the_second_category_of_older_tables_is_merged(self) -> None:
        outcome = self.older(penalty_category="罚款", penalty_category_second="没收违法所得、没收非法财物")
        assert outcome.values["penalty_category"] == ("罚款", "没收违法所得", "没收非法财物")

    def test_a_revoked_penalty_of_an_older_table_stays_out(self) -> None:
        self.assert_error(self.older(older_state="1"), "older_state", "decision_revoked", "撤销")
        self.assert_warning(self.older(older_state="2"), "older_state", "older_state", "异议")
        self.assert_clean(self.older(older_state="0"))

    def test_lengths(self) -> None:
        self.assert_error(self.penalty(document_number="罚" * 129), "document_number", "too_long", "最多128字")


class PartyTests(Judged):
    def test_92_is_a_sole_trader(self) -> None:
        code = make_uscc("92441302MA4W0TEST".replace("TEST", "000")[:17])
        self.assert_error(self.penalty(uscc=code), "party_category", "category_by_code", "个体工商户")
        outcome = self.penalty(uscc=code, party_category="个体工商户", representative=None)
        assert outcome.errors == []
        assert self.older(uscc=code).values["party_category"] == "sole_trader"

    def test_a_sole_trader_has_a_code_that_starts_with_92(self) -> None:
        self.assert_error(self.penalty(party_category="个体工商户"), "uscc", "category_by_code", "92")

    def test_a_body_needs_a_code_and_a_representative(self) -> None:
        self.assert_error(self.penalty(uscc=None), "uscc", "code_required", "至少填写其他一种代码")
        self.assert_error(self.penalty(representative=None), "representative", "required", "法定代表人")
        outcome = self.penalty(uscc=None, business_registration="441302000000007")
        assert outcome.errors == []

    def test_a_person_needs_a_document_and_has_no_code(self) -> None:
        self.assert_error(self.person(party_id_number=None), "party_id_number", "required", "加密")
        self.assert_error(self.person(party_id_type=None), "party_id_type", "required", "身份证")
        self.assert_error(self.person(party_id_number="441302198901010011"), "party_id_number", "checksum")
        outcome = self.person(uscc=penalty_row(1)["uscc"])
        self.assert_error(outcome, "uscc", "code_of_person", "自然人没有单位代码")

    def test_a_message_never_tells_the_number(self) -> None:
        for number in ("441302198901010011", "44130219890101001", "44130219891301001X"):
            assert number not in str(self.person(party_id_number=number).errors)

    def test_the_number_of_a_bodys_row_is_not_kept(self) -> None:
        outcome = self.penalty(party_id_number="441302198901010010")
        self.assert_warning(outcome, "party_id_number", "personal_data_not_needed")
        assert "party_id_number" not in outcome.values

    def test_a_passport_is_not_judged_as_a_resident_card(self) -> None:
        outcome = self.person(party_id_type="护照", party_id_number="E12345678")
        assert outcome.errors == [] and outcome.values["party_id_type"] == "护照号"

    def test_the_representatives_document_both_or_neither(self) -> None:
        outcome = self.penalty(representative_id_type="身份证")
        self.assert_error(outcome, "representative_id_number", "both_or_neither")

    def test_older_tables_tell_people_by_their_number(self) -> None:
        outcome = self.older(uscc=None, party_name="王试样", party_id_number="441302198901010010")
        self.assert_clean(outcome)
        assert outcome.values["party_category"] == "natural_person" and outcome.values["party_id_type"] == "身份证"

    def test_a_personal_number_in_free_text_is_a_warning(self) -> None:
        outcome = self.penalty(facts="当事人（身份证号441302198901010010）拒不改正。")
        self.assert_warning(outcome, "facts", "personal_number", "公示时会隐去")


class AuthorityTests(Judged):
    def test_another_agencys_decision_is_refused_by_name_and_by_code(self) -> None:
        other = self.cast.other_agency
        self.assert_error(self.penalty(authority=other.name), "authority", "other_agency", other.name)
        self.assert_error(self.penalty(authority_code=other.code), "authority_code", "other_agency", other.name)

    def test_a_branch_may_decide(self) -> None:
        self.assert_clean(self.penalty(authority=self.branch.name, authority_code=self.branch.code))
        assert self.older(authority=self.branch.name).values["authority_code"] == self.branch.code

    def test_a_former_name_is_a_warning(self) -> None:
        self.assert_warning(self.penalty(authority="惠城区工商局"), "authority", "former_name", "曾用名")

    def test_an_unknown_name_is_asked_about(self) -> None:
        self.assert_warning(self.penalty(authority="市监局"), "authority", "authority_name", "简称")
        self.assert_error(self.older(authority="市监局"), "authority", "authority_unknown", "全称")

    def test_brackets_and_widths_do_not_matter(self) -> None:
        self.assert_clean(self.penalty(authority="惠城区市场监督管理局　"))


class DecisionTests(Judged):
    def test_days(self) -> None:
        self.assert_error(self.penalty(decided_on="2026-11-10"), "decided_on", "date_in_future", "晚于今天")
        self.assert_clean(self.penalty(decided_on="2026-11-09"))
        self.assert_error(self.penalty(effective_to="2026-11-01"), "effective_to", "end_before_start", "填反")
        self.assert_error(self.penalty(publicity_deadline="2026-11-01"), "publicity_deadline", "end_before_start")
        self.assert_error(self.penalty(decided_on="1985-01-01"), "decided_on", "rule_missing", "过早")
        self.assert_error(self.licence(effective_to="2025-01-01"), "effective_to", "end_before_start")
        assert self.penalty(effective_to="长期").values["effective_to"] == date(2099, 12, 31)
        self.assert_error(self.penalty(decided_on="长期"), "decided_on", "date_not_long_term")

    def test_categories(self) -> None:
        values = self.penalty(penalty_category="罚款；没收非法所得", confiscated_amount="1").values
        assert values["penalty_category"] == ("罚款", "没收违法所得")
        other = self.penalty(penalty_category="罚款、其他-责令改正")
        assert other.values["penalty_category"] == ("罚款", "其他-责令改正")
        self.assert_error(self.penalty(penalty_category="罚款、责令改正"), "penalty_category", "unknown_value", "其他-")
        self.assert_error(self.penalty(penalty_category="其他"), "penalty_category", "other_unexplained", "写明")
        self.assert_warning(self.older(penalty_category="其他"), "penalty_category", "other_unexplained")
        self.assert_warning(
            self.older(penalty_category="暂扣或者吊销许可证、暂扣或者吊销执照"), "penalty_category", "category_merged"
        )

    def test_amounts_that_the_categories_ask_for(self) -> None:
        self.assert_error(self.penalty(fine_amount=None), "fine_amount", "required", "万元")
        outcome = self.penalty(penalty_category="没收违法所得", fine_amount=None)
        self.assert_error(outcome, "confiscated_amount", "required")
        outcome = self.penalty(penalty_category="吊销许可证", fine_amount=None)
        self.assert_error(outcome, "revoked_certificate", "required", "吊销许可证件")
        self.assert_warning(self.penalty(penalty_category="警告"), "fine_amount", "amount_without_category")

    def test_yuan_in_place_of_wan_yuan(self) -> None:
        outcome = self.penalty(fine_amount="2000", content="罚款人民币2000元")
        self.assert_warning(outcome, "fine_amount", "amount_in_yuan", "0.2")
        taken = {"penalty_category": "没收违法所得", "fine_amount": None, "content": "没收违法所得"}
        outcome = self.penalty(**taken, confiscated_amount="3500", facts="当事人获利3500元。")
        self.assert_warning(outcome, "confiscated_amount", "amount_in_yuan", "0.35")
        assert self.penalty(fine_amount="2000元").values["fine_amount"] == Decimal("0.2")

    def test_the_header_may_say_that_amounts_are_in_yuan(self) -> None:
        validator = Validator("penalty", self.ground, columns=set(penalty_row(1)), units={"fine_amount": "元"})
        assert validator.check(penalty_row(1, fine_amount=2000)).values["fine_amount"] == Decimal("0.2")
        assert validator.check(penalty_row(1, fine_amount="0.2万元")).values["fine_amount"] == Decimal("0.2")

    def test_the_state_of_a_licence_by_word_and_by_code(self) -> None:
        for given, state in (("有效", "valid"), ("1", "valid"), (2, "invalid"), ("注销", "invalid")):
            assert self.licence(state=given).values["state"] == state
        self.assert_error(self.licence(state="待定"), "state", "unknown_value", "有效")
        columns = set(licence_row(1)) - {"party_category", "authority_code", "source_unit_code"}
        older = Validator("licence", self.ground, columns=columns)
        assert older.check(licence_row(1, state="1")).values["state"] == "invalid"
        assert older.check(licence_row(1, state=0)).values["state"] == "valid"
        assert older.check(licence_row(1, state=None)).values["state"] == "valid"

    def test_a_licence_without_document_number_uses_its_own(self) -> None:
        outcome = self.licence(document_number="空")
        self.assert_warning(outcome, "document_number", "licence_number_used")
        assert outcome.values["document_number"] == licence_row(1)["licence_number"]

    def test_a_certificate_needs_its_number(self) -> None:
        self.assert_error(self.licence(licence_number=None), "licence_number", "required")

    def test_swapped_cells_are_one_mistake(self) -> None:
        outcome = self.penalty(penalty_category=self.cast.agency.name, authority="罚款")
        assert {(e["field"], e["code"]) for e in outcome.errors} == {
            ("penalty_category", "swapped"),
            ("authority", "swapped"),
        }
        assert "填反" in outcome.errors[0]["message"]


class TierTests(Judged):
    def tier(self, **changes: Any) -> str:
        values = self.penalty(**changes).values
        return tier_of(values, self.ground.tiers.on(values["decided_on"]).value)

    def test_tiers_by_category_fine_and_procedure(self) -> None:
        assert self.tier() == "general"
        assert self.tier(penalty_category="警告、通报批评", fine_amount=None) == "minor"
        assert self.tier(simple_procedure="是") == "minor"
        assert self.tier(fine_amount="100") == "serious"
        assert self.tier(fine_amount="99.999999") == "general"
        assert self.tier(penalty_category="责令停产停业", fine_amount=None) == "serious"
        assert self.tier(penalty_category="罚款、责令停产停业", simple_procedure="是") == "serious"
