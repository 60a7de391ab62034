"""任责记录 in every official's credit file: what they were responsible for, in the post of that day."""

from collections.abc import Sequence
from datetime import date

from core.formats import day
from core.masking import mask_person_name
from integrity.kinds import standing_of
from integrity.models import Responsibility
from integrity.validation import IN_EFFECT
from records.choices import Visibility
from records.panels import Panel

MOST = 100


def responsibilities(subject_ids: Sequence[int], on: date) -> Panel:
    """Decided records that named this official; none that a rule keeps from everybody."""
    rows = Responsibility.objects.filter(official__in=subject_ids, dishonesty__record__status__in=IN_EFFECT)
    rows = rows.exclude(dishonesty__record__visibility=Visibility.INTERNAL)
    rows = rows.select_related("dishonesty__record__subject", "dishonesty__rule").order_by("-on", "-pk")
    lines = tuple(_line(row, on) for row in rows[:MOST])
    return Panel("任责记录", lines, "没有登记其承担责任的政务失信记录。")


def _line(row: Responsibility, on: date) -> tuple[str, str]:
    record = row.dishonesty.record
    about = "本人"
    if record.subject_id != row.official_id:
        # A colleague's own record: whoever reads this file, the colleague's is another one.
        other = record.subject
        about = mask_person_name(other.name) if other.is_person else other.name
    state = standing_of(record, row.dishonesty, on)
    said = f"时任{row.role}，{row.get_kind_display()}：{about}，{record.title}（{record.document_number}），{state}"
    return day(row.on), said
