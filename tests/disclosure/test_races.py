"""Several people bring decisions in at once: nothing is there twice, nobody waits who need not."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from core.actors import Actor
from core.models import AuditEvent
from disclosure.entry import Circumstances, Entry, enter, write
from disclosure.validation import Ground, Validator
from records import imports
from records.models import CreditRecord, ImportRow, Subject, SubjectIdentifier
from tests.people import make_cast
from tests.records.test_races import together
from tests.support.disclosure_tables import company, penalty_row, workbook

from .test_entry import TODAY

ROWS = 300
REGISTRATION = "441302000000007"


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()

    def enter(self, person: str, row: dict[str, Any]) -> CreditRecord:
        return enter("penalty", row, actor=self.cast.actor(person), agency=self.cast.agency, today=TODAY)

    def staged(self, person: str, rows: Sequence[dict[str, Any]]) -> int:
        """A checked batch, ready to be committed by a worker."""
        actor = self.cast.actor(person)
        batch = imports.create_batch(
            workbook("penalty", rows), importer="penalty", agency_id=self.cast.agency.pk, filename="a.xlsx",
            actor=actor, by_worker=False,
        )  # fmt: skip
        imports.check_batch(batch.pk, today=TODAY)
        imports.commit_batch(batch.pk, actor=actor, by_worker=False)
        return batch.pk

    def assert_once(self, rows: int) -> None:
        """Every decision and every subject is there exactly once, with one row of the trail."""
        assert CreditRecord.objects.count() == rows
        assert CreditRecord.objects.values("document_number_folded", "subject").distinct().count() == rows
        names = Counter(Subject.objects.exclude(kind="agency").values_list("name", flat=True))
        assert set(names.values()) == {1}
        assert AuditEvent.objects.filter(action="records.subject_created").count() == len(names)
        assert AuditEvent.objects.filter(action="records.entered").count() == rows

    def test_the_same_file_brought_in_by_two_people_at_once(self) -> None:
        rows = [penalty_row(1 + n // 3, document_number=f"罚〔2026〕{n}号") for n in range(ROWS)]
        batches = [self.staged("clerk", rows), self.staged("second_clerk", rows)]
        done = together(*(lambda pk=pk: imports.run_commit(pk, today=TODAY) for pk in batches))
        assert done == {"done": 2}
        self.assert_once(ROWS)
        assert Counter(ImportRow.objects.values_list("status", flat=True)) == {"committed": ROWS, "duplicate": ROWS}

    def test_two_files_that_name_the_same_new_subjects_in_opposite_order(self) -> None:
        one = [penalty_row(n, document_number=f"甲罚〔2026〕{n}号") for n in range(1, ROWS)]
        other = [penalty_row(n, document_number=f"乙罚〔2026〕{n}号") for n in reversed(range(1, ROWS))]
        batches = [self.staged("clerk", one), self.staged("second_clerk", other)]
        done = together(*(lambda pk=pk: imports.run_commit(pk, today=TODAY) for pk in batches))
        assert done == {"done": 2}
        self.assert_once(2 * (ROWS - 1))
        assert Subject.objects.exclude(kind="agency").count() == ROWS - 1

    def test_a_file_and_forms_that_bring_the_same_decisions(self) -> None:
        rows = [penalty_row(n) for n in range(1, ROWS + 1)]
        batch = self.staged("clerk", rows)
        outcomes = together(
            lambda: imports.run_commit(batch, today=TODAY),
            *(lambda n=n: self.enter("second_clerk", penalty_row(n)) for n in (1, ROWS // 2, ROWS)),
        )
        assert outcomes["done"] + outcomes["Invalid"] == 4
        self.assert_once(ROWS)

    def test_a_subject_gets_its_code_once(self) -> None:
        self.enter("clerk", penalty_row(1, uscc=None, business_registration=REGISTRATION))
        row = {"business_registration": REGISTRATION}
        outcomes = together(
            *(
                lambda n=n, p=p: self.enter(p, penalty_row(1, document_number=f"罚〔2026〕{n}号", **row))
                for n, p in ((2, "clerk"), (3, "second_clerk"))
            ),
            lambda: self.enter("clerk", penalty_row(1, document_number="罚〔2026〕4号")),
        )
        codes = set(Subject.objects.exclude(kind="agency").values_list("code", flat=True))
        # The third states the code alone: it may come first, and then is a subject of its own that the others run into.
        if outcomes == {"done": 3}:
            assert codes == {company(1)[1]} and SubjectIdentifier.objects.count() == 1
            assert AuditEvent.objects.filter(action="records.subject_code_added").count() == 1
        else:
            assert outcomes == {"done": 1, "Invalid": 2} and codes == {company(1)[1], None}


@pytest.mark.postgres
class WaitingTests(TransactionTestCase):
    """On SQLite one writes at a time, whatever we do."""

    def setUp(self) -> None:
        self.cast = make_cast()
        self.ground = Ground.load(self.cast.agency, today=TODAY)

    def _write_and_wait(self, numbers: Sequence[int], actor: Actor, written: threading.Event, go: threading.Event):
        """A chunk of an import that has written everything and not committed yet."""
        try:
            with transaction.atomic():
                check = Validator("penalty", self.ground).check
                write(
                    [Entry(check(penalty_row(n)).values) for n in numbers], Circumstances("penalty", self.ground, actor)
                )
                written.set()
                assert go.wait(timeout=30)
        finally:
            connection.close()

    def _meanwhile(self, row: dict[str, Any]) -> tuple[bool, list[str]]:
        """Whether a form entry came through while the chunk was still open, and what became of it in the end."""
        written, go, outcome = threading.Event(), threading.Event(), []
        chunk = threading.Thread(target=self._write_and_wait, args=(range(1, 50), self.cast.clerk, written, go))

        def enter_one() -> None:
            try:
                enter("penalty", row, actor=self.cast.actor("second_clerk"), agency=self.cast.agency, today=TODAY)
                outcome.append("done")
            except Exception as error:
                outcome.append(type(error).__name__)
            finally:
                connection.close()

        form = threading.Thread(target=enter_one)
        chunk.start()
        assert written.wait(timeout=30)
        form.start()
        form.join(timeout=5)
        through = not form.is_alive()
        go.set()
        form.join(timeout=30)
        chunk.join(timeout=30)
        return through, outcome

    def test_a_form_does_not_wait_for_the_chunk_of_an_import(self) -> None:
        assert self._meanwhile(penalty_row(99)) == (True, ["done"])
        assert CreditRecord.objects.count() == 50

    def test_a_form_about_a_subject_that_the_chunk_creates_waits_and_finds_it(self) -> None:
        assert self._meanwhile(penalty_row(7, document_number="另罚〔2026〕1号")) == (False, ["done"])
        assert Subject.objects.filter(code=company(7)[1]).count() == 1

    def test_a_form_with_a_decision_of_the_chunk_waits_and_is_told(self) -> None:
        assert self._meanwhile(penalty_row(7)) == (False, ["Invalid"])
        assert CreditRecord.objects.count() == 49
