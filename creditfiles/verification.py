"""核验: is this report ours, is it unchanged, and what happened since. Reads only."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from creditfiles import keys
from creditfiles.choices import Projection
from creditfiles.codes import normal
from creditfiles.entitlement import entitled, entitlement
from creditfiles.file import Scope, family
from creditfiles.findings import covered as covered_by_list
from creditfiles.models import CreditReport
from creditfiles.services.reports import covered, signed_text
from records.choices import RevisionAct
from records.models import Revision, Subject

MAX_BYTES = 20 * 1024 * 1024
ACT_LABELS = dict(RevisionAct.choices)
SHOWN_CHANGES = 100


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one record since the report. `record_id` None where the reader may not know which."""

    at: datetime
    what: str
    record_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """`genuine`: we issued it and our signature holds. Of a report that is not public the subject is not named."""

    report: CreditReport
    genuine: bool
    changed: int
    added: int
    changes: tuple[Change, ...]

    @property
    def subject(self) -> str:
        return self.report.subject_label if self.report.projection == Projection.PUBLIC else "（不公开）"

    @property
    def current(self) -> bool:
        return not (self.changed or self.added)


def find(typed: str) -> Verification | None:
    """The report with this code, however it was typed."""
    code = normal(typed)
    report = (
        CreditReport.objects.select_related("subject", "query", "lookup__rule", "lookup__list_rule")
        .filter(code=code)
        .first()
        if code
        else None
    )
    return _verified(report) if report else None


def digest_of(upload: Readable) -> str | None:
    """SHA-256 of an uploaded file; None when it is larger than any report of ours."""
    digest, size = hashlib.sha256(), 0
    while piece := upload.read(1024 * 1024):
        size += len(piece)
        if size > MAX_BYTES:
            return None
        digest.update(piece)
    return digest.hexdigest()


def _verified(report: CreditReport) -> Verification:
    message = signed_text(report.code, report.projection, report.as_of, report.digest)
    genuine = keys.genuine(report.key_id, message, report.signature)
    then = {record: version for record, version in report.covered}
    now = dict(_now(report))
    changed = [r for r, version in then.items() if now.get(r) != version]
    added = [r for r in now if r not in then]
    return Verification(report, genuine, len(changed), len(added), _changes(report, changed, added))


def _now(report: CreditReport) -> Iterable[tuple[int, int]]:
    """What it would cover today: (record, version)."""
    if report.lookup is not None:
        subjects = dict(report.lookup.looks.values_list("subject", "subject__kind"))
        known = [record for record, _ in report.covered]
        return covered_by_list(subjects, entitled(report.lookup), timezone.localdate(), known)
    scope = _scope(report, report.subject) if report.subject is not None else Scope((), Projection.PUBLIC)
    return ((record, version) for record, version in covered(scope))


def _scope(report: CreditReport, subject: Subject) -> Scope:
    if report.projection == Projection.PUBLIC or report.query is None:
        return Scope(family(subject, timezone.localdate()), Projection.PUBLIC)
    return entitlement(report.query.purpose, timezone.localdate(report.query.at)).scope(subject)


def _changes(report: CreditReport, changed: list[int], added: list[int]) -> tuple[Change, ...]:
    """Of a public report each act, newest first; of another only how many."""
    if report.projection != Projection.PUBLIC:
        return ()
    acts = Revision.objects.filter(record__in=[*changed, *added], at__gte=report.as_of).order_by("-id")
    found = [Change(r.at, str(ACT_LABELS[r.act]), r.record_id) for r in acts[:SHOWN_CHANGES]]
    return tuple(found)
