"""Who acts, as the services see it: a value, not a request."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import models
from django.utils import timezone


class Door(models.TextChoices):
    """Through which of the four doors an act came (入口)."""

    STAFF = "staff", "工作台"
    PORTAL = "portal", "门户"
    API = "api", "接口"
    IMPORT = "import", "批量导入"
    TASK = "task", "定时任务"
    COMMAND = "command", "命令行"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or the system. `unit_ids`: agencies the person works for; `roles`: role codes.

    A subject that has its own file open has the role `subject`, and `unit_ids` are the subjects for which it speaks.

    `at` is when the act happens, if not now: acts that are replayed stand in the history with their own time.
    """

    user_id: int | None
    name: str
    unit: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    unit_ids: frozenset[int] = field(default_factory=frozenset)
    door: str = Door.STAFF
    request_id: str = ""
    at: datetime | None = None

    def now(self) -> datetime:
        return self.at or timezone.now()

    def has(self, *roles: str) -> bool:
        return bool(self.roles.intersection(roles))


def system_actor(door: str = Door.TASK, *, at: datetime | None = None) -> Actor:
    """The platform itself, acting by rule (自动执行)."""
    return Actor(user_id=None, name="系统", unit="信用惠城网", roles=frozenset({"system"}), door=door, at=at)
