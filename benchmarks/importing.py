"""One import in a process of its own, for its memory: python -m benchmarks.importing FILE KIND."""

import json
import sys
import time
from pathlib import Path

from benchmarks.memory import peak_memory


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from accounts.models import User
    from demo.agencies import by_key
    from demo.subjects import CLERK
    from records import imports
    from records.choices import RowStatus
    from records.models import ImportBatch, Subject
    from records.people import actor_for

    path, kind = Path(sys.argv[1]), sys.argv[2]
    actor = actor_for(User.objects.get(username=CLERK), door="import")
    agency = Subject.objects.get(code=by_key()["market"].code)
    today = timezone.localdate()
    started = time.perf_counter()
    with path.open("rb") as file:
        batch = imports.create_batch(file, importer=kind, agency_id=agency.pk, filename=path.name, actor=actor)
    imports.check_batch(batch.pk, today=today)
    checked = time.perf_counter()
    imports.commit_batch(batch.pk, actor=actor)
    imports.run_commit(batch.pk, today=today)
    taken = time.perf_counter() - started
    batch = ImportBatch.objects.get(pk=batch.pk)
    print(
        json.dumps(
            {
                "batch": batch.pk,
                "committed": batch.rows.filter(status=RowStatus.COMMITTED).count(),
                "problem": batch.problem,
                "check": checked - started,
                "seconds": taken,
                "rss": peak_memory(),
            }
        )
    )


if __name__ == "__main__":
    main()
