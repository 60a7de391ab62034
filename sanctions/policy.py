"""What the lists and rules allow on a day, each refusal with what to do next."""

from datetime import date, timedelta

from core.formats import day
from core.rules import rule_on
from records.choices import RecordStatus, SubjectKind
from records.models import CreditRecord, Subject
from sanctions.choices import NO_FAULTS, EditionStatus
from sanctions.models import Measure

IN_EFFECT = (RecordStatus.APPROVED, RecordStatus.PUBLISHED)
PUBLIC_RULE = "sanctions.public_categories"


def public_categories(on: date) -> frozenset[str]:
    """Which categories of measures everybody may read about."""
    return frozenset(rule_on(PUBLIC_RULE, on).value["categories"])


def last_day(cause: CreditRecord) -> date | None:
    """The last day on which something may follow from this record: of its effect or of its publication, the earlier."""
    return min((d for d in (cause.effective_to, cause.publish_until) if d), default=None)


def measure_problem(measure: Measure, on: date) -> str | None:
    """Why this measure cannot begin on that day. `measure` comes with its edition."""
    edition = measure.edition
    if edition.status != EditionStatus.APPROVED:
        return f"“{measure.name}”所在的清单没有批准，不能作为惩戒依据。请选择现行清单中的措施。"
    if on < edition.in_force_from:
        return f"“{measure.name}”所在的清单自{day(edition.in_force_from)}起施行，起始日不能早于该日。"
    if edition.in_force_to and on > edition.in_force_to:
        return (
            f"“{measure.name}”所在的清单已于{day(edition.in_force_to)}废止，起始日须在此之前；请改选现行清单中的措施。"
        )
    return None


def kind_problem(measure: Measure, subject: Subject) -> str | None:
    if subject.kind in measure.subject_kinds:
        return None
    kind = SubjectKind(subject.kind).label
    return f"“{measure.name}”的惩戒对象是{measure.whose()}，不能对{kind}采取。请改选适用于{kind}的措施。"


def cause_problem(cause: CreditRecord, on: date) -> str | None:
    """Why nothing may follow from this record on that day."""
    if cause.kind in NO_FAULTS:
        return f"{cause.get_kind_display()}不是失信信息，不能作为惩戒的原因。"
    if cause.status not in IN_EFFECT:
        return f"原因记录的状态是“{cause.get_status_display()}”，没有生效，不能据以采取惩戒。请在记录生效之后提出。"
    begins, last = cause.effective_from or cause.decided_on, last_day(cause)
    if on < begins:
        return f"原因记录自{day(begins)}起有效，惩戒的起始日不能早于该日。"
    if last and on > last:
        return f"原因记录的效力或公示已于{day(last)}届满，不能再据以采取惩戒。"
    return None


def length_problem(cause: CreditRecord, starts_on: date, ends_on: date | None) -> str | None:
    """Why a sanction cannot last that long because of this record."""
    last = last_day(cause)
    if ends_on and ends_on < starts_on:
        return "截止日不能早于起始日，请核对后改正。"
    if last and ends_on is None:
        return f"原因记录的效力或公示到{day(last)}为止，请填写不晚于该日的截止日。"
    if last and ends_on and ends_on > last:
        return f"惩戒不能比原因记录更久：原因记录的效力或公示到{day(last)}为止，请填写不晚于该日的截止日。"
    return None


def period(starts_on: date, ends_on: date | None) -> str:
    return f"{day(starts_on)}至{day(ends_on) if ends_on else '原因记录终止'}"


def day_before(on: date) -> date:
    return on - timedelta(days=1)
