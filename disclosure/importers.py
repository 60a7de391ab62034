"""Licences and penalties as importable tables (records/imports)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO

from core.actors import Actor
from core.tabular.headers import ColumnSpec, Vocabulary
from core.tabular.swaps import suspect_swaps
from core.tabular.writing import write_template
from disclosure import standard
from disclosure.duplicates import fingerprint, standing_message, standing_records
from disclosure.entry import Circumstances, Entry, mark_match, write
from disclosure.previews import preview
from disclosure.rejected import known_already, mark_of, readable
from disclosure.staged import ValueStore
from disclosure.standard import Type
from disclosure.templates_xlsx import GUIDE, template_columns
from disclosure.validation import Ground, Outcome, Validator
from disclosure.validation.swaps import LOOKS
from records.choices import RecordKindCode, RowStatus
from records.imports.importers import Checked, Columns, Importer, RawRow, Session, Taken, twin_message
from records.matching import Match, Party, SubjectBook, Verdict
from records.models import ImportBatch, ImportRow, Subject

SAMPLE = 200
# Rows in which two columns must look exchanged before the whole table is suspected.
SWAPPED_ROWS = 3


class DisclosureImporter(Importer):
    indispensable = ("party_name", "document_number")

    def __init__(self, kind: str) -> None:
        columns = standard.columns(kind)
        self.code, self.label = kind, str(RecordKindCode(kind).label)
        self.sealed = frozenset(c.name for c in columns if c.type == Type.ID_NUMBER)
        self.vocabulary = Vocabulary(
            ColumnSpec(c.name, c.code, c.label, c.aliases, required=c.required and c.older_tables) for c in columns
        )

    def session(
        self, batch: ImportBatch, agency: Subject, columns: Columns | None, *, today: date
    ) -> "DisclosureSession":
        return DisclosureSession(self.code, batch.pk, Ground.load(agency, today=today), columns)

    def template(self, target: BinaryIO) -> None:
        write_template(target, template_columns(self.code), title=f"{self.label}（2018国家标准）", guide=GUIDE)


class DisclosureSession(Session):
    def __init__(self, kind: str, batch_id: int | None, ground: Ground, columns: Columns | None) -> None:
        self.kind, self.batch_id, self.ground = kind, batch_id, ground
        self.validator = Validator(
            kind,
            ground,
            columns=columns.names if columns else None,
            units=columns.units if columns else None,
        )
        self.store = ValueStore(kind)
        self._mapping = columns.mapping if columns else {}
        self._seen: dict[str, int] = {}  # fingerprint → row number
        self._new: dict[str, tuple[str, str, int]] = {}  # key of an unknown subject → folded name, name, row number
        self._samples: list[tuple[Any, ...]] = []

    # --- checking

    def check(self, rows: Sequence[RawRow]) -> list[Checked]:
        self._sample(rows)
        outcomes = [self._outcome(row) for row in rows]
        entries = [Entry(o.values) if not o.errors else None for o in outcomes]
        self._match(rows, entries)
        self._find_duplicates(rows, entries)
        checked = [
            self._checked(row, outcome, entry) for row, outcome, entry in zip(rows, outcomes, entries, strict=True)
        ]
        self._mark_rejected(checked, outcomes)
        return checked

    def _outcome(self, row: RawRow) -> Outcome:
        outcome = self.validator.check(row.raw)
        if row.surplus:
            outcome.error(
                "",
                "surplus_cells",
                "该行在没有表头的列里有内容，可能是某个单元格里的逗号或换行使后面的内容错了位。"
                "请检查该行各列，或用xlsx格式重新保存后上传。",
            )
        return outcome

    def _match(self, rows: Sequence[RawRow], entries: Sequence[Entry | None]) -> None:
        book = SubjectBook(e.party for e in entries if e)
        for row, entry in zip(rows, entries, strict=True):
            if entry is None:
                continue
            match = book.match(entry.party)
            if match.verdict == Verdict.UNKNOWN:
                match = self._match_in_file(row.number, entry.party)
            mark_match(entry, match)
            entry.subject_id = match.subject_id

    def _match_in_file(self, number: int, party: Party) -> Match:
        """A subject that the library does not know yet must have one name throughout the file."""
        for key in party.keys:
            folded, name, first = self._new.setdefault(key, (party.folded, party.name, number))
            if folded != party.folded:
                shown = f"“{name}”" if party.code or party.identifiers else "另一姓名"
                return Match(
                    Verdict.OTHER_NAME,
                    None,
                    "party_name",
                    f"1001 主体信息不匹配：本文件第{first}行同一代码的名称是{shown}，与本行不一致。请对照证照核对。",
                )
        return Match(Verdict.UNKNOWN)

    def _find_duplicates(self, rows: Sequence[RawRow], entries: Sequence[Entry | None]) -> None:
        known = [
            (e.number_folded, e.subject_id, e.values["decided_on"])
            for e in entries
            if e and not e.errors and e.subject_id is not None
        ]
        standing = standing_records(self.kind, self.ground.agency_id, known)
        for row, entry in zip(rows, entries, strict=True):
            if entry is None or entry.errors:
                continue
            key = (entry.number_folded, entry.subject_id, entry.values["decided_on"])
            entry.duplicate_of = standing.get(key)  # type: ignore[arg-type]
            mark = fingerprint(entry.number_folded, entry.party, entry.values["decided_on"])
            first = self._seen.setdefault(mark, row.number)
            entry.fingerprint, entry.twin = mark, first if first != row.number else None

    def _checked(self, row: RawRow, outcome: Outcome, entry: Entry | None) -> Checked:
        errors, warnings, status, mark = outcome.errors, outcome.warnings, RowStatus.VALID, ""
        if entry is None:
            status = RowStatus.INVALID
        else:
            warnings, mark = warnings + entry.warnings, entry.fingerprint
            errors = list(entry.errors)
            status = RowStatus.INVALID if errors else status
            if not errors and (message := self._duplicate_message(entry)):
                status = RowStatus.DUPLICATE
                errors = [{"field": "document_number", "code": "duplicate", "message": message}]
        decided_on: date = outcome.values.get("decided_on") or self.ground.today
        values = self.store.dump(outcome.values)
        return Checked(str(status), values, errors, warnings, decided_on.replace(day=1), mark)

    def _mark_rejected(self, checked: Sequence[Checked], outcomes: Sequence[Outcome]) -> None:
        """Which decisions the rejected rows speak of, and which of these are in the ledger already."""
        rejected = [
            (c, readable(o.values, c.errors))
            for c, o in zip(checked, outcomes, strict=True)
            if c.status == RowStatus.INVALID
        ]
        if not rejected:
            return
        known = known_already([parts for _, parts in rejected], kind=self.kind, agency_id=self.ground.agency_id)
        for row, parts in rejected:
            row.fingerprint, row.record_id = mark_of(parts), known.get(parts)

    def _duplicate_message(self, entry: Entry) -> str:
        if entry.duplicate_of:
            return standing_message(entry.values["document_number"], entry.duplicate_of)
        if entry.twin:
            return twin_message(entry.twin)
        return ""

    def remember(self, rows: Sequence[ImportRow]) -> None:
        for row in rows:
            if not row.fingerprint or row.status == RowStatus.INVALID:
                continue
            self._seen.setdefault(row.fingerprint, row.number)
            if row.status == RowStatus.VALID:
                party = Entry(self.store.load(row.values)).party
                for key in party.keys:
                    self._new.setdefault(key, (party.folded, party.name, row.number))

    # --- the table as a whole

    def _sample(self, rows: Sequence[RawRow]) -> None:
        names = list(self._mapping.values())
        for row in rows[: SAMPLE - len(self._samples)]:
            self._samples.append(tuple(row.raw.get(name) for name in names))

    def notices(self) -> list[dict[str, str]]:
        return [*self._missing_columns(), *self._swapped_columns()]

    def _missing_columns(self) -> list[dict[str, str]]:
        missing = self.validator.missing
        needed = [c.label for c in missing if c.older_tables]
        filled = [c.label for c in missing if not c.older_tables]
        notices = []
        if needed:
            notices.append(
                {
                    "code": "missing_required",
                    "message": f"表中没有必填的列：{_listed(needed)}。每一行都需要补填：可在下载的退回表中补齐后"
                    "重新上传，或在浏览器中逐行改正。",
                }
            )
        if filled and self.validator.older:
            notices.append(
                {
                    "code": "older_table",
                    "message": f"这是2018年以前的旧表，没有以下各列：{_listed(filled)}。机关代码、数据来源单位按本单位"
                    "填入，相对人类别按代码判断，其余留空。",
                }
            )
        elif filled:
            message = f"表中没有以下各列，已按本单位填入或留空：{_listed(filled)}。建议使用最新模板。"
            notices.append({"code": "missing_columns", "message": message})
        if self.kind == RecordKindCode.PENALTY and "fine_amount" not in self.validator.columns:
            message = "表中没有罚款金额，失信程度只按处罚类别判定；罚款数额较大的，请逐条补填金额。"
            notices.append({"code": "no_amounts", "message": message})
        return notices

    def _swapped_columns(self) -> list[dict[str, str]]:
        mapping = dict(enumerate(self._mapping.values()))
        labels = {c.name: c.label for c in standard.columns(self.kind)}
        return [
            {
                "code": "swapped_columns",
                "message": f"“{labels[found.first_name]}”和“{labels[found.second_name]}”两列像是整列填反了"
                f"（前{len(self._samples)}行中有{len(found.rows)}行），请在“对应列”一步对调后重新检查。",
            }
            for found in suspect_swaps(self._samples, mapping, LOOKS)
            if len(found.rows) >= SWAPPED_ROWS
        ]

    # --- committing

    def commit(self, rows: Sequence[ImportRow], *, actor: Actor) -> list[Taken]:
        entries = [Entry(self.store.load(row.values)) for row in rows]
        write(entries, Circumstances(self.kind, self.ground, actor, batch_id=self.batch_id))
        return [self._taken(row, entry) for row, entry in zip(rows, entries, strict=True)]

    def _taken(self, row: ImportRow, entry: Entry) -> Taken:
        if entry.record_id is not None:
            return Taken(row.pk, RowStatus.COMMITTED, entry.record_id)
        if entry.duplicate_of:
            number = entry.values["document_number"]
            message = (
                standing_message(number, entry.duplicate_of)
                if entry.duplicate_of.pk
                else f"文书号“{number}”的同一决定在本文件中不止一行，只入库一次。"
            )
            return Taken(
                row.pk,
                RowStatus.DUPLICATE,
                entry.duplicate_of.pk or None,
                [{"field": "document_number", "code": "duplicate", "message": message}],
            )
        return Taken(row.pk, RowStatus.INVALID, None, entry.errors)

    def preview(self, row: ImportRow) -> dict[str, Any]:
        return preview(self.kind, self.store.load(row.values), self.ground, errors=row.errors)


def _listed(labels: Sequence[str]) -> str:
    return "、".join(f"“{label}”" for label in labels)


LICENCES = DisclosureImporter(RecordKindCode.LICENCE)
PENALTIES = DisclosureImporter(RecordKindCode.PENALTY)
BY_KIND: Mapping[str, DisclosureImporter] = {i.code: i for i in (LICENCES, PENALTIES)}
