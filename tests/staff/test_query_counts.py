"""Queries per staff page, against a committed baseline: a rise fails; fifty rows cost as many as one.

After a change that is meant: `UPDATE_QUERY_COUNTS=1 pytest tests/staff/test_query_counts.py`, and look at the diff.
"""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import RoleGrant, SavedFilter, User
from core.models import CalendarDay, CalendarYear, Rule
from disclosure.models import MonthlyDeclaration
from records import services
from records.models import ApiKey, ImportBatch, ImportRow, Membership, PublicationRule
from sharing.models import Attempt, Platform, ReconciliationDifference, ReconciliationRun
from sharing.services import fan_out
from tests.factories import integrity, sanctions
from tests.factories.records import draft_licence, draft_penalty, make_subject, submitted_penalty
from tests.staff.everything import STAFF, is_page, make_everything, openable

BASELINE = Path(__file__).with_name("query_counts.json")
# Who has most to see goes first: each page is counted once, for the first reader who may open it.
READERS = "ocrauskt"
MORE = 50
# The lists with a filter set, and the first page of everybody.
FILTERED = {
    "review_queue": "/staff/review/?q=示例&kind=penalty&late=kept&who=others&year=2026",
    "published": "/staff/published/?tab=ended&q=示例&year=2026",
    "entries": "/staff/entries/?tab=returned",
    "changes": "/staff/changes/?tab=proposed&q=示例",
    "deliveries": "/staff/deliveries/?tab=pending&q=示例",
    "deliveries_refused": "/staff/deliveries/?tab=refused",
    "imports": "/staff/imports/?tab=open&q=处罚",
    "report_of_a_year": "/staff/reports/disclosure/?period=2026",
    "figure_of_declarations": "/staff/reports/disclosure/2026/produced/",
    "figure_of_missing": "/staff/reports/disclosure/2026/missing/",
    "figure_of_rows": "/staff/reports/disclosure/2026/rejected_first/",
    "subjects": "/staff/records/subject/?q=示例",
}


def more_of_everything(things: Any) -> None:
    """Fifty more rows in every list."""
    cast, agency = things.cast, things.cast.agency
    clerk, licences = cast.users["clerk"], list[int]()
    for n in range(MORE):
        record = submitted_penalty(cast)
        draft_penalty(agency, make_subject(), clerk=cast.clerk)
        if n % 2:
            services.return_(record.pk, actor=cast.reviewer, reason="请补充")
        licences.append(draft_licence(agency, things.subject if n % 2 else None, clerk=cast.clerk).pk)
        services.submit(licences[-1], actor=cast.clerk)
    services.approve_many(licences, actor=cast.reviewer)
    for pk in licences:
        services.propose_withdrawal(pk, actor=cast.clerk, reason="决定被撤销")
    users = User.objects.bulk_create(User(username=f"more{n}", display_name=f"示例{n}") for n in range(MORE))
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role="clerk", granted_by=clerk) for user in users)
    Membership.objects.bulk_create(Membership(user=user, agency=agency) for user in users)
    ApiKey.objects.bulk_create(
        ApiKey(agency=agency, name=f"系统{n}", prefix=f"k{n}", digest=f"d{n}", issued_by=clerk) for n in range(MORE)
    )
    batches = ImportBatch.objects.bulk_create(
        ImportBatch(importer="penalty", agency=agency, uploaded_by=user, filename="处罚.xlsx", digest="d",
                    status="checked") for user in users
    )  # fmt: skip
    ImportRow.objects.bulk_create(
        ImportRow(batch=batch, number=n, cells=["示例"], status="invalid", failed_first=True, month=date(2026, 11, 1))
        for batch in (things.batch, batches[0])
        for n in range(10, 10 + MORE)
    )
    for model in (Rule, PublicationRule):
        one = model.objects.filter(pk=things.rule.pk if model is Rule else things.policy.pk).values().get()
        one.pop("id")
        model.objects.bulk_create(
            model(**{**one, "code": f"more.{n}", "in_force_from": date(1990, 1, 1) + timedelta(days=n)})
            for n in range(MORE)
        )
    CalendarYear.objects.bulk_create(CalendarYear(year=1900 + n, source="x", notice="y") for n in range(MORE))
    CalendarDay.objects.bulk_create(
        CalendarDay(date=date(1900 + n, 1, 1), is_workday=False, name="元旦") for n in range(MORE)
    )
    MonthlyDeclaration.objects.bulk_create(
        MonthlyDeclaration(agency=cast.other_agency, kind=kind, month=date(2026, month, 1), produced=3)
        for kind in ("licence", "penalty")
        for month in range(1, 13)
    )
    SavedFilter.objects.bulk_create(
        SavedFilter(user=user, page=page, name=f"第{n}个", query=f"q={n}")
        for user in cast.users.values()
        for page in ("review_queue", "records_subject_changelist")
        for n in range(10)
    )
    for _ in range(MORE // 5):
        integrity.reviewed(cast, cast.other_agency)
        integrity.told(cast, cast.other_agency)
        integrity.drafted(cast, things.official.subject)
        sanctions.imposed(cast, things.disgraced, things.sanction.measure)
        sanctions.proposed(cast, things.disgraced, things.sanction.measure)
    services.seal()
    platform = Platform.objects.get(code="municipal")
    fan_out(platform.pk)
    Attempt.objects.bulk_create(
        Attempt(platform=platform, started_at=timezone.now(), outcome="answered", size=1) for _ in range(MORE)
    )
    ReconciliationRun.objects.bulk_create(ReconciliationRun(platform=platform, state="finished") for _ in range(MORE))
    ReconciliationDifference.objects.bulk_create(
        ReconciliationDifference(run=things.reconciliation, kind="missing", record_key=str(n), record=things.published)
        for n in range(MORE)
    )


class StaffQueryCountTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.things = make_everything()

    def count(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for letter in READERS:
            client = Client()
            client.force_login(self.things.cast.users[STAFF[letter]])
            pages = dict(openable(self.things, letter))
            pages[f"admin:index:{STAFF[letter]}"] = pages["admin:index"]
            if letter == "o":
                pages |= {f"filtered:{name}": path for name, path in FILTERED.items()}
            for name, path in pages.items():
                short = name.removeprefix("admin:")
                if short not in counts:
                    client.get(path)  # what is kept between requests is kept from here on
                    with CaptureQueriesContext(connection) as queries:
                        response = client.get(path)
                    if is_page(response):
                        counts[short] = len(queries)
        return counts

    def test_no_page_asks_more_than_it_did_and_fifty_rows_cost_as_many_as_one(self) -> None:
        counts = self.count()
        if os.environ.get("UPDATE_QUERY_COUNTS"):
            BASELINE.write_text(json.dumps(counts, indent=2, ensure_ascii=False) + "\n")
        baseline = json.loads(BASELINE.read_text())
        assert set(counts) == set(baseline), "a page is missing from the baseline"
        risen = {name: f"{baseline[name]} → {n}" for name, n in counts.items() if n > baseline[name]}
        assert not risen
        more_of_everything(self.things)
        after = self.count()
        assert {name: f"{counts[name]} → {n}" for name, n in after.items() if n > counts[name]} == {}
