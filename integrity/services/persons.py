"""责任人: who held which post on the day of the act, named by the kind of responsibility."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.actors import Actor
from core.bulk import insert_rows
from core.errors import Invalid, NotAllowed
from core.formats import day
from core.locks import locked
from integrity.choices import Duty
from integrity.models import Dishonesty, Responsibility
from integrity.permissions import OPEN, may_name
from integrity.validation import existence_problem, no_post, posts_on
from records.choices import SubjectKind
from records.clerks import remember
from records.families import family
from records.models import CreditRecord, OfficialProfile, Subject, Tenure
from records.rosters import clean_number, official_index


@dataclass(frozen=True, slots=True)
class Named:
    """One person with the kind of responsibility; `tenure_id` says in which of several posts."""

    official_id: int
    kind: str
    tenure_id: int | None = None


def role_of(tenure: Tenure) -> str:
    """The post in words, kept as text: what it was on that day does not change with the registry."""
    return f"{tenure.agency.name}{tenure.post}"


def offered(record: CreditRecord, on: date, actor: Actor) -> list[Tenure]:
    """Who held a post in the record's agency on that day, heads first, as far as this actor may know its officials."""
    held = Tenure.objects.visible_to(actor).on(on)
    subject = {"official__in": family(record.subject_id)} if _is_official(record) else {}
    agency = {} if subject else {"agency__in": family(record.subject_id)}
    found = held.filter(**subject, **agency).select_related("official", "agency")
    return list(found.order_by("-is_head", "official__name", "pk")[:200])


def by_number(number: str) -> Subject | None:
    """The official with exactly this identity number: whoever has the number knows the person."""
    profile = OfficialProfile.objects.filter(subject__id_number_index=official_index(clean_number(number)))
    found = profile.select_related("subject").first()
    return found.subject if found else None


@transaction.atomic
def name_responsible(record_id: int, named: Sequence[Named], *, on: date, actor: Actor) -> list[Responsibility]:
    """登记责任人: these and nobody else, in the posts they held on the day `on` of the act.

    Raises NotFound, NotAllowed, Invalid: a day outside the act, nobody's post that day, an agency that was not there.
    """
    record: CreditRecord = locked(CreditRecord.objects.visible_to(actor).select_related("subject"), record_id)
    if reason := may_name(record, actor):
        raise NotAllowed("not_allowed", reason)
    detail = Dishonesty.objects.get(pk=record_id)
    last = detail.acted_to or detail.acted_from
    if not detail.acted_from <= on <= last:
        _refuse("on", f"责任日期须在行为期间内（{day(detail.acted_from)}至{day(last)}）。")
    if len({n.official_id for n in named}) != len(named):
        _refuse("persons", "同一人只登记一次，请选择其中一个职务。")
    if _is_official(record) and not any(n.official_id in family(record.subject_id) for n in named):
        _refuse("persons", "公务员本人的失信记录，须登记其本人当日的职务。")
    rows = [_row(detail, n, on) for n in named]
    if record.status in OPEN:
        remember(record, [actor.user_id])
    before = [_told(r) for r in detail.responsibilities.all()]
    Responsibility.objects.filter(dishonesty=detail).delete()
    insert_rows(
        Responsibility, ("dishonesty", "official", "tenure", "on", "role", "kind"),
        [(record_id, r.official_id, r.tenure_id, r.on, r.role, r.kind) for r in rows],
    )  # fmt: skip
    changes = {"责任人": ["；".join(before) or None, "；".join(map(_told, rows)) or None]}
    audit.record("integrity.responsible_named", record, actor=actor, changes=changes)
    return rows


def _told(row: Responsibility) -> str:
    """For the trail: whose it is, the key says."""
    return f"主体{row.official_id}，{row.role}，{row.get_kind_display()}"


def _is_official(record: CreditRecord) -> bool:
    return bool(record.subject.kind == SubjectKind.OFFICIAL)


def _row(detail: Dishonesty, named: Named, on: date) -> Responsibility:
    if named.kind not in Duty.values:
        _refuse("persons", "请为每位责任人选择责任类别。")
    held: list[Tenure] = list(posts_on(named.official_id, on))
    chosen = [t for t in held if named.tenure_id in (None, t.pk)]
    if not chosen:
        name = Subject.objects.filter(pk=named.official_id).values_list("name", flat=True).first() or "所选人员"
        _refuse("persons", no_post(name, on))
    if problem := existence_problem(chosen[0].agency, on):
        _refuse("persons", problem)
    tenure = chosen[0]
    return Responsibility(
        dishonesty=detail, official=tenure.official, tenure=tenure, on=on, role=role_of(tenure), kind=named.kind
    )


def _refuse(field: str, sentence: str) -> Any:
    raise Invalid("invalid_responsible", sentence, fields={field: [sentence]})
