"""import_disclosure FILE --kind licence|penalty --agency CODE --user NAME: a workbook without the browser."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from core.actors import Door
from core.errors import RuleViolation
from records import imports
from records.choices import BatchStatus
from records.models import ImportBatch, Subject
from records.people import actor_for


class Command(BaseCommand):
    help = "导入双公示工作簿：检查全部行，可入库的行入库（待审核），其余写入退回表。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx、xls 或 csv 文件")
        parser.add_argument("--kind", required=True, choices=sorted(i.code for i in imports.importers()))
        parser.add_argument("--agency", required=True, help="单位的统一社会信用代码")
        parser.add_argument("--user", required=True, help="经办人账号，须为该单位成员")
        parser.add_argument("--check-only", action="store_true", help="只检查，不入库")
        parser.add_argument("--rejects", type=Path, help="未通过的行写入该xlsx文件")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(**options)
        except RuleViolation as error:
            raise CommandError(error.message) from error

    def _import(self, *, file: Path, kind: str, agency: str, user: str, **options: Any) -> None:
        unit = Subject.objects.agencies().filter(code=agency.strip().upper()).first()
        if unit is None:
            raise CommandError(f"没有代码为{agency}的单位，请核对统一社会信用代码。")
        account = User.objects.filter(username=user, is_active=True).first()
        if account is None:
            raise CommandError(f"没有账号“{user}”，或已停用。")
        if not file.is_file():
            raise CommandError(f"没有文件{file}。")
        actor, today = actor_for(account, door=Door.COMMAND), timezone.localdate()
        with file.open("rb") as upload:
            batch = imports.create_batch(
                upload, importer=kind, agency_id=unit.pk, filename=file.name, actor=actor, by_worker=False
            )
        imports.check_batch(batch.pk, today=today)
        self._report(batch)
        if not options["check_only"] and imports.counts(batch)["valid"]:
            imports.commit_batch(batch.pk, actor=actor, by_worker=False)
            imports.run_commit(batch.pk, today=today)
            batch.refresh_from_db()
            self.stdout.write(f"已入库{batch.committed_rows}行，等待审核。")
        if options["rejects"]:
            with options["rejects"].open("wb") as target:
                written = imports.write_rejected(batch.pk, target, actor=actor)
            self.stdout.write(f"未入库的{written}行写入{options['rejects']}。")

    def _report(self, batch: ImportBatch) -> None:
        batch.refresh_from_db()
        if batch.status == BatchStatus.FAILED:
            raise CommandError(batch.problem)
        for notice in batch.notices:
            self.stdout.write(notice["message"])
        counts = imports.counts(batch)
        self.stdout.write(
            f"批次{batch.pk}：共{batch.total_rows}行，可入库{counts['valid']}行，"
            f"有错误{counts['invalid']}行，重复{counts['duplicate']}行。"
        )
        for row in batch.rows.filter(status="invalid").order_by("number")[:20]:
            reasons = "".join(error["message"] for error in row.errors)
            self.stdout.write(f"  第{row.number}行：{reasons}")
