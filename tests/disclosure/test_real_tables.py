"""Real templates and real rows (REAL_DATA_DIR): dirty where the world is dirty."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlwt
from python_calamine import CalamineWorkbook

from records import imports
from records.models import CreditRecord, ImportBatch
from tests.people import Cast, make_cast
from tests.support.disclosure_tables import licence_row, penalty_row, workbook

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 9)
PETROCHINA = "91110000710925462X"
Find = Callable[[str], Path]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def checked(cast: Cast, file: io.BytesIO, kind: str, name: str) -> ImportBatch:
    batch = imports.create_batch(file, importer=kind, agency_id=cast.agency.pk, filename=name, actor=cast.clerk)
    assert imports.check_batch(batch.pk, today=TODAY)
    batch.refresh_from_db()
    return batch


def header_of(path: Path) -> list[str]:
    return [str(cell) for cell in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[0]]


def filled(template: Path, rows: list[dict[str, Any]]) -> io.BytesIO:
    """The template with rows written under its own header; keys are the beginning of a header."""
    header = header_of(template)
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("数据")
    book.add_sheet("Sheet2")
    for index, title in enumerate(header):
        sheet.write(0, index, title)
    for number, row in enumerate(rows, 1):
        for key, value in row.items():
            index = next(i for i, title in enumerate(header) if title.strip().startswith(key))
            sheet.write(number, index, value)
    target = io.BytesIO()
    book.save(target)
    target.seek(0)
    return target


def petrochina(find: Find) -> list[dict[str, str]]:
    with find("penalties/petrochina_env_penalties.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_2015_row(row: dict[str, str], authority: str) -> dict[str, str]:
    return {
        "行政处罚决定书文号": row["doc_no"],
        "处罚名称": row["violation"],
        "处罚类别1": row["penalty_types"],
        "处罚事由": row["violation"],
        "处罚依据": row["law"],
        "行政相对人名称": row["party"],
        "行政相对人代码_1": PETROCHINA,
        "法定代表人姓名": "",
        "处罚结果": row["content"],
        "处罚决定日期": row["decision_date"],
        "处罚机关": authority,
        "当前状态": "0",
    }


class Test2015Templates:
    def test_real_penalties_in_the_real_template(self, cast: Cast, real_data: Find) -> None:
        template = real_data("disclosure_templates/putuo_2015std/corp_cf.xls")
        source = petrochina(real_data)
        batch = checked(cast, filled(template, [as_2015_row(r, cast.agency.name) for r in source]), "penalty", "cf.xls")
        assert batch.status == "checked" and batch.total_rows == len(source)
        assert {n["code"] for n in batch.notices} >= {"older_table", "no_amounts"}
        # Whoever has a number, a day, facts, a basis and lawful categories goes in; nobody is asked for newer columns.
        for row, given in zip(batch.rows.order_by("number"), source, strict=True):
            complete = all(given[k] for k in ("doc_no", "decision_date", "law", "content"))
            lawful = "责令改正" not in given["penalty_types"]
            assert (row.status == "valid") == (complete and lawful), (given["doc_no"], row.errors)
            for error in row.errors:
                assert error["field"] not in ("fine_amount", "effective_to", "authority_code", "party_category")
                if error["field"] == "penalty_category":
                    assert "其他-责令改正" in error["message"]
        accepted = imports.counts(batch)["valid"]
        assert accepted >= 2
        imports.commit_batch(batch.pk, actor=cast.clerk)
        imports.run_commit(batch.pk, today=TODAY)
        assert CreditRecord.objects.filter(subject__code=PETROCHINA).count() == accepted

    def test_another_agencys_penalties_are_not_ours_to_report(self, cast: Cast, real_data: Find) -> None:
        template = real_data("disclosure_templates/putuo_2015std/corp_cf.xls")
        rows = [as_2015_row(r, r["agency"]) for r in petrochina(real_data)]
        batch = checked(cast, filled(template, rows), "penalty", "cf.xls")
        assert imports.counts(batch)["valid"] == 0
        for row in batch.rows.all():
            assert "authority" in {e["field"] for e in row.errors}

    def test_people_in_the_real_template_are_found_by_number_and_sealed(self, cast: Cast, real_data: Find) -> None:
        template = real_data("disclosure_templates/putuo_2015std/people_cf.xls")
        number = "441302198901010010"
        row = {
            "行政处罚决定书文号": "惠城市监罚〔2016〕1号",
            "处罚名称": "无照经营",
            "处罚类别1": "警告",
            "处罚事由": "占道经营",
            "处罚依据": "《无证无照经营查处办法》",
            "行政相对人名称": "王试样",
            "行政相对人代码_5": number,
            "处罚结果": "警告",
            "处罚决定日期": "2016/5/3",
            "处罚机关": cast.agency.name,
        }
        batch = checked(cast, filled(template, [row]), "penalty", "people_cf.xls")
        staged = batch.rows.get()
        assert staged.status == "valid" and staged.values["party_category"] == "natural_person"
        assert number not in str((staged.cells, staged.values, staged.errors, staged.warnings))

    @pytest.mark.parametrize("name", ["corp_xk", "people_xk", "corp_cf", "people_cf"])
    def test_the_empty_templates_are_told_from_data(self, cast: Cast, real_data: Find, name: str) -> None:
        path = real_data(f"disclosure_templates/putuo_2015std/{name}.xls")
        kind = "licence" if name.endswith("xk") else "penalty"
        batch = checked(cast, io.BytesIO(path.read_bytes()), kind, path.name)
        assert batch.status == "failed" and "没有数据行" in batch.problem


class Test2017Templates:
    @pytest.mark.parametrize("name", ["xzcf.xls", "xzcf.xlsx"])
    def test_swapped_cells_and_a_bad_code_are_named(self, cast: Cast, real_data: Find, name: str) -> None:
        path = real_data(f"disclosure_templates/zhejiang_2017/{name}")
        batch = checked(cast, io.BytesIO(path.read_bytes()), "penalty", name)
        assert batch.status == "checked" and batch.header_row == 2 and batch.headers[0] == ""
        errors = {e["field"]: e for e in batch.rows.get().errors}
        assert errors["penalty_category"]["code"] == errors["authority"]["code"] == "swapped"
        assert "校验" in errors["uscc"]["message"] or "不是允许的字符" in errors["uscc"]["message"]
        assert {"facts", "legal_basis", "content"} <= set(errors)
        assert "effective_to" not in errors and "fine_amount" not in errors
        assert any(n["code"] == "missing_required" for n in batch.notices)

    @pytest.mark.parametrize("name", ["xzxk.xls", "xzxk.xlsx"])
    def test_a_document_number_that_is_a_number(self, cast: Cast, real_data: Find, name: str) -> None:
        path = real_data(f"disclosure_templates/zhejiang_2017/{name}")
        batch = checked(cast, io.BytesIO(path.read_bytes()), "licence", name)
        row = batch.rows.get()
        assert row.values["document_number"] == "201312142"
        assert (row.values["effective_from"], row.values["effective_to"]) == ("2013-05-03", "2016-05-03")
        assert {"decided_on", "authority", "uscc"} <= {e["field"] for e in row.errors}


class TestNationalTables:
    @pytest.mark.parametrize("headers", ["label", "code"])
    def test_2018_workbooks_with_real_companies(self, cast: Cast, real_data: Find, headers: str) -> None:
        with real_data("companies_uscc/shaanxi_2942.csv").open(encoding="utf-8-sig") as file:
            companies = list(csv.DictReader(file))[:300]
        for kind, make in (("penalty", penalty_row), ("licence", licence_row)):
            rows = [
                make(n, party_name=c["name"], uscc=c["uscc"], party_category=_category(c["uscc"]))
                for n, c in enumerate(companies)
            ]
            batch = checked(cast, workbook(kind, rows, headers=headers), kind, "2018.xlsx")
            assert batch.status == "checked"
            refused = batch.rows.exclude(status="valid")
            assert all(row.status == "duplicate" for row in refused), [row.errors for row in refused][:3]
            imports.commit_batch(batch.pk, actor=cast.clerk)
            imports.run_commit(batch.pk, today=TODAY)
            batch.refresh_from_db()
            assert batch.committed_rows == batch.rows.filter(status="committed").count() > 250


def _category(code: str) -> str:
    return "个体工商户" if code.startswith("92") else "法人及非法人组织"
