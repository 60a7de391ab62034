"""What the tables of the registry share: cells converted, rows compared with what is on record, changes told per row.

A row is 可入库 when it is new or would change something, and says what (old → new); 重复 when all of it is on record.
Nothing is reviewed afterwards: who keeps the registry answers for it, and every change stands in the trail.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from core.encryption import decrypt_for, encryptor_for
from core.tabular.headers import ColumnSpec, Vocabulary
from core.tabular.problems import CellProblem
from core.tabular.writing import TemplateColumn, write_template
from core.text import fold_text
from core.values import ValueProblem, is_blank, parse_date, parse_text
from records.choices import RowStatus
from records.imports.importers import Checked, Columns, Importer, RawRow, Session
from records.models import ImportBatch, ImportRow, Subject
from records.people import actor_for
from records.querysets import DISTRICT_WIDE

PLACE = "records.importrow.values"
YES, NO = frozenset({"是", "1", "true", "y", "yes", "√"}), frozenset({"", "否", "0", "false", "n", "no", "×"})
SURPLUS = "该行在没有表头的列里有内容，可能错了列。请检查该行各列，或用xlsx格式重新保存后上传。"


@dataclass(frozen=True, slots=True)
class RegistryColumn:
    """One column of a registry table; serves header, template, form for correcting a row, and API alike."""

    name: str
    code: str
    label: str
    type: str = "text"  # text, date, yes or choice
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    help: str = ""
    example: str = ""
    group: str = "内容"
    personal: bool = False


class RegistryImporter(Importer):
    ledger = False
    columns: tuple[RegistryColumn, ...]
    guide: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.vocabulary = Vocabulary(
            ColumnSpec(c.name, c.code, c.label, c.aliases, required=c.required) for c in self.columns
        )
        self.sealed = frozenset(c.name for c in self.columns if c.personal)

    def template(self, target: BinaryIO) -> None:
        columns = [
            TemplateColumn(
                code=c.code, label=c.label, required=c.required, kind="date" if c.type == "date" else "text",
                choices=("是", "否") if c.type == "yes" else tuple(label for _, label in c.choices), note=c.help,
                example=c.example,
            )
            for c in self.columns
        ]  # fmt: skip
        write_template(target, columns, title=self.label, guide=self.guide)


Errors = list[dict[str, str]]


class RegistrySession(Session):
    """`wide`: the credit office brings in whatever agency; others only their own."""

    def __init__(
        self, importer: RegistryImporter, batch: ImportBatch, agency: Subject, columns: Columns | None, today: date
    ) -> None:
        self.importer, self.agency, self.today = importer, agency, today
        self.names = columns.names if columns else frozenset(c.name for c in importer.columns)
        uploader = batch.uploaded_by
        self.wide = bool(uploader and actor_for(uploader).has(*DISTRICT_WIDE))
        self._seal = encryptor_for(PLACE)

    # --- converting

    def convert(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
        """Values by column name, and every error of the cells."""
        values: dict[str, Any] = {}
        errors: Errors = []
        for column in self.importer.columns:
            cell = raw.get(column.name)
            try:
                if isinstance(cell, CellProblem):
                    raise ValueProblem(cell.code, cell.message)
                values[column.name] = READERS[column.type](column, cell)
            except ValueProblem as problem:
                errors.append({"field": column.name, "code": problem.code, "message": problem.message})
                continue
            if column.required and values[column.name] in ("", None):
                message = f"请填写{column.label}。{column.help}"
                errors.append({"field": column.name, "code": "required", "message": message})
        return values, errors

    def dump(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """As JSON, identity numbers sealed."""
        row = {n: v.isoformat() if isinstance(v, date) else v for n, v in values.items()}
        for name in self.importer.sealed:
            if row.get(name):
                row[name] = self._seal(row[name])
        return row

    def load(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(row)
        for column in self.importer.columns:
            if column.type == "date" and values.get(column.name):
                values[column.name] = date.fromisoformat(values[column.name])
            if column.personal and values.get(column.name):
                values[column.name] = decrypt_for(PLACE, values[column.name])
        return values

    # --- agencies that rows name

    def find_agencies(self, texts: Sequence[str]) -> dict[str, Subject | None]:
        """By code, else by the one agency that bears exactly this name now; blank is the batch's own."""
        asked = {text for text in texts if text}
        codes = Subject.objects.agencies().standing().filter(code__in={t.upper() for t in asked})
        named = Subject.objects.agencies().standing().filter(name_folded__in={fold_text(t) for t in asked})
        by_code = {a.code: a for a in codes} if asked else {}
        by_name: dict[str, list[Subject]] = {}
        for agency in named if asked else ():
            by_name.setdefault(agency.name_folded, []).append(agency)
        found: dict[str, Subject | None] = {"": self.agency}
        for text in asked:
            same = by_name.get(fold_text(text), [])
            found[text] = by_code.get(text.upper()) or (same[0] if len(same) == 1 else None)
        return found

    def agency_error(self, text: str, agency: Subject | None, column: str) -> dict[str, str] | None:
        if agency is None:
            message = f"主体库中没有单位“{text}”，或同名的不止一个。请填写统一社会信用代码；新设的单位请由信用办建立。"
            return {"field": column, "code": "unknown_agency", "message": message}
        if not self.wide and agency.pk != self.agency.pk:
            message = (
                f"“{agency.name}”不是本单位，只能导入“{self.agency.name}”的内容；其他单位请由其部门管理员或信用办导入。"
            )
            return {"field": column, "code": "other_agency", "message": message}
        return None

    # --- the row as a whole

    def checked(self, row: RawRow, values: dict[str, Any], errors: Errors, said: Errors, outcome: str) -> Checked:
        if row.surplus:
            errors = [*errors, {"field": "", "code": "surplus_cells", "message": SURPLUS}]
        status = RowStatus.INVALID if errors else RowStatus.DUPLICATE if outcome == "unchanged" else RowStatus.VALID
        if status == RowStatus.DUPLICATE:
            errors, said = said, []
        return Checked(str(status), self.dump(values), errors, said, None, "")

    def notices(self) -> list[dict[str, str]]:
        missing = [c.label for c in self.importer.columns if c.required and c.name not in self.names]
        if not missing:
            return []
        return [{"code": "missing_required", "message": f"表中没有必填的列：{'、'.join(missing)}。每一行都需要补填。"}]

    def remember(self, rows: Sequence[ImportRow]) -> None:
        """Rows are compared with the registry, which remembers by itself."""

    @abstractmethod
    def sentence_of(self, values: dict[str, Any]) -> str:
        """What would happen to the registry."""

    def preview(self, row: ImportRow) -> dict[str, Any]:
        reason = self.sentence_of(self.load(row.values))
        return {"visible": False, "reason": reason, "rule": "", "basis": "", "until": None, "public": None}


def _text(column: RegistryColumn, cell: Any) -> str:
    return "" if is_blank(cell) else " ".join(parse_text(cell).split())


def _date(column: RegistryColumn, cell: Any) -> date | None:
    return None if is_blank(cell) else parse_date(cell)


def _yes(column: RegistryColumn, cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    text = _text(column, cell).lower()
    if text not in YES | NO:
        raise ValueProblem("yes_or_no", f"{column.label}请填“是”或“否”，现为“{text[:20]}”。")
    return text in YES


def _choice(column: RegistryColumn, cell: Any) -> str:
    text = _text(column, cell)
    known = {label: value for value, label in column.choices} | {value: value for value, _ in column.choices}
    if text and text not in known:
        labels = "、".join(label for _, label in column.choices)
        raise ValueProblem("unknown_choice", f"{column.label}没有“{text[:20]}”，可填：{labels}。")
    return known.get(text, "")


READERS: dict[str, Callable[[RegistryColumn, Any], Any]] = {
    "text": _text, "date": _date, "yes": _yes, "choice": _choice,
}  # fmt: skip
