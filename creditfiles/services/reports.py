"""出具报告: typeset, signed, kept. The same file can be checked later by its code or by its bytes."""

import hashlib
from datetime import UTC, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Case, IntegerField, When
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.errors import NotAllowed, WrongState
from creditfiles import keys, list_document
from creditfiles.choices import LookupStatus, Projection, Verdict
from creditfiles.codes import new_code
from creditfiles.document import MAX_ENTRIES, content
from creditfiles.entitlement import entitlement
from creditfiles.file import File, Scope, family, read
from creditfiles.models import CreditReport, Lookup, QueryLog, ReportOrder
from creditfiles.typesetting import pdf_of
from records.models import Subject


def signed_text(code: str, projection: str, as_of: datetime, digest: str) -> bytes:
    """What the signature covers: five lines joined by LF, the time in UTC."""
    return "\n".join(("HC-REPORT-1", code, projection, as_of.astimezone(UTC).isoformat(), digest)).encode()


@transaction.atomic
def issue_report(query: QueryLog, *, actor: Actor) -> CreditReport:
    """The file that was looked into, as a report. Only for who opened it, on the day of the look."""
    # Nobody's account opened a subject's own look (creditfiles/own.py): then it is whose file it is.
    own = query.user_id is not None or query.subject_id in actor.unit_ids
    if not own or query.user_id != actor.user_id or timezone.localdate(query.at) != timezone.localdate(actor.now()):
        raise NotAllowed("look_over", "报告只能由查询人在查询当天出具，请重新登记查询后再出具。")
    scope = entitlement(query.purpose, timezone.localdate(query.at)).scope(query.subject)
    report = _issue(query.subject, scope, now=actor.now(), query=query)
    audit.record("creditfiles.report_issued", report, actor=actor, reason=query.reference)
    return report


@transaction.atomic
def public_report(
    subject: Subject, *, actor: Actor, order: ReportOrder | None = None, now: datetime | None = None
) -> CreditReport:
    """The public version. While nothing changed and the day is the same, everybody gets the same report."""
    moment = now or timezone.now()
    if subject.is_person:
        raise NotAllowed("person", "自然人的信用信息不公开，没有公开版报告。")
    scope = Scope(family(subject, timezone.localdate(moment)), Projection.PUBLIC)
    if order is None and (known := _standing(subject, scope, moment)):
        return known
    return _issue(subject, scope, now=moment, order=order)


def _standing(subject: Subject, scope: Scope, moment: datetime) -> CreditReport | None:
    newest = CreditReport.objects.filter(subject=subject, projection=Projection.PUBLIC, order=None).first()
    if newest is None or timezone.localdate(newest.as_of) != timezone.localdate(moment):
        return None
    same = newest.subject_label == subject.name and newest.covered == covered(scope)
    return newest if same else None


def covered(scope: Scope) -> list[list[int]]:
    """[[record, version], …] of the newest records of the scope, as a report lists them."""
    version = "revision__version" if scope.projection == Projection.PUBLIC else "version"
    return [list(pair) for pair in scope.rows().values_list(scope.key, version)[:MAX_ENTRIES]]


def _issue(
    subject: Subject, scope: Scope, *, now: datetime, query: QueryLog | None = None, order: ReportOrder | None = None
) -> CreditReport:
    file: File = read(subject, scope, limit=MAX_ENTRIES, today=timezone.localdate(now))
    code, as_of = new_code(), now.replace(microsecond=0)
    report = CreditReport(
        code=code,
        subject=subject,
        subject_label=subject.name,
        projection=scope.projection,
        as_of=as_of,
        query=query,
        order=order,
        covered=[[e.record_id, e.version] for e in file.entries],
    )
    return _signed(report, pdf_of(content(file, code=code, as_of=as_of, query=query)))


def _signed(report: CreditReport, pdf: bytes) -> CreditReport:
    """Signed and kept."""
    report.digest = hashlib.sha256(pdf).hexdigest()
    signer = keys.signer()
    report.key_id = signer.key_id
    report.signature = signer.sign(signed_text(report.code, report.projection, report.as_of, report.digest))
    report.file.save(f"{report.digest}.pdf", ContentFile(pdf), save=False)
    report.save()
    return report


@transaction.atomic
def issue_lookup_report(lookup: Lookup, *, actor: Actor) -> CreditReport:
    """出具名单查询结果. For whoever may read it, once it is finished and while its lines are kept."""
    if lookup.status != LookupStatus.DONE:
        raise WrongState("not_done", "名单还在核查中，完成后再出具结果。")
    if lookup.erased_on is not None:
        raise WrongState("erased", "这份名单已过保存期限并清除，不能再出具结果；以前出具的仍可核验。")
    in_order = Case(*(When(verdict=v, then=n) for n, v in enumerate(Verdict.values)), output_field=IntegerField())
    lines = lookup.lines.with_subjects().order_by(in_order, "number")[: list_document.MAX_LINES]
    # The day's records are the list's own: later looks show later days.
    code, pairs = new_code(), lookup.lines.filter(verdict=Verdict.FOUND).values_list("found", flat=True)
    report = CreditReport(
        code=code,
        lookup=lookup,
        subject_label=str(lookup)[:200],
        projection=Projection.AUTHORISED,
        as_of=lookup.at.replace(microsecond=0),
        covered=sorted({(r["record"], r["version"]) for found in pairs for r in found}),
    )
    report = _signed(report, pdf_of(list_document.content(lookup, lines, code=code)))
    audit.record("creditfiles.report_issued", report, actor=actor, reason=lookup.reference)
    return report
