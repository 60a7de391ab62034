"""Identity numbers that wait in the staging table move to the newest key with everything else."""

import io
from datetime import date

from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import TestCase, override_settings

from core.key_rotation import json_tokens_by_key, rotate_json
from disclosure.models import Penalty
from records import imports
from records.models import ImportRow
from tests.people import make_cast
from tests.support.disclosure_tables import person_row, workbook
from tests.support.files import own_files

TODAY = date(2026, 11, 9)
OLD, NEW = "old:" + "11" * 32, "new:" + "22" * 32
# What somebody typed and only looks like a token.
TYPED = "v1:old:AAAA"


class StagedRowsTests(TestCase):
    def setUp(self) -> None:
        self.enterContext(own_files())
        with override_settings(FIELD_ENCRYPTION_KEYS=OLD):
            self.fill()

    def fill(self) -> None:
        self.cast = make_cast()
        self.batch = imports.create_batch(
            workbook("penalty", [person_row(n, remark=TYPED) for n in range(1, 4)]), importer="penalty",
            agency_id=self.cast.agency.pk, filename="a.xlsx", actor=self.cast.clerk, by_worker=False,
        )  # fmt: skip
        imports.check_batch(self.batch.pk, today=TODAY)
        row = self.batch.rows.order_by("number").first()
        imports.correct_row(row.pk, {"party_id_number": "441302198901010010"}, actor=self.cast.clerk, today=TODAY)

    def test_staged_numbers_are_sealed_anew_in_batches_and_can_be_committed_without_the_old_key(self) -> None:
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            assert json_tokens_by_key(ImportRow, "cells") == {"new": 0, "old": 3}
            assert [b.changed for b in rotate_json(ImportRow, "cells", batch=2)] == [2, 1]
            assert list(rotate_json(ImportRow, "cells", batch=2)) == []
            assert json_tokens_by_key(ImportRow, "cells") == {"new": 3, "old": 0}
            try:
                call_command("rotate_keys", "--check", stdout=io.StringIO())
            except CommandError as error:
                assert "还有 4 个值" in str(error)  # three converted values and a correction
            else:
                raise AssertionError("tokens of the old key were not seen")
            call_command("rotate_keys", stdout=io.StringIO())
        with override_settings(FIELD_ENCRYPTION_KEYS=NEW):
            row = self.batch.rows.order_by("number").first()
            assert row.values["remark"] == TYPED
            imports.correct_row(row.pk, {"content": "罚款叁仟元"}, actor=self.cast.clerk, today=TODAY)
            imports.commit_batch(self.batch.pk, actor=self.cast.clerk, by_worker=False)
            imports.run_commit(self.batch.pk, today=TODAY)
            assert {p.party_id_number for p in Penalty.objects.all()} == {"441302198901010010"}
            assert Penalty.objects.count() == 3
