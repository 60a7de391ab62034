"""What a reviewer reads before deciding: how much the public will see, what to look at, what waits next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from core.actors import Actor
from core.clocks import Explanation
from records.admin.sheets import Line
from records.choices import RecordStatus, Verification
from records.clerks import handled_by
from records.models import CreditRecord


@dataclass(frozen=True, slots=True)
class Tally:
    """The comparison in numbers: columns shown as entered, shown differently, and not shown."""

    same: int
    differing: int
    hidden: int

    @classmethod
    def of(cls, groups: Iterable[tuple[str, list[Line]]]) -> "Tally":
        lines = [line for _, found in groups for line in found]
        differing, hidden = sum(line.differs for line in lines), sum(not line.public for line in lines)
        return cls(len(lines) - differing - hidden, differing, hidden)


def heading(record: CreditRecord, public: Mapping[str, Any] | None) -> list[Line]:
    """The head of the public page beside what it is made from; nothing where nothing is shown."""
    if not public:
        return []
    pairs = (("相对人", record.subject.name, public["subject"]["name"]), ("标题", record.title, public["title"]))
    lines = [Line("", label, "text", entered, shown, "", entered != shown) for label, entered, shown in pairs]
    mark = "按期公示" if public["on_time"] else "逾期公示"
    return [*lines, Line("", "期限标注", "text", "（由系统标注）", mark, "", False)]


def attention(
    record: CreditRecord, clock: Explanation | None, tally: Tally, edited: Mapping[str, Any], today: date
) -> list[str]:
    """What is unusual about a record that waits for review, one sentence each."""
    found = []
    if record.due_on < today:
        late = f"{clock.late_by}个工作日" if clock and clock.late_by else ""
        found.append(f"已超过公示期限{late}，公示后标注“逾期公示”。")
    elif record.due_on == today:
        found.append("今天是公示期限的最后一天。")
    if record.subject.verification == Verification.UNVERIFIED:
        found.append("相对人尚未与登记机关信息核对，请核对名称和代码。")
    if tally.differing:
        found.append(f"有{tally.differing}栏公众看到的与填报的不同，已标出，请确认没有多隐去或少隐去。")
    if edited:
        found.append("曾被退回，修改之处列在下面。")
    return found


def next_waiting(record: CreditRecord, actor: Actor) -> int | None:
    """The record that stands behind this one in the actor's queue: by deadline, entered by somebody else."""
    behind = Q(due_on__gt=record.due_on) | Q(due_on=record.due_on, pk__gt=record.pk)
    rows = CreditRecord.objects.visible_to(actor).filter(behind, ~handled_by(actor.user_id))
    found = rows.filter(status=RecordStatus.SUBMITTED).order_by("due_on", "pk").values_list("pk", flat=True).first()
    return int(found) if found else None
