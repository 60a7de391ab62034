"""One error family for all doors: stable English codes, Chinese messages that say what to do next."""

from typing import Any


class RuleViolation(Exception):
    """A business rule refused the act. `status` is what the HTTP doors answer.

    `fields` maps a field name to its messages when the error can be pinned to fields.
    """

    status = 400

    def __init__(self, code: str, message: str, *, fields: dict[str, list[str]] | None = None, **context: Any):
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields or {}
        self.context = context

    def as_dict(self) -> dict[str, object]:
        return {"code": self.code, "message": self.message, "fields": self.fields}


class Invalid(RuleViolation):
    status = 400


class NotAllowed(RuleViolation):
    """The reader may see the object but may not do this."""

    status = 403


class NotFound(RuleViolation):
    """There is no such object, or this reader may not know that there is."""

    status = 404


class WrongState(RuleViolation):
    """Somebody was faster, or the act does not fit the state."""

    status = 409


class Gone(RuleViolation):
    """It was public once and lawfully no longer is."""

    status = 410
