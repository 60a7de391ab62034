"""Every broken or hostile file through the import: a clear message or the right rows; never a crash, never a half."""

import io
from datetime import date

import pytest

from core.errors import RuleViolation
from records import imports
from records.models import CreditRecord, ImportBatch, ImportRow, Subject
from tests.hostile_files import HOSTILE_FILES, HostileFile
from tests.people import make_cast

TODAY = date(2026, 11, 9)


@pytest.mark.django_db
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in HOSTILE_FILES])
def test_a_hostile_file(case: HostileFile) -> None:
    cast = make_cast()
    subjects = Subject.objects.count()
    try:
        batch = imports.create_batch(
            io.BytesIO(case.build()),
            importer="penalty",
            agency_id=cast.agency.pk,
            filename=case.name,
            actor=cast.clerk,
        )
    except RuleViolation as refusal:
        assert refusal.status == 400 and case.expect.refused == refusal.code
        assert not ImportBatch.objects.exists()
        return
    assert imports.check_batch(batch.pk, today=TODAY)
    batch.refresh_from_db()
    if case.expect.refused:
        assert batch.status == "failed"
        # A file may also be refused for its header before the reader comes to what is worse.
        assert batch.notices[0]["code"] in (case.expect.refused, "no_header")
    if batch.status == "failed":
        assert "没有保存任何数据" in batch.problem and "内部错误" not in batch.problem
        assert not ImportRow.objects.exists()
    else:
        assert batch.status == "checked" and batch.checked_rows == batch.rows.count() > 0
        for row in batch.rows.all():
            assert (row.status == "valid") == (row.errors == [])
            assert all(e["message"].endswith(("。", "？")) for e in row.errors), row.errors
    assert batch.claim == ""
    assert not CreditRecord.objects.exists() and Subject.objects.count() == subjects
