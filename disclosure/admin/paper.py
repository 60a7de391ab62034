"""The form of one entry on the screen: a new one, a draft that is gone on with, or the changes of a record."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone

from core.actors import Actor
from disclosure.drafts import submit_draft, submit_edit
from disclosure.entry import check_change, check_new, enter
from disclosure.forms import NUMBERS_HIDDEN, RecordForm
from disclosure.validation import Ground, Outcome
from records import services
from records.kinds import kind_of
from records.lifecycle import RECORD
from records.models import CreditRecord, EntryDraft, Subject


@dataclass
class Paper:
    """Whose entry it is, what was kept of it, and which record it changes, if any."""

    kind: str
    agency: Subject
    actor: Actor
    draft: EntryDraft | None = None
    record: CreditRecord | None = None

    @property
    def version(self) -> int:
        """What the next save says it saw; 0 before the first one."""
        return self.draft.version if self.draft else 0

    @property
    def moved_on(self) -> bool:
        """Whether the record it would change can no longer be changed here."""
        return self.record is not None and RECORD.transition("submit") not in RECORD.available(self.record, self.actor)

    @property
    def address(self) -> str:
        if self.record:
            return reverse("admin:entry_edit", args=[self.record.pk])
        if self.draft:
            return reverse("admin:entry_draft", args=[self.kind, self.draft.pk])
        return reverse("admin:entry_new", args=[self.kind]) + f"?agency={self.agency.pk}"

    @cached_property
    def detail(self) -> Any:
        return kind_of(self.kind).detail_model._default_manager.get(pk=self.record.pk) if self.record else None

    def known(self) -> dict[str, str] | None:
        """What the record holds, personal columns left out."""
        return kind_of(self.kind).raw_values(self.record, self.detail) if self.record else None

    def form(self, data: Any = None) -> RecordForm:
        """The form as it was sent (`data`), or as it is opened: what was kept, what the record holds, or blank."""
        kept_data, kept = RecordForm.reopened(self.draft.fields, self.kind) if self.draft else (None, {})
        if data is None:
            data = kept_data
        initial = {} if self.record else _own_unit(self.agency)
        return RecordForm(self.kind, data, known=self.known(), kept=kept, initial=initial)

    def judge(self, form: RecordForm) -> Outcome:
        """All that is missing, wrong or doubtful in it now."""
        form.full_clean()
        if self.record:
            return check_change(self.kind, self.record, self.detail, form.values())
        return check_new(self.kind, form.values(), Ground.load(self.agency, today=timezone.localdate()))

    def tell(self, form: RecordForm) -> None:
        """Put that beside the fields."""
        outcome = self.judge(form)
        form.tell(outcome.errors_by_field())
        _doubts(form, outcome)

    def confirmed(self, form: RecordForm) -> bool:
        """Whether the clerk has seen exactly these doubts; errors are told by the service."""
        outcome = self.judge(form)
        said = _doubts(form, outcome)
        seen = form.cleaned_data["acknowledged"] == said
        data: Any = form.data
        form.data = data.copy()
        form.data["acknowledged"] = said  # type: ignore[index]
        return seen or not said or bool(outcome.errors)

    def keep(self, form: RecordForm, version: int) -> EntryDraft:
        """保存草稿: whatever was typed."""
        self.tell(form)
        typed = services.Typed(form.typed(), len(form.missing), len(form.errors))
        if self.record:
            return services.keep_edit(self.record.pk, typed, actor=self.actor, version=version)
        if self.draft:
            return services.keep_draft(self.draft.pk, typed, actor=self.actor, version=version)
        return services.start_draft(self.kind, typed, actor=self.actor, agency_id=self.agency.pk)

    def send(self, form: RecordForm, version: int) -> CreditRecord:
        """提交审核: only what is valid."""
        if self.record:
            return submit_edit(self.record.pk, form.values(), actor=self.actor, version=version)
        today = timezone.localdate()
        if self.draft:
            return submit_draft(self.draft.pk, form.values(), actor=self.actor, today=today, version=version)
        return enter(self.kind, form.values(), actor=self.actor, agency=self.agency, today=today)

    def compare(self, form: RecordForm) -> None:
        """Put what somebody else kept meanwhile beside the fields in which it differs."""
        if self.draft is None:
            return
        saved = self.form()
        saved.full_clean()
        form.full_clean()
        form.theirs = _differences(saved, form)


def _differences(saved: RecordForm, form: RecordForm) -> dict[str, str]:
    theirs, mine = saved.values(), form.values()
    return {
        name: NUMBERS_HIDDEN if name in saved.kept else (value or "（空）")
        for name, value in theirs.items()
        if value != mine[name]
    }


def _doubts(form: RecordForm, outcome: Outcome) -> str:
    """Put warnings beside their fields; a mark of exactly these, empty when there are none."""
    form.warnings = {}
    for problem in outcome.warnings:
        form.warnings.setdefault(problem["field"], []).append(problem["message"])
    return hashlib.sha256(repr(outcome.warnings).encode()).hexdigest() if outcome.warnings else ""


def _own_unit(agency: Subject) -> Mapping[str, str]:
    names = {"authority": agency.name, "source_unit": agency.name}
    return names | {"authority_code": agency.code or "", "source_unit_code": agency.code or ""}
