"""Search terms: until the index arrives, folded text in a column and a scan."""

from collections.abc import Iterable

from django.db import models

from core.text import fold_text


class SearchTermsField(models.TextField):  # type: ignore[type-arg]
    """Folded text that `__has` looks into."""


@SearchTermsField.register_lookup
class Has(models.lookups.Contains):
    """Any substring of two or more characters."""

    lookup_name = "has"

    def get_prep_lookup(self) -> str:
        return fold_text(str(self.rhs))


def terms_literal(parts: Iterable[str]) -> str:
    return " ".join(parts)
