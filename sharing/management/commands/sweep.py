"""Find what is due and send it, here and now; what beat does every few seconds, without a broker."""

from typing import Any

from django.core.management.base import BaseCommand

from records.services import seal
from sharing import services
from sharing.models import Platform


class Command(BaseCommand):
    help = "封存修订、分发到各平台、释放中断的占用，并立即报送到期的各项。"

    def handle(self, *args: Any, **options: Any) -> None:
        due: list[int] = []
        sealed = seal()
        found = services.sweep(enqueue=due.append)
        self.stdout.write(f"封存修订 {sealed} 条，新增报送 {found['deliveries']} 项，释放占用 {found['freed']} 项。")
        for platform in Platform.objects.filter(pk__in=due):
            counts = services.push(platform.pk, seconds=float("inf"))
            results = "、".join(f"{LABELS.get(name, name)} {count}" for name, count in counts.items()) or "无"
            self.stdout.write(f"{platform.name}：{results}")


LABELS = {"stored": "入库", "recalled": "撤回", "accepted": "已接收", "refused": "退回", "retry": "待重试"}
