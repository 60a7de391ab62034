"""The same settings, only fast and closed: weak hashes, a temporary data folder, a database of the tests' own.

DATABASE_URL_TEST (or DATABASE_URL) names a PostgreSQL server; without either the tests use an SQLite file.
Processes that tests start (worker, beat, receivers) inherit TEST_DATA_DIR and so the secrets and files of the run.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "TEST_DATA_DIR" not in os.environ:
    os.environ["TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="huicheng-test-")
    atexit.register(shutil.rmtree, os.environ["TEST_DATA_DIR"], ignore_errors=True)
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # one of several side by side: a folder of its own
    os.environ["TEST_DATA_DIR"] = str(Path(os.environ["TEST_DATA_DIR"]) / worker)
os.environ["DATA_DIR"] = os.environ["TEST_DATA_DIR"]
os.environ["TESTING"] = "1"
if "DATABASE_URL_TEST" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["DATABASE_URL_TEST"]
for name in ("DEBUG", "DEMO", "REDIS_URL", "SECURE", "ALLOWED_HOSTS"):
    os.environ.pop(name, None)

from huicheng_credit.settings import *  # noqa: E402, F403
from huicheng_credit.settings import DATA_DIR, DATABASES, LOGGING, STATIC_ROOT  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and other processes see it under the same locking as in the embedded mode.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}

Path(STATIC_ROOT).mkdir(exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING = {**LOGGING, "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")}}
# Browser tests are served the static files as they lie in the tree.
WHITENOISE_USE_FINDERS = True
