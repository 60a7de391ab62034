"""Form controls that several rooms use."""

from typing import Any

from django import forms


class DayInput(forms.DateInput):
    """The browser's own date field, which shows a day only when it is written YYYY-MM-DD."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")
