"""python -m torture.importing: kills while workbooks are checked, committed and approved."""

import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from torture.people import Person
from torture.scenario import Kills, come_to_rest, concluded, opened, options, say
from torture.street import IMPORT_VICTIMS, Street, wait_until

STAGE_SECONDS = 240


def main() -> int:
    o = options()
    street, folder = opened()
    try:
        return run(street, folder, Random(o.seed), o.rounds, o.rows)
    finally:
        street.stop()


class Office:
    """A clerk who imports and a reviewer who approves, while everything dies around them."""

    def __init__(self, street: Street, random: Random, agency_id: int) -> None:
        self.street, self.random, self.agency_id = street, random, agency_id
        self.troubles: Counter[str] = Counter()
        self.clerk, self.reviewer, self.keeper = (
            Person(street.address, self.troubles).sign_in(name) for name in ("clerk", "reviewer", "system")
        )
        self.kills = Kills(street, random, IMPORT_VICTIMS)

    def upload(self, content: bytes) -> list[Any]:
        """More than one batch when the answer to the first was lost: then the second finds everything there already."""
        from records.models import ImportBatch

        known = set(ImportBatch.objects.values_list("pk", flat=True))
        reply = self.clerk.upload("/staff/import/", "演练.xlsx", content, kind="penalty", agency=str(self.agency_id))
        assert reply.status == 302, reply.body.decode(errors="replace")[:800]
        return list(ImportBatch.objects.exclude(pk__in=known).order_by("pk"))

    def bring_in(self, batch: Any) -> str:
        """检查, 入库 and 审核 with kills in each; which there were."""
        struck = [self.killing_until(batch, "checked")]
        if batch.rows.filter(status="valid").exists():
            self.clerk.post(f"/staff/imports/{batch.pk}/commit/")
            struck.append(self.killing_until(batch, "committed"))
            struck.append(self.approve(batch))
        return "；".join(struck)

    def killing_until(self, batch: Any, status: str) -> str:
        """One or two kills while the batch is worked on, then until it gets there."""

        def there() -> bool:
            batch.refresh_from_db()
            return bool(batch.status == status)

        struck = []
        for _ in range(self.random.randint(1, 2)):
            if not there():
                struck.append(self.kills.one(2.5))
        wait_until(there, seconds=STAGE_SECONDS, what=f"{batch.pk} {status}\n{self.log()}")
        return ", ".join(struck) or "-"

    def approve(self, batch: Any) -> str:
        """Large batches are approved in the background; a reviewer who still finds them waiting asks again."""

        def done() -> bool:
            if not batch.records.filter(status="submitted").exists():
                return True
            self.reviewer.post(f"/staff/review/batches/{batch.pk}/", confirmed="approve")
            return False

        done()
        struck = self.kills.one(1.5)
        wait_until(done, seconds=STAGE_SECONDS, what=f"batch {batch.pk} approved\n{self.log()}", every=10)
        return struck

    def log(self) -> str:
        return self.street.children["worker"].tail(40)


def run(street: Street, folder: Path, random: Random, rounds: int, rows: int) -> int:
    from torture import verdict
    from torture.traffic import create_people, workbook

    agency, _ = create_people()
    street.start_all()
    office = Office(street, random, agency.pk)
    for number in range(1, rounds + 1):
        content = workbook(folder / "round.xlsx", random, rows, 1_000_000 + number * (rows + 1_000))
        for batch in office.upload(content):
            struck = office.bring_in(batch)
            say(f"{number}/{rounds} 批次 {batch.pk}，检查、入库、审核时 {struck}：{batch.committed_rows:,} 行")
    seconds = come_to_rest(street, office.keeper)
    say(f"{seconds:.0f} 秒后全部办结；人遇到 {dict(office.troubles)}")
    wrong = [*verdict.imports(rows * rounds), *verdict.ledger()]
    wrong += [line for code in street.platforms for line in verdict.platform(code)]
    struck = f"{street.kills} 次（{dict(office.kills.counts)}）"
    sys.stdout.write(f"导入：{rounds} 个工作簿各 {rows:,} 行，{struck}；{verdict.summary()}\n")
    return concluded(wrong)


if __name__ == "__main__":
    sys.exit(main())
