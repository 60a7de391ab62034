"""Lists: read whole or not at all, compared, approved by a second person, never edited."""

from datetime import timedelta

import pytest
from django.test import TestCase

from core.errors import Invalid, NotAllowed, WrongState
from core.tabular.problems import TableProblem
from sanctions import services
from sanctions.comparison import compare
from sanctions.models import Measure, MeasureEdition
from sanctions.workbook import read_list, template
from tests.factories.sanctions import TODAY, head, imposed, loaded, row, workbook
from tests.hostile_files import HOSTILE_FILES, HostileFile
from tests.sanctions.test_services import Story


class ReadingTests(TestCase):
    def errors(self, rows: list[list[object]]) -> list[str]:
        with pytest.raises(Invalid) as caught:
            read_list(workbook(rows), "清单.xlsx")
        return caught.value.fields["file"]

    def test_every_wrong_cell_is_told_at_once_by_row_and_column(self) -> None:
        errors = self.errors([
            row(1), row(1, name="限制准入"), row(0, category="加重处罚", subject_kinds="企业、火星人"),
            row(3, content="", name="限制准入"),
        ])  # fmt: skip
        assert [e.split("：")[0] for e in errors] == [
            "第4行“序号”", "第4行“类别”", "第4行“惩戒对象”", "第5行“惩戒内容”", "“序号”",
        ]  # fmt: skip
        assert "火星人" in errors[2] and "减损权益、管理措施、其他" in errors[1]
        assert not MeasureEdition.objects.filter(level="national").exists()

    def test_repeated_names_and_an_empty_list(self) -> None:
        assert "“限制准入”出现了不止一次" in self.errors([row(1, name="限制准入"), row(2, name="限制准入")])[0]
        assert "没有任何措施" in self.errors([])[0]

    def test_kinds_of_subject_in_the_lists_own_words(self) -> None:
        (measure,) = read_list(workbook([row(1, subject_kinds="机关、公职人员,经营主体 自然人")]), "清单.xlsx")
        assert measure.subject_kinds == ("agency", "enterprise", "sole_trader", "official", "natural_person")
        (measure,) = read_list(workbook([row(1, subject_kinds="法人和非法人组织")]), "清单.xlsx")
        assert "agency" not in measure.subject_kinds and "natural_person" not in measure.subject_kinds

    def test_a_missing_column_and_files_that_are_no_tables(self) -> None:
        with pytest.raises(TableProblem, match="惩戒对象"):
            read_list(workbook([row(1)[:4]], ["序号", "类别", "惩戒措施", "惩戒内容"]), "清单.xlsx")
        with pytest.raises(TableProblem):
            read_list(b"MZ\x90\x00" + b"\x00" * 200, "清单.xlsx")

    def test_the_template_is_understood_and_empty(self) -> None:
        with pytest.raises(Invalid) as caught:
            read_list(template(), "模板.xlsx")
        assert caught.value.fields["file"] == ["表头下面没有任何措施，请填写后重新上传。"]


class EditionTests(Story):
    def test_two_people_and_the_edition_before_ends_the_day_before(self) -> None:
        later = TODAY + timedelta(days=10)
        edition = loaded(self.cast, [row(1, content="改写"), row(3)], in_force_from=later, edition="2027年版")
        with self.assertRaisesMessage(NotAllowed, "您本人录入"):
            services.approve_edition(edition.pk, actor=self.cast.office)
        with self.assertRaises(NotAllowed):
            services.approve_edition(edition.pk, actor=self.cast.reviewer)
        services.approve_edition(edition.pk, actor=self.cast.second_office, seen=edition.digest)
        self.edition.refresh_from_db()
        assert self.edition.in_force_to == later - timedelta(days=1)
        with self.assertRaises(WrongState):
            services.refuse_edition(edition.pk, actor=self.cast.second_office, opinion="不妥")

    def test_compared_field_by_field(self) -> None:
        edition = loaded(
            self.cast, [row(1, content="改写", subject_kinds="企业"), row(3)], edition="2027年版", in_force_from=TODAY
        )
        found = compare(edition)
        assert found.earlier == self.edition and found.same == 0
        assert [d.name for d in found.added] == [row(3)[2]] and [d.name for d in found.gone] == [row(2)[2]]
        assert [label for label, *_ in found.changed[0].changes] == ["惩戒内容", "惩戒对象"]
        assert found.changed[0].changes[1][1:] == ("企业、个体工商户", "企业")

    def test_not_before_the_one_in_force_nor_under_sanctions_that_run(self) -> None:
        with self.assertRaises(Invalid) as caught:
            loaded(self.cast, in_force_from=self.edition.in_force_from)
        assert "施行日期须晚于该日" in caught.exception.fields["in_force_from"][0]
        edition = loaded(self.cast, in_force_from=TODAY, edition="2027年版")
        imposed(self.cast, self.penalty, self.limit)
        with self.assertRaises(Invalid) as caught:
            services.approve_edition(edition.pk, actor=self.cast.second_office)
        assert "有1项惩戒依现行清单" in caught.exception.fields["in_force_from"][0]

    def test_one_open_list_for_a_level_and_refused_with_an_opinion(self) -> None:
        edition = loaded(self.cast, level="city")
        with self.assertRaises(WrongState):
            loaded(self.cast, level="city")
        with self.assertRaises(Invalid):
            services.refuse_edition(edition.pk, actor=self.cast.second_office, opinion="")
        services.refuse_edition(edition.pk, actor=self.cast.second_office, opinion="依据不全。")
        loaded(self.cast, level="city")

    def test_what_changed_since_it_was_read_is_not_approved(self) -> None:
        edition = loaded(self.cast, level="city")
        with self.assertRaises(WrongState):
            services.approve_edition(edition.pk, actor=self.cast.second_office, seen="another")
        Measure.objects.filter(edition=edition, number=1).update(content="暗中改写")
        with self.assertRaises(WrongState):
            services.approve_edition(edition.pk, actor=self.cast.second_office)

    def test_who_may_load_and_what_must_be_said(self) -> None:
        given = {"content": workbook([row(1)]), "filename": "清单.xlsx"}
        with self.assertRaises(NotAllowed):
            services.load_edition(head("city"), **given, actor=self.cast.clerk)
        with self.assertRaises(Invalid) as caught:
            services.load_edition(head("moon", title=""), **given, actor=self.cast.office)
        assert set(caught.exception.fields) == {"level", "title"}

    def test_the_plans_own_measures_are_there(self) -> None:
        plan = MeasureEdition.objects.in_force(TODAY).get(level="district")
        names = set(plan.measures.values_list("name", flat=True))
        assert {"取消荣誉评选资格", "公开通报批评", "限制试点示范"} <= names and len(names) == 7


@pytest.mark.parametrize("file", HOSTILE_FILES, ids=lambda file: file.name)
def test_a_hostile_file_is_refused_with_a_sentence(file: HostileFile) -> None:
    """Whatever it is, it is no list of measures."""
    with pytest.raises(Invalid) as caught:
        read_list(file.build(), file.name)
    assert caught.value.message.endswith("。")
