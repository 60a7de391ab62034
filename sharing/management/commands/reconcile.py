"""Compare with the platforms now; what beat does every night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sharing import services
from sharing.choices import RunState
from sharing.models import Platform


class Command(BaseCommand):
    help = "与上级平台核对持有的记录（编号、版本、摘要），差异自动重新报送。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--platform", action="append", help="平台代码；默认全部启用的平台")

    def handle(self, *args: Any, **options: Any) -> None:
        platforms = Platform.objects.enabled()
        if options["platform"]:
            platforms = platforms.filter(code__in=options["platform"])
        if not platforms:
            raise CommandError("没有符合条件的启用平台。")
        failed = False
        for platform in platforms:
            run = services.reconcile(platform.pk)
            failed |= run.state != RunState.FINISHED
            self.stdout.write(
                f"{platform.name}：核对 {run.compared} 条，一致 {run.equal} 条，差异 {run.differences} 条，"
                f"重新报送 {run.requeued} 条，报送中未核对 {run.moving} 条。{run.message}"
            )
        if failed:
            raise CommandError("有平台未能核对完，原因见上；稍后可再次运行。")
