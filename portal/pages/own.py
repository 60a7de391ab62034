"""本人查阅: the subject's own version of its file, what it was told, and who looked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.formats import day, moment
from creditfiles.choices import Projection
from creditfiles.file import Entry, identity, read, span
from creditfiles.models import OwnAccess, QueryLog
from creditfiles.own import Opened, terms_of, terms_on
from integrity.notices import MOST, Line, Notice, lines, notices_of
from integrity.notices import notice as read_notice
from portal.presentation import BY_LABEL, HELP_WRONG, NOT_PUBLIC, Badge
from records.choices import RecordStatus
from records.models import CreditRecord

PAGE, ASKED, CODES = 20, 100, 20


def start_page(
    today: date, *, code: str = "", problem: str = "", ended: bool = False, kept: str = ""
) -> dict[str, Any]:
    """Where the code is typed. `kept`: a statement that was typed while the look ran out, given back."""
    terms = terms_on(today)
    if kept:
        problem = "本次查阅已经结束，您刚才填写的陈述申辩没有提交。内容在下面，请先复制保存，重新打开后再粘贴提交。"
    elif ended and not problem:
        problem = "本次查阅已经结束：长时间没有操作、已经退出，或者查阅码已停用。需要再看的，请重新输入。"
    return {
        "code": code, "problem": problem, "kept": kept, "minutes": terms.minutes, "failures": terms.failures,
        "days": terms.days, "contact": settings.SITE["contact"], "organiser": settings.SITE["organiser"],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One notice in the list: what to do about it, and by when."""

    record: CreditRecord
    words: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One record of the file. `beside`: what its kind says of its effect today."""

    entry: Entry
    badge: Badge
    beside: str


def file_page(opened: Opened, *, after: str, today: date) -> dict[str, Any]:
    subject = opened.query.subject
    file = read(subject, opened.scope, limit=PAGE, today=today, after=_place(after))
    last = file.entries[-1] if file.more else None
    told = notices_of(opened.actor).order_by("-pk")[:MOST]
    return {
        **_shell(opened),
        "identity": identity(file),
        "summary": file.summary,
        "posts": [(span(t), "　".join(p for p in (t.agency.name, t.post, t.rank) if p)) for t in file.tenures],
        "official": file.official is not None,
        "panels": file.panels,
        "rows": [_shown(entry) for entry in file.entries],
        "following": f"{last.decided_on.isoformat()}.{last.record_id}" if last else "",
        "paged": bool(after),
        "told": list(_told(lines(told), today)),
        "asked": list(_asked(opened)),
        "codes": list(_codes(opened, today)),
        "help_wrong": HELP_WRONG,
    }


def _shell(opened: Opened) -> dict[str, Any]:
    """What every page of an open file says."""
    return {
        "subject": opened.query.subject.name,
        "kind": opened.query.subject.get_kind_display(),
        "you": "您" if opened.query.subject.is_person else "本单位",
        "minutes": terms_of(opened.access.rule).minutes,
        "last_day": opened.access.last_day,
    }


def _shown(entry: Entry) -> Shown:
    """“公示中，生效中，至…”: the badge, and what stands beside it."""
    label, _, beside = entry.state.partition("，")
    if badge := BY_LABEL.get(label):
        return Shown(entry, badge, beside)
    return Shown(entry, NOT_PUBLIC, beside if label == RecordStatus.APPROVED.label else entry.state)


def _told(found: Iterable[Line], today: date) -> Iterable[Told]:
    for line in found:
        if not line.open:
            yield Told(line.record, "已经决定，可以查看答复", False)
        elif line.said:
            yield Told(line.record, "已陈述申辩，等待答复或决定", False)
        elif line.due_on and today > line.due_on:
            yield Told(line.record, f"陈述申辩期已于{day(line.due_on)}届满", False)
        else:
            yield Told(line.record, f"可以陈述申辩，最迟{day(line.due_on)}", True)


def _asked(opened: Opened) -> Iterable[tuple[str, str, str]]:
    """(when, who, what for), the newest first: the looks into this version, too, so that a misused code shows."""
    looks = QueryLog.objects.filter(subject__in=opened.scope.subject_ids)[:ASKED]
    for look in looks:
        who = look.unit or "信用办或审计等监督部门"
        if look.user_id is None and look.projection == Projection.OWN:
            who = "凭本人查阅码"
        yield moment(look.at), who, f"{look.get_purpose_display()}　{look.reference}"


def _codes(opened: Opened, today: date) -> Iterable[tuple[str, str, str]]:
    """(when, by whom and how checked, what became of it)."""
    for access in OwnAccess.objects.filter(subject__in=opened.scope.subject_ids)[:CODES]:
        state = "有效" if access.opens_on(today) else "已停用或过期"
        used = f"，最近使用：{moment(access.last_used_at)}" if access.last_used_at else "，没有用过"
        wrong = f"，输错{access.failures}次" if access.failures else ""
        how = f"{access}　{access.issuer}签发　{access.get_identity_check_display()}"
        yield moment(access.issued_at), how, f"{state}，至{day(access.last_day)}{used}{wrong}"


def _place(text: str) -> tuple[date, int] | None:
    """“2026-11-02.17”; anything else is the first page."""
    on, _, key = text.partition(".")
    try:
        return (date.fromisoformat(on), int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None
    except ValueError:
        return None


# ---------------------------------------------------------------- one notice


def told_record(opened: Opened, record_id: int) -> CreditRecord | None:
    found: CreditRecord | None = notices_of(opened.actor).filter(pk=record_id).first()
    return found


def notice_page(opened: Opened, record: CreditRecord, *, form: Any, today: date) -> dict[str, Any]:
    notice = read_notice(record, today=today)
    facts = [(label, type_, value) for label, type_, value in notice.facts]
    facts += [
        ("认定意见", "text", notice.opinion),
        ("失信程度", "text", record.get_tier_display()),
        ("告知", "text", f"{day(notice.finding.served_on)}，{notice.finding.get_service_display()}"),
    ]
    return {
        **_shell(opened),
        "record": record,
        "facts": facts,
        "clock": notice.clock.sentence if notice.clock else "",
        "sentence": _sentence(notice),
        "statements": [
            {
                "number": s.pk, "on": s.received_on, "text": s.text, "has_file": bool(s.scan), "way": s.way,
                "outcome": s.get_outcome_display() if s.outcome else "", "answer": answer,
                "answered": timezone.localdate(s.answered_at) if s.answered_at else None,
            }
            for s, answer in notice.statements
        ],
        "may_state": notice.open and not notice.over,
        "form": form,
    }  # fmt: skip


def _sentence(notice: Notice) -> str:
    """Where the matter stands, and what the subject can do."""
    if not notice.open:
        if notice.record.status == RecordStatus.DISCARDED:
            return "信用办已经决定不予认定，这条记录没有效力，不记入您的档案。"
        confirmed = notice.finding.confirmed_on
        return f"认定已于{day(confirmed)}生效，内容见“全部记录”。" if confirmed else "信用办已经作出决定。"
    if notice.over:
        return "陈述申辩期已届满。确需补充的，请书面提交信用办登记。"
    left = notice.clock.left if notice.clock else None
    due = day(notice.clock.due_on) if notice.clock else ""
    rest = f"还剩{left}个工作日（{due}到期）" if left else f"今天（{due}）是最后一天" if due else "尚未期满"
    return f"认定还没有生效。您可以在期限内陈述申辩，{rest}；提出后须由信用办答复并说明理由，才能作出决定。"
