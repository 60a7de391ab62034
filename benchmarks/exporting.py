"""One download in a process of its own, for its memory: python -m benchmarks.exporting csv|xlsx."""

import json
import sys
import time

from benchmarks.memory import peak_memory


def main() -> None:
    import django

    django.setup()
    from django.test import RequestFactory

    from portal.views.exports import export_disclosure

    request = RequestFactory().get("/disclosure/licences/export")
    started = time.perf_counter()
    first, size = 0.0, 0
    for piece in export_disclosure(request, kind="licence", format_=sys.argv[1]).streaming_content:
        first = first or time.perf_counter() - started
        size += len(piece)
    taken = time.perf_counter() - started
    rss = peak_memory()
    print(json.dumps({"seconds": taken, "first": first, "bytes": size, "rss": rss}))


if __name__ == "__main__":
    main()
