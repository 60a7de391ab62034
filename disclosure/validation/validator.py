"""One validator for all doors: raw values by column name in, converted values and every problem at once out."""

from collections.abc import Collection, Mapping
from typing import Any

from core.values import ValueProblem
from disclosure import standard
from disclosure.choices import LicenceState
from disclosure.validation.convert import Converter, converter
from disclosure.validation.decision import (
    Authorities,
    check_decision_day,
    check_document_number,
    check_licence,
    check_order,
    check_penalty,
    check_source_unit,
)
from disclosure.validation.ground import Ground
from disclosure.validation.outcome import Outcome
from disclosure.validation.party import check_party
from disclosure.validation.swaps import point_out_swaps
from records.choices import RecordKindCode

# A table with one of these columns follows the 2018 standard; its required columns are then required.
MARKS_OF_2018 = frozenset({"party_category", "authority_code", "source_unit_code"})
# Filled by rule when a cell is blank, so never asked for.
DEFAULTED = frozenset({"authority_code", "source_unit", "source_unit_code", "party_category", "state"})


class Validator:
    """The rules of one table (`kind`), prepared for the columns it has.

    `columns`: names of the columns the table has; None means all of the 2018 standard (form, API). What an older
    table lacks is filled by default or stays empty: see `missing` for what to tell about it once.
    """

    def __init__(
        self,
        kind: str,
        ground: Ground,
        *,
        columns: Collection[str] | None = None,
        units: Mapping[str, str] | None = None,
    ) -> None:
        self.kind, self.ground = kind, ground
        self.specs = {c.name: c for c in standard.columns(kind)}
        self.columns = frozenset(self.specs if columns is None else columns)
        self.older = columns is not None and not self.columns & MARKS_OF_2018
        units = units or {}
        self._convert = [
            (n, self._known_first(n, converter(c, older=self.older, unit=units.get(n, ""))))
            for n, c in self.specs.items()
            if n in self.columns
        ]
        self._required = [
            (c.name, c.label, c.help)
            for c in self.specs.values()
            if c.required and (c.older_tables or c.name in self.columns) and not self._has_default(c.name)
        ]
        self._authorities = Authorities(
            ground, name=self.specs["authority"].label, code=self.specs["authority_code"].label
        )

    def _known_first(self, name: str, convert: Converter) -> Converter:
        """Our own agencies' codes are as the library has them; every row of a table repeats them."""
        if name not in ("authority_code", "source_unit_code"):
            return convert
        own = frozenset(authority.code for authority in self.ground.own.values())
        return lambda cell, warn: cell if type(cell) is str and cell in own else convert(cell, warn)

    def _has_default(self, name: str) -> bool:
        """In the 2018 table only the source unit may be left out; what an older table lacks is filled in."""
        if name in ("source_unit", "source_unit_code"):
            return True
        return name in DEFAULTED and (name not in self.columns or self.older)

    @property
    def missing(self) -> list[standard.Column]:
        """Required columns that this table does not have at all."""
        return [c for c in self.specs.values() if c.required and c.name not in self.columns]

    def check(self, raw: Mapping[str, Any]) -> Outcome:
        """Everything that is right and wrong about one row."""
        outcome = Outcome()
        values = outcome.values
        for name, convert in self._convert:
            cell = raw.get(name)
            if cell is None:
                continue
            try:
                value = convert(cell, outcome.warn)
            except ValueProblem as problem:
                outcome.error(name, problem.code, problem.message)
            else:
                if value is not None:
                    values[name] = value
        self._document_number(outcome)
        for name, label, advice in self._required:
            if name not in values and not (outcome.errors and outcome.failed(name)):
                outcome.error(name, "required", f"“{label}”是必填项，不能为空。{advice}")
        self._rules(outcome)
        if outcome.errors:
            point_out_swaps(outcome, raw, self.specs)
        return outcome

    def _document_number(self, outcome: Outcome) -> None:
        """文书没有文号的，填写许可编号 (2018 standard): taken over when only that is there."""
        values = outcome.values
        if "document_number" not in values and (number := values.get("licence_number")):
            values["document_number"] = number
            outcome.warn("document_number", "licence_number_used", f"没有文书号，已采用许可编号“{number}”。")

    def _rules(self, outcome: Outcome) -> None:
        ground, specs = self.ground, self.specs
        check_party(outcome, self.columns, older=self.older, today=ground.today)
        self._authorities.check(outcome)
        check_source_unit(outcome, ground)
        check_document_number(outcome, specs["document_number"].label)
        check_decision_day(outcome, ground, specs["decided_on"].label)
        decided = ("decided_on", specs["decided_on"].label)
        until = ("effective_to", specs["effective_to"].label)
        if self.kind == RecordKindCode.PENALTY:
            check_order(outcome, decided, until)
            check_order(outcome, decided, ("publicity_deadline", specs["publicity_deadline"].label))
            check_penalty(outcome, self.columns)
        else:
            check_order(outcome, ("effective_from", specs["effective_from"].label), until)
            check_licence(outcome, self.columns)
            outcome.values.setdefault("state", str(LicenceState.VALID))
