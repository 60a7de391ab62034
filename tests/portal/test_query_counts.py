"""Queries per public page, against a committed baseline: a rise fails.

After a change that is meant: `UPDATE_QUERY_COUNTS=1 pytest tests/portal/test_query_counts.py`, and look at the diff.
"""

import json
import os
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.records import published_licence, published_penalty
from tests.portal.stories import Site, every_page

BASELINE = Path(__file__).with_name("query_counts.json")


class QueryCountTests(Site):
    def addresses(self) -> dict[str, str]:
        return every_page(type(self)) | {
            "api_records": "/api/v1/records/",
            "api_search": "/api/v1/records/?q=东江",
            "api_record": f"/api/v1/records/{self.penalty.pk}/",
            "api_subjects": "/api/v1/subjects/",
            "api_subject": f"/api/v1/subjects/{self.company.pk}/",
            "api_revisions": "/api/v1/revisions/",
            "feed": "/feeds/newest.atom",
            "corrections_feed": "/feeds/corrections.atom",
        }

    def count(self) -> dict[str, int]:
        counts = {}
        for name, path in self.addresses().items():
            with CaptureQueriesContext(connection) as queries:
                self.client.get(path)
            counts[name] = len(queries)
        return counts

    def test_no_page_asks_more_than_it_did(self) -> None:
        counts = self.count()
        if os.environ.get("UPDATE_QUERY_COUNTS"):
            BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
        baseline = json.loads(BASELINE.read_text())
        assert set(counts) == set(baseline), "a page is missing from the baseline"
        risen = {name: f"{baseline[name]} → {n}" for name, n in counts.items() if n > baseline[name]}
        assert not risen

    def test_more_rows_cost_no_more_queries(self) -> None:
        before = self.count()
        for _ in range(12):
            published_penalty(self.cast)
            published_licence(self.cast, self.company)
        after = self.count()
        # A page that shows everything counts its own rows; one that no longer does asks for the counts: twice at most.
        assert {n: (before[n], after[n]) for n in after if after[n] > before[n] + 2 * n.startswith("subject")} == {}
