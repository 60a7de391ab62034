import json
from argparse import ArgumentParser
from datetime import date
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo import story
from demo.accounts import CAST, PRINTED, Person
from demo.own import hand_out


class Command(BaseCommand):
    help = "Load the demonstration district, once; needs DEMO=1. A second call changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, help="the last day of the story (ISO)")
        parser.add_argument("--seed", type=int, default=story.SEED)

    def handle(self, *, seed: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "load_demo puts made-up people and records into the database and is for demonstrations only. "
                "Set DEMO=1 if this is one; never do so in production."
            )
        started = monotonic()
        today = options["today"] or timezone.localdate()
        password = story.load(seed=seed, today=today, folder=settings.DATA_DIR)
        if password is None:
            self.stdout.write("演示数据已在库中，未作改动。")
            return
        accounts = [{"role": _role(p), "username": p.username, "password": password} for p in PRINTED]
        self._keep("demo-accounts.json", accounts)
        self._keep("demo-own.json", hand_out(today))
        self.stdout.write(f"演示数据已载入（{monotonic() - started:.0f} 秒）。以下账号密码均为 {password}")
        for person in CAST:
            self.stdout.write(f"  {_role(person)}：{person.username}（{person.name}）")

    def _keep(self, name: str, content: Any) -> None:
        """For whoever starts the site: what `make run` prints."""
        path = settings.DATA_DIR / name
        path.touch(mode=0o600)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1))


def _role(person: Person) -> str:
    return str(person.role.label)
