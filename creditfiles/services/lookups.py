"""名单查询: a list of names is asked about at once; every line gets a verdict, every subject that is found a log row.

Short lists are judged in the request, long ones by a worker, chunk by chunk: each chunk is one transaction, and
whoever comes after a killed worker goes on with the next line. Identity numbers are kept, encrypted, until their line
is judged.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.bulk import JsonText, insert_rows, reserve_ids, update_rows
from core.encryption import blind_index
from core.errors import Invalid, NotAllowed
from core.identifiers import check_uscc, uscc_kind
from core.locks import locked, one_at_a_time
from core.masking import scrub
from core.rules import rule_on
from creditfiles.choices import LookupAbout, LookupStatus, Verdict
from creditfiles.entitlement import ListEntitlement, entitled, list_entitlement
from creditfiles.findings import Finding, findings
from creditfiles.identify import Answer, Line, Question, identify
from creditfiles.lifecycle import LOOKUP
from creditfiles.lists import Asked
from creditfiles.models import Lookup, LookupLine, QueryLog
from creditfiles.services.looks import check_statements
from records.models import Subject

# As many lines as are judged while somebody waits for the page.
AT_ONCE = 500
CHUNK = 10_000
SILENT_SECONDS = 60
# Lists forgotten in one night; what is left goes the next.
FORGET = 1_000
LINE = ("lookup", "number", "typed_name", "typed_code", "typed_unit", "id_number", "verdict", "advice")
TYPED = ("pk", "number", "typed_name", "typed_code", "typed_unit", "id_number", "verdict")
JUDGED = ("id_number", "verdict", "matched_by", "subject", "advice", "found", "found_count")
LOOK = (
    "id", "at", "user", "user_name", "unit", "door", "subject", "subject_label", "projection", "purpose",
    "legal_basis", "reference", "shown", "lookup",
)  # fmt: skip
ADVICE = 300
NOTHING = JsonText("[]")
RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
PERSONAL = (
    "这像是个人的证件号码，不是单位的代码，没有保留。查询人员请选择“公务员”或“自然人”名单；单位代码请对照证照核对。"
)


# ---------------------------------------------------------------- asking


@transaction.atomic
def open_lookup(
    lines: Sequence[Asked],
    *,
    about: str,
    purpose: str,
    legal_basis: str,
    reference: str,
    actor: Actor,
    key: str = "",
    at_once: int = AT_ONCE,
    today: date | None = None,
) -> Lookup:
    """Ask about a list. Up to `at_once` lines are answered when this returns, more by a worker.

    Invalid: what is missing, by field, or a list that is empty or too long; NotAllowed: role or key, class of subjects,
    or the day's limit, which counts lines. NotFound: no rule opens this purpose to lists.
    """
    day = today or timezone.localdate()
    check_statements(purpose, legal_basis, reference)
    if about not in LookupAbout.values:
        message = "请选择名单上是单位和企业、公务员，还是自然人。"
        raise Invalid("about", message, fields={"about": [message]})
    allowed = list_entitlement(purpose, about, day)
    if reason := allowed.refusal(actor):
        raise NotAllowed("not_entitled", reason)
    _fits(lines, allowed)
    _within_limit(allowed, actor, day, len(lines))
    lookup = Lookup.objects.create(
        at=actor.now(), day=day, user_id=actor.user_id, user_name=actor.name, unit=actor.unit,
        agency_id=next(iter(actor.unit_ids)) if actor.user_id is None else None,
        asked_as={"roles": sorted(actor.roles), "units": sorted(actor.unit_ids)}, door=actor.door, about=about,
        purpose=purpose, legal_basis=legal_basis.strip()[:300], reference=reference.strip()[:128],
        rule=allowed.single.rule, list_rule=allowed.rule, key=key, digest=digest_of(lines), total_rows=len(lines),
    )  # fmt: skip
    insert_rows(LookupLine, LINE, (_line(lookup.pk, line, about) for line in lines))
    changes = {"total_rows": [None, len(lines)], "digest": [None, lookup.digest]}
    reason = f"{lookup.legal_basis} {lookup.reference}"
    audit.record("creditfiles.list_looked_up", lookup, actor=actor, changes=changes, reason=reason)
    if len(lines) <= at_once:
        while _chunk(lookup.pk):
            pass
        lookup.refresh_from_db()
    else:
        from creditfiles.tasks import run_lookup as task

        task.delay_on_commit(lookup.pk)  # type: ignore[attr-defined]
    return lookup


def digest_of(lines: Iterable[Asked]) -> str:
    """Keyed, because short lists of numbers could be guessed from a plain digest."""
    return blind_index(json.dumps([[x.name, x.code, x.unit] for x in lines], ensure_ascii=False), "lookup_list")


def _fits(lines: Sequence[Asked], allowed: ListEntitlement) -> None:
    if not lines:
        message = "名单是空的：请粘贴名单，每行一个，或上传表格。"
        raise Invalid("empty_list", message, fields={"text": [message]})
    if len(lines) > allowed.most_lines:
        message = f"以“{allowed.label}”为目的的名单一次最多{allowed.most_lines:,}行，请分几次查询。"
        raise Invalid("too_many_lines", message, fields={"text": [message]})


def _within_limit(allowed: ListEntitlement, actor: Actor, day: date, wanted: int) -> None:
    """So many lines a day for one person, or one agency's systems; the lock makes two calls count each other."""
    one_at_a_time(f"creditfiles.lines.{actor.user_id or sorted(actor.unit_ids)}")
    mine = Lookup.objects.asked_by(actor).filter(purpose=allowed.single.purpose, day=day)
    used = mine.aggregate(lines=Sum("total_rows"))["lines"] or 0
    if used + wanted > allowed.daily_lines:
        raise NotAllowed(
            "daily_limit",
            f"今天以“{allowed.label}”为目的已查询{used:,}行，这份名单有{wanted:,}行，超过每日上限{allowed.daily_lines:,}行。"
            "没有查询任何内容。请减少行数或明天再查；确需提高上限的，请联系信用办调整规则。",
        )


def _line(lookup_id: int, line: Asked, about: str) -> tuple[object, ...]:
    """What is typed as a code of a person is an identity number; in a list of bodies it is not, and is not kept."""
    code, unit, number, problem = line.code, line.unit, "", line.problem
    if about == LookupAbout.BODIES:
        if _looks_personal(code):
            code, problem = "", PERSONAL
    else:
        # A unified code beside a person's name is that of the unit.
        is_unit = not unit and any(c.isalpha() for c in code[:-1]) and not _wrong(code)
        code, unit, number = ("", code, "") if is_unit else ("", unit, code)
    verdict = Verdict.MALFORMED if problem else ""
    return (lookup_id, line.number, line.name, code, unit, number, verdict, problem[:ADVICE])


def _wrong(code: str) -> bool:
    return any(finding.level == "error" for finding in check_uscc(code))


def _looks_personal(code: str) -> bool:
    """An identity number, right or mistyped, where a body's code should stand."""
    if scrub(code) != code:
        return True
    return bool(RESIDENT.fullmatch(code)) and (_wrong(code) or uscc_kind(code) is None)


# ---------------------------------------------------------------- answering


def unattended_lookups() -> list[int]:
    """Lists that are not answered and showed no sign of life for a while."""
    silent = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    unfinished = Lookup.objects.exclude(status=LookupStatus.DONE)
    return list(unfinished.filter(heartbeat_at__lt=silent).values_list("pk", flat=True))


def run_lookup(lookup_id: int) -> bool:
    """Answer what is still to be answered; whether all is."""
    while _chunk(lookup_id):
        pass
    return Lookup.objects.filter(pk=lookup_id, status=LookupStatus.DONE).exists()


@transaction.atomic
def _chunk(lookup_id: int, size: int = CHUNK) -> bool:
    """Whether there is more to do. The lock lets one worker at a time on."""
    lookup: Lookup = locked(Lookup.objects.select_related("rule", "list_rule"), lookup_id)
    if lookup.status == LookupStatus.DONE:
        return False
    actor = lookup.actor
    if lookup.status == LookupStatus.WAITING:
        LOOKUP.check(lookup, "start", actor=actor)
        LOOKUP.move(lookup, "start")
    waiting = lookup.lines.filter(number__gt=lookup.cursor).order_by("number").values_list(*TYPED)
    lines = [Line(*row) for row in waiting[:size]]
    judged = judge(lookup, [line for line in lines if not line.verdict], actor=actor)
    lookup.judged_rows += len(lines)
    lookup.cursor = lines[-1].number if lines else lookup.cursor
    before = Counter(str(line.verdict) for line in lines if line.verdict)
    lookup.counts = dict(Counter(lookup.counts) + before + judged)
    lookup.heartbeat_at = timezone.now()
    if lookup.judged_rows >= lookup.total_rows:
        LOOKUP.check(lookup, "finish", actor=actor)
        LOOKUP.move(lookup, "finish")
        lookup.finished_at = timezone.now()
    lookup.save()
    return lookup.status != LookupStatus.DONE


def judge(lookup: Lookup, lines: Sequence[Line], *, actor: Actor) -> Counter[str]:
    """A verdict for each line, written with the log rows of whom was found; a fixed number of statements."""
    if not lines:
        return Counter()
    allowed = entitled(lookup)
    answers = identify(lines, Question(lookup.about, lookup.day, actor, allowed.reach))
    matched = {answer.subject_id for answer in answers if answer.subject_id is not None}
    subjects = {s.pk: s for s in Subject.objects.filter(pk__in=matched).only("name", "kind")}
    open_to = {pk: subject.kind for pk, subject in subjects.items() if subject.kind in allowed.kinds}
    found = findings(open_to, allowed, lookup.day)
    rows = [_judged(line, answer, found, allowed) for line, answer in zip(lines, answers, strict=True)]
    update_rows(LookupLine, JUDGED, rows)
    _log(lookup, {pk: subjects[pk] for pk in open_to}, found, actor)
    return Counter(str(row[2]) for row in rows)


def _judged(line: Line, answer: Answer, found: dict[int, Finding], allowed: ListEntitlement) -> tuple[Any, ...]:
    """The line's key, then its values in the order of JUDGED."""
    if answer.subject_id is None:
        return (line.pk, "", answer.verdict, "", None, answer.advice[:ADVICE], NOTHING, 0)
    if (finding := found.get(answer.subject_id)) is None:
        advice = f"以“{allowed.label}”为目的不能查询这一类主体，请核对名单。"
        return (line.pk, "", Verdict.UNKNOWN, "", None, advice, NOTHING, 0)
    total = finding.total
    verdict = Verdict.FOUND if total else Verdict.CLEAR
    records = finding.records if total else NOTHING
    return (line.pk, "", verdict, answer.matched_by, answer.subject_id, "", records, total)


def _log(lookup: Lookup, subjects: dict[int, Subject], found: dict[int, Finding], actor: Actor) -> None:
    """One look per subject and list, however often it stands there."""
    earlier = lookup.looks.filter(subject__in=list(subjects)) if lookup.judged_rows else QueryLog.objects.none()
    known = set(earlier.values_list("subject", flat=True))
    new = [subject for pk, subject in subjects.items() if pk not in known]
    keys = reserve_ids(QueryLog, len(new))
    projection = entitled(lookup).single.projection
    rows = [
        (key, lookup.at, lookup.user_id, lookup.user_name, lookup.unit, lookup.door, s.pk, s.name, projection,
         lookup.purpose, lookup.legal_basis, lookup.reference, found[s.pk].shown, lookup.pk)
        for key, s in zip(keys, new, strict=True)
    ]  # fmt: skip
    insert_rows(QueryLog, LOOK, rows)
    label, reason = lookup.get_purpose_display(), f"{lookup.legal_basis} {lookup.reference}"
    entries = (audit.Entry(k, f"{s.name}（{label}）", reason=reason) for k, s in zip(keys, new, strict=True))
    audit.record_many("creditfiles.file_opened", QueryLog._meta.label_lower, entries, actor=actor)


# ---------------------------------------------------------------- forgetting


def erase_lists(*, today: date, actor: Actor) -> int:
    """清除名单: lines whose time is over (rule `lookup.retention`) go; counts and log rows stay. How many lists."""
    rule = rule_on("lookup.retention", today)
    over = today - timedelta(days=int(rule.value["days"]))
    old = Lookup.objects.filter(day__lt=over, erased_on=None, status=LookupStatus.DONE).order_by("pk")
    erased = 0
    for lookup_id in old.values_list("pk", flat=True)[:FORGET]:
        with transaction.atomic():
            lookup: Lookup = locked(Lookup.objects.all(), lookup_id)
            lookup.lines.all().delete()
            lookup.erased_on = today
            lookup.save(update_fields=["erased_on"])
            audit.record("creditfiles.list_erased", lookup, actor=actor, reason=rule.basis)
            erased += 1
    return erased
