"""The same import from the command line."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from python_calamine import CalamineWorkbook

from records.models import CreditRecord
from tests.people import Cast, make_cast
from tests.support.disclosure_tables import penalty_row, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def run(cast: Cast, path: Path, **options: object) -> str:
    out = io.StringIO()
    defaults = {"kind": "penalty", "agency": cast.agency.code, "user": "clerk", "stdout": out}
    call_command("import_disclosure", path, **(defaults | options))
    return out.getvalue()


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_bytes(workbook("penalty", rows).getvalue())
    return path


def test_good_rows_go_in_and_bad_rows_into_a_workbook(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", penalty_row(1), penalty_row(2, decided_on="昨天"))
    said = run(cast, path, rejects=tmp_path / "rejects.xlsx")
    assert "可入库1行，有错误1行" in said and "已入库1行" in said and "第3行" in said
    record = CreditRecord.objects.get()
    assert (record.door, record.status) == ("command", "submitted")
    sheet = CalamineWorkbook.from_path(str(tmp_path / "rejects.xlsx")).get_sheet_by_index(0).to_python()
    assert len(sheet) == 2 and "无法识别" in sheet[1][-1] and sheet[1][-2] == "3"


def test_the_rejects_corrected_can_be_imported_as_they_are(cast: Cast, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.xlsx"
    run(cast, write(tmp_path / "a.xlsx", penalty_row(1, decided_on="昨天")), rejects=rejects)
    header, row = CalamineWorkbook.from_path(str(rejects)).get_sheet_by_index(0).to_python()
    corrected = ["2026-11-02" if cell == "昨天" else cell for cell in row]
    from tests.support.disclosure_tables import table

    rejects.write_bytes(table(header, [corrected]).getvalue())
    assert "已入库1行" in run(cast, rejects)


def test_only_checking(cast: Cast, tmp_path: Path) -> None:
    run(cast, write(tmp_path / "a.xlsx", penalty_row(1)), check_only=True)
    assert not CreditRecord.objects.exists()


@override_settings(LANGUAGE_CODE="zh-hans")
def test_what_is_wrong_is_one_sentence(cast: Cast, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", penalty_row(1))
    for options, words in (
        ({"agency": "123"}, "没有代码为123的单位"),
        ({"user": "nobody"}, "没有账号"),
        ({"user": "other_clerk"}, "不是该单位的成员"),
    ):
        with pytest.raises(CommandError, match=words):
            run(cast, path, **options)
    (tmp_path / "b.xlsx").write_bytes(b"MZ\x90\x00\x00")
    with pytest.raises(CommandError, match="可执行程序"):
        run(cast, tmp_path / "b.xlsx")
