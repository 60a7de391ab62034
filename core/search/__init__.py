"""Search by any two or more characters, through an index on both databases.

Text is stored as overlapping pairs of characters with their places: 惠城区 is 惠城 at 1, 城区 at 2. A query is the
phrase of its own pairs, so every substring of two characters and more is found, exactly and without a dictionary.
PostgreSQL keeps the pairs as a `tsvector` written by us, never by its parser, whose idea of a letter depends on the
locale; SQLite keeps them as words of an FTS5 table.

    terms = SearchTermsField("检索词", default="")           # the column
    CreateSearchIndex("publicrecord", "terms")               # in a migration
    row.terms = [fold_text(name), fold_document_number(no)]  # or terms_literal(parts) on bulk paths
    PublicRecord.objects.filter(terms__has="惠城区")          # query_problem("惠") says why nothing can be found

What is stored must be folded (core/text.py): names by `fold_text`, document numbers by `fold_document_number`.
"""

from core.search.fields import SearchTermsField
from core.search.index import CreateSearchIndex, restore_search_triggers
from core.search.query import MAX_QUERY, parse_query, query_problem
from core.search.terms import MAX_CHARACTERS, StoredTerms, terms_literal
from core.search.ways import Way, newest_ways

__all__ = [
    "MAX_CHARACTERS",
    "MAX_QUERY",
    "CreateSearchIndex",
    "SearchTermsField",
    "StoredTerms",
    "Way",
    "newest_ways",
    "parse_query",
    "query_problem",
    "restore_search_triggers",
    "terms_literal",
]
