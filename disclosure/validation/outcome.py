"""What a check finds: converted values, and everything that is wrong or doubtful, at once."""

from dataclasses import dataclass, field
from typing import Any, TypedDict


class Problem(TypedDict):
    """One error or warning, as it is stored beside an imported row and answered by the API."""

    field: str
    code: str
    message: str


@dataclass(slots=True)
class Outcome:
    """One row's values by column name, and all its problems. `field` "" means the row as a whole."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, name: str, code: str, message: str) -> None:
        self.errors.append({"field": name, "code": code, "message": message})

    def warn(self, name: str, code: str, message: str) -> None:
        self.warnings.append({"field": name, "code": code, "message": message})

    def failed(self, *names: str) -> bool:
        """Whether one of these columns already has an error: its absence then needs no second one."""
        return any(e["field"] in names for e in self.errors)

    def errors_by_field(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for problem in self.errors:
            found.setdefault(problem["field"], []).append(problem["message"])
        return found
