"""Container health checks; standard library only.

healthcheck.py web     asks this container's web server for /readyz, by the site's own name
healthcheck.py beat    whether the scheduler wrote its state within ten minutes
"""

import os
import sys
import time
import urllib.request
from pathlib import Path


def web() -> bool:
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    request = urllib.request.Request(os.environ.get("HEALTH_URL", "http://127.0.0.1:8000/readyz"), headers=headers)
    with urllib.request.urlopen(request, timeout=8) as answer:
        return bool(answer.status == 200)


def beat() -> bool:
    """The state is one file or several, by the dbm library that Python was built with."""
    path = Path(os.environ.get("BEAT_SCHEDULE", "/tmp/celerybeat-schedule"))
    return any(time.time() - part.stat().st_mtime < 600 for part in path.parent.glob(f"{path.name}*"))


if __name__ == "__main__":
    try:
        healthy = {"web": web, "beat": beat}[sys.argv[1]]()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        healthy = False
    sys.exit(0 if healthy else 1)
