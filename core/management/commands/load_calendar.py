from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Door, system_actor
from core.errors import RuleViolation
from core.services import load_calendar_year, parse_calendar


class Command(BaseCommand):
    help = "导入一个年度的放假与调休安排（JSON），并重算受影响的时限"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("file", type=Path)
        parser.add_argument("--notice", default="", help="通知文号")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            days = parse_calendar(path.read_text(encoding="utf-8-sig"))
            result = load_calendar_year(
                options["year"], days, actor=system_actor(Door.COMMAND), source=path.name, notice=options["notice"]
            )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"无法读取文件：{error}") from error
        except RuleViolation as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{options['year']}年：{result['days']}天，重算时限{result['moved']}项。")
