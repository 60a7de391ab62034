from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.actors import Door, system_actor
from records import services


class Command(BaseCommand):
    help = "执行一天的公示变化：到期的规则、期满和到期开放。重复执行不产生变化；错过的日子可以补执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="哪一天（2026-11-23 的写法），默认今天")

    def handle(self, **options: Any) -> None:
        day = options["day"] or timezone.localdate()
        done = services.daily_sweep(today=day, actor=system_actor(Door.COMMAND))
        self.stdout.write(
            f"{day}：依规则变更 {done['redecided']} 条，期满 {done['expired']} 条，到期公示 {done['opened']} 条。"
        )
