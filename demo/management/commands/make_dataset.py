from argparse import ArgumentParser
from datetime import date
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo import dataset


class Command(BaseCommand):
    help = "Fill an empty ledger with made-up records, for measuring: 1,000,000 take minutes on PostgreSQL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--records", type=int, required=True, help="how many credit records")
        parser.add_argument("--seed", type=int, default=1, help="the same seed and day give the same rows")
        parser.add_argument("--today", type=date.fromisoformat, help="the day up to which records are made (ISO)")
        parser.add_argument("--workers", type=int, default=2, help="processes, on PostgreSQL")
        parser.add_argument("--append", action="store_true", help="add to a ledger that has records already")

    def handle(self, *, records: int, seed: int, workers: int, append: bool, **options: Any) -> None:
        if records < 1:
            raise CommandError("--records must be at least 1")
        started = monotonic()

        def progress(done: int) -> None:
            rate = done / max(monotonic() - started, 0.001)
            self.stdout.write(f"\r{done:,} of {records:,} records, {rate:,.0f} a second", ending="")
            self.stdout.flush()

        today = options["today"] or timezone.localdate()
        try:
            dataset.make(records, seed=seed, today=today, append=append, workers=workers, progress=progress)
        except dataset.NotEmpty:
            raise CommandError(
                "the ledger has records already: name an empty database in DATABASE_URL, or say --append"
            ) from None
        self.stdout.write(f"\n{records:,} records in {monotonic() - started:.0f} s")
