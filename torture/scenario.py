"""What both scenarios share: options, the street, the end."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from torture.people import Person
from torture.street import Street, wait_until

SETTLE_SECONDS = 600


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--revisions", type=int, default=0)
    parser.add_argument("--rows", type=int, default=0)
    return parser.parse_args()


def say(text: str) -> None:
    sys.stderr.write(f"    {text}\n")
    sys.stderr.flush()


def opened() -> tuple[Street, Path]:
    """Django set up, an empty database migrated, the keys made; nothing runs yet."""
    import django

    django.setup()
    import io

    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", interactive=False, verbosity=0)
    call_command("make_signing_keys", missing=True, verbosity=0, stdout=io.StringIO())
    connections.close_all()  # not to be shared with the watchdog that is forked now
    folder = Path(settings.DATA_DIR)
    return Street(folder), folder


class Kills:
    """Which process dies when; and how often each did."""

    def __init__(self, street: Street, random: Random, victims: tuple[str, ...]) -> None:
        self.street, self.random, self.victims = street, random, victims
        self.counts: Counter[str] = Counter()

    def one(self, most_seconds: float) -> str:
        """After a random moment."""
        time.sleep(self.random.uniform(0.1, most_seconds))
        victim = self.random.choice(self.victims)
        self.street.strike(victim, self.random)
        self.counts[victim] += 1
        return victim


def come_to_rest(street: Street, keeper: Person) -> float:
    """Everything up; somebody ends the pauses of platforms that were down. Seconds until all was settled."""
    from sharing.models import Platform
    from torture.verdict import at_rest

    street.wait_ready()
    started = pressed = time.monotonic()

    def rest() -> bool:
        nonlocal pressed
        if time.monotonic() - pressed > 8:
            pressed = time.monotonic()
            for code in Platform.objects.values_list("code", flat=True):
                keeper.post(f"/staff/platforms/{code}/retry/")
        return at_rest()

    wait_until(
        rest, seconds=SETTLE_SECONDS, what=f"everything settled\n{street.children['worker'].tail(40)}", every=0.5
    )
    return time.monotonic() - started


def concluded(wrong: list[str]) -> int:
    for line in wrong:
        sys.stdout.write(f"  不符：{line}\n")
    sys.stdout.write("结果：" + ("未通过\n" if wrong else "通过\n"))
    sys.stdout.flush()
    return 1 if wrong else 0
