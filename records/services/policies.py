"""公示规则 change by new dated rows; a row that has decided anything is never edited."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound
from records.kinds import kind_of
from records.models import PublicationRule
from records.projection import ALL_FIELDS


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What the new row says; kind, subject kind and tier are those of the row before it."""

    title: str
    visibility: str
    fields: tuple[str, ...]
    min_months: int | None
    max_months: int | None
    in_force_from: date
    basis: str
    edition: str
    certainty: str = ""


@transaction.atomic
def add_publication_rule(previous_id: int, new: NewVersion, *, actor: Actor) -> PublicationRule:
    """新增公示规则版本. Records decided before `in_force_from` keep the rule of their day."""
    if not actor.has("credit_office", "system"):
        raise NotAllowed("not_allowed", "只有信用办可以维护公示规则。")
    previous = PublicationRule.objects.filter(pk=previous_id).first()
    if previous is None:
        raise NotFound("not_found", "没有找到该公示规则。")
    _check(previous, new)
    rule = PublicationRule.objects.create(
        code=previous.code, kind=previous.kind, subject_kind=previous.subject_kind, tier=previous.tier,
        title=new.title, visibility=new.visibility, fields=list(new.fields), min_months=new.min_months,
        max_months=new.max_months, in_force_from=new.in_force_from, basis=new.basis, edition=new.edition,
        certainty=new.certainty,
    )  # fmt: skip
    names = ("visibility", "fields", "min_months", "max_months")
    changes = audit.difference({n: getattr(previous, n) for n in names}, {n: getattr(rule, n) for n in names})
    audit.record("records.publication_rule_added", rule, actor=actor, changes=changes, reason=new.basis)
    return rule


def _check(previous: PublicationRule, new: NewVersion) -> None:
    errors: dict[str, list[str]] = {}
    latest = PublicationRule.objects.filter(code=previous.code).order_by("-in_force_from").first()
    if latest and new.in_force_from <= latest.in_force_from:
        day = latest.in_force_from
        errors["in_force_from"] = [
            f"施行日期须晚于现有最新版本（{day.year}年{day.month}月{day.day}日）。已施行的版本不能修改。"
        ]
    if new.min_months is not None and new.max_months is not None and new.min_months > new.max_months:
        errors["max_months"] = ["最长公示期不能短于最短公示期。"]
    known = {field.name for field in kind_of(previous.kind).fields} | {ALL_FIELDS}
    if set(new.fields) - known:
        errors["fields"] = ["所选字段中有该种类标准之外的，请刷新页面后重选。"]
    if errors:
        raise Invalid("publication_rule", "公示规则有需要修改的地方。", fields=errors)
