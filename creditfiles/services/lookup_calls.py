"""名单查询接口: a department's system asks about a list, and gets its answers in the same call.

The batch number makes it idempotent: the same number with the same list answers what it answered before and logs
nothing anew, with another list it is refused.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from core.actors import Actor
from core.errors import Invalid, WrongState
from core.locks import one_at_a_time
from creditfiles.lists import from_api
from creditfiles.models import Lookup
from creditfiles.services.lookups import digest_of, open_lookup
from records.imports.intake import valid_batch_key

MOST_LINES = 1_000
# The statements, and how long each may be.
STATEMENTS = {"about": 12, "purpose": 24, "legal_basis": 300, "reference": 128}


@transaction.atomic
def receive_lookup(body: Any, *, agency_id: int, batch_key: str, actor: Actor, today: date) -> dict[str, Any]:
    """Answers per line. Invalid, NotAllowed and NotFound as `open_lookup`; WrongState `key_reused`, `erased`."""
    key = valid_batch_key(batch_key)
    given = _statements(body)
    lines = from_api(body.get("lines"), most=MOST_LINES)
    one_at_a_time(f"lookup:{agency_id}:{key}")
    earlier = Lookup.objects.filter(agency=agency_id, key=key).select_related("rule", "list_rule").first()
    if earlier is None:
        asked = open_lookup(lines, actor=actor, key=key, at_once=MOST_LINES, today=today, **given)
        return _answer(asked, replayed=False)
    same = all(getattr(earlier, name) == given[name].strip() for name in STATEMENTS)
    if not same or earlier.digest != digest_of(lines):
        raise WrongState(
            "key_reused",
            f"批次号“{key}”已经用过，而这次的内容不同。另一份名单请使用新的批次号；重复提交请保持内容不变。",
        )
    if earlier.erased_on is not None:
        raise WrongState("erased", f"批次号“{key}”的名单已过保存期限并清除。需要再查的，请使用新的批次号。")
    return _answer(earlier, replayed=True)


def _statements(body: Any) -> Mapping[str, str]:
    """The four statements as texts; what they mean is judged by `open_lookup`."""
    if not isinstance(body, dict):
        raise Invalid("body", "请求正文应为 {“about”, “purpose”, “legal_basis”, “reference”, “lines”}。")
    given = {name: body.get(name) or "" for name in STATEMENTS}
    for name, value in given.items():
        if not isinstance(value, str) or not value.isprintable() or len(value) > STATEMENTS[name]:
            message = f"{name} 应为一行文本，不超过{STATEMENTS[name]}个字符。"
            raise Invalid("statements", message, fields={name: [message]})
    return given


def _answer(lookup: Lookup, *, replayed: bool) -> dict[str, Any]:
    lines = enumerate(lookup.lines.with_subjects().order_by("number"), 1)
    return {
        "lookup": lookup.pk,
        "batch_key": lookup.key,
        "replayed": replayed,
        "day": lookup.day.isoformat(),
        "counts": lookup.counts,
        "rules": [
            {"code": rule.code, "in_force_from": rule.in_force_from.isoformat(), "basis": rule.basis}
            for rule in (lookup.rule, lookup.list_rule)
        ],
        "lines": [
            {
                "line": n, "verdict": x.verdict, "subject": x.subject.name if x.subject else "",
                "matched_by": x.matched_by, "advice": x.advice, "found_count": x.found_count, "found": x.found,
            }
            for n, x in lines
        ],
    }  # fmt: skip
