"""One download in a process of its own, for its memory: python -m benchmarks.exporting csv|xlsx."""

import json
import resource
import sys
import time


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
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "first": first, "bytes": size, "rss": rss}))


if __name__ == "__main__":
    main()
