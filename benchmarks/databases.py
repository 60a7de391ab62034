"""A database for one run: made before it, gone after it."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent


def postgres_server() -> str | None:
    """An address on a server where databases can be made: BENCH_DATABASE_URL, or what `make test` finds."""
    if given := os.environ.get("BENCH_DATABASE_URL", ""):
        return given if given.startswith("postgres") else None
    sys.path.insert(0, str(ROOT))
    from scripts.suite import find_postgres

    return find_postgres()


@contextmanager
def postgres_database(server: str, name: str) -> Iterator[str]:
    """The address of a new, empty database called `name`."""
    import psycopg2

    parts = urlsplit(server)

    def execute(statement: str) -> None:
        connection = psycopg2.connect(urlunsplit(parts._replace(scheme="postgresql", path="/postgres")))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def sqlite_database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="huicheng-bench-") as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"
