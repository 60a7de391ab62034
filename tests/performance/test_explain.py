"""No public page or API answer reads a whole table of the ledger: the statements that the requests really run,
explained on analysed tables as the database itself chooses to run them. What is a scan: tests/performance/plans.py.
"""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import queries
from core.actors import Actor
from core.search import frequencies
from core.search import ways as search_ways
from creditfiles.lists import pasted
from creditfiles.services import open_lookup
from demo import dataset
from portal.api import reading
from portal.filters import Asked, on_way, ways
from records.choices import ENDING_ACTS
from records.models import PublicRecord, Revision, SubjectName
from tests.performance import plans

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
RECORDS, TODAY = 20_000, date(2026, 11, 23)


@pytest.fixture(scope="module", autouse=True)
def ledger(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Committed rows, vacuumed and analysed, for all tests of this module."""
    with django_db_blocker.unblock():
        # In this process alone: a forked one inherits whatever the tests before opened.
        dataset.make(RECORDS, seed=6, today=TODAY, append=False, workers=1, progress=lambda done: None)
    # What this process has learnt about the tables of other tests.
    frequencies.forget()
    search_ways.forget()
    yield
    frequencies.forget()
    search_ways.forget()
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _no_limit(settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = settings.SEARCH_RATE_PER_MINUTE = 0


def scanned(path: str, *statuses: int) -> list[str]:
    """What the statements behind this address read whole, each with the statement."""
    with CaptureQueriesContext(connection) as captured:
        response = Client().get(path)
        if response.streaming:
            b"".join(response.streaming_content)  # type: ignore[arg-type]
    assert response.status_code in (statuses or (200,)), (path, response.status_code)
    statements = dict.fromkeys(query["sql"] for query in captured.captured_queries)
    read = [sql for sql in statements if plans.reads_the_ledger(sql)]
    # Downloads are read on a connection of their own.
    assert read or "export" in path, f"{path} asks the ledger nothing"
    return [f"{path}: {scan}\n    {sql[:1500]}" for sql in read for scan in plans.scans(sql)]


def all_scanned(paths: list[str]) -> list[str]:
    assert paths
    return [line for path in paths for line in scanned(path)]


def sample() -> PublicRecord:
    return queries.sample(Random(8), 1)[0]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM records_publicrecord",
        "SELECT * FROM records_publicrecord WHERE tier || 'x' = 'x'",
        "SELECT * FROM records_revision WHERE reason || 'x' = 'x' ORDER BY reason LIMIT 3",
        "SELECT * FROM records_revision ORDER BY digest LIMIT 3",
    ],
)
def test_a_scan_is_seen(query: str) -> None:
    assert plans.scans(query)


def test_home_and_ledgers_of_acts() -> None:
    assert all_scanned(["/", "/corrections/", "/feeds/newest.atom", "/feeds/corrections.atom"]) == []


@pytest.mark.parametrize("kind", ["licences", "penalties"])
def test_lists_with_every_filter_and_order(kind: str) -> None:
    row = sample()
    filters = [
        {}, {"agency": row.agency_id}, {"year": 2026}, {"year": 2021}, {"state": "disputed"}, {"state": "corrected"},
        {"on_time": "no"}, {"on_time": "yes"}, {"subject": row.subject_id}, {"agency": row.agency_id, "year": 2025},
        {"q": "有限公司"}, {"agency": row.agency_id, "on_time": "no", "sort": "ending"},
    ]  # fmt: skip
    orders = [{}, {"sort": "ending"}, {"sort": "amount"}, {"after": "2025-06-02~1000"}]
    paths = [f"/disclosure/{kind}/?{urlencode({**o, **f})}" for f in filters for o in orders]
    assert all_scanned([p for p in paths if "after" not in p or "sort" not in p]) == []


def test_what_is_public_about_government_bodies() -> None:
    # The dataset's decisions are about firms; these stand in for decisions about government bodies.
    some = PublicRecord.objects.order_by("pk").values("pk")[:400]
    agency = PublicRecord.objects.order_by("pk")[0].subject_id
    PublicRecord.objects.filter(pk__in=some).update(about_agency=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE records_publicrecord")
    filters = [{}, {"kind": "penalty"}, {"subject": agency}, {"year": 2025}, {"kind": "licence", "year": 2026}]
    filters += [{"kind": "penalty", "subject": agency, "after": "2025-06-02~1000"}, {"after": "2025-06-02~1000"}]
    paths = [f"/integrity/{end}?{urlencode(f)}" for f in filters for end in ("", "export.csv")]
    assert all_scanned(paths) == []


def test_search_of_every_shape_on_the_page_and_the_api() -> None:
    random = Random(9)
    names = [row.subject.name for row in queries.sample(random, 14)]
    words = [name[3 : 3 + length] for length, name in zip([2, 3, 4, 5, 6, 7, 8] * 2, names, strict=True)]
    words += [*queries.COMMON, *queries.search_words(random, 32), "有限公司 食品", "绝无此名甲乙丙"]
    paths = [f"{base}?{urlencode({'q': word})}" for word in words for base in ("/search/", "/api/v1/records/")]
    assert all_scanned(paths) == []


def test_search_for_a_number_a_code_and_a_former_name() -> None:
    row = sample()
    former = SubjectName.objects.exclude(valid_to=None).values_list("name", flat=True).first()
    number, code = row.revision.public["document_number"], row.subject.code
    words = [number, number.replace("〔", "(").replace("〕", ")"), number[:6], code, code[:8], former, former[2:6]]
    bases = ("/search/", "/api/v1/records/", "/api/v1/subjects/")
    assert all_scanned([f"{base}?{urlencode({'q': word})}" for word in words for base in bases]) == []
    assert all_scanned([f"{bases[1]}?{urlencode({'q': number, 'sort': o})}" for o in ("ending", "amount")]) == []


def test_what_slices_hold_is_what_the_question_finds() -> None:
    random = Random(10)
    names = [row.subject.name for row in queries.sample(random, 60)]
    words = [name[i : i + length] for name in names for length in (2, 4) for i in (0, 3)] + list(queries.COMMON)
    words += ["2024", "12", "许可惠城", "有限公司 食品", *queries.search_words(random, 60)]
    taken = set()
    for word in words:
        asked = Asked.of({"q": word})
        # All in the order of the key, without a limit: neither slices nor statistics have a say.
        whole = sorted(PublicRecord.objects.matching(word).order_by().values_list("decided_on", "pk"), reverse=True)
        expected = [pk for _, pk in whole]
        assert [pk for pk, _, _ in reading._found(asked, 21)] == expected[:21], word
        slices = list(ways(asked))
        together = [pk for way in slices for pk in on_way(asked, way).values_list("pk", flat=True)]
        assert together == expected, word
        taken.add((len(slices), slices[0].narrow == ""))
    # Words for the index, words that the newest rows have, and what lies between.
    assert {(1, False)} < taken and {first for _, first in taken} == {True, False}, taken


def test_search_narrowed_by_facets() -> None:
    row = sample()
    narrow = [{"kind": "penalty"}, {"agency": row.agency_id}, {"year": 2026}, {"state": "disputed"}]
    words = ["有限公司", row.subject.name[2:5]]
    assert all_scanned([f"/search/?{urlencode({'q': w, **n})}" for w in words for n in narrow]) == []


def test_one_record_one_subject_and_one_that_ended() -> None:
    row = sample()
    paths = [f"/records/{row.pk}/", f"/subjects/{row.subject_id}/", f"/subjects/{row.agency_id}/"]
    paths += [f"/api/v1/records/{row.pk}/", f"/api/v1/subjects/{row.subject_id}/"]
    assert all_scanned(paths) == []
    ended = Revision.objects.filter(act__in=sorted(ENDING_ACTS)).order_by("pk").values_list("record", flat=True)[0]
    assert scanned(f"/records/{ended}/", 410) == []
    assert scanned("/records/999999999/", 404) == []


def test_the_feed_of_revisions_from_any_place() -> None:
    last = Revision.objects.order_by("-seq").values_list("seq", flat=True)[0]
    paths = [f"/api/v1/revisions/?{urlencode({'after': a, 'size': 100})}" for a in (0, last // 2, last - 5, last)]
    assert all_scanned(paths) == []


def test_a_list_that_is_looked_up() -> None:
    """The records of those who were found, and no others."""
    rows = queries.sample(Random(11), 60)
    text = "\n".join([r.subject.name for r in rows[:30]] + [r.subject.code or r.subject.name for r in rows[30:]])
    actor = Actor(1, "信用办", roles=frozenset({"credit_office"}))
    with CaptureQueriesContext(connection) as captured:
        lookup = open_lookup(
            pasted(text), about="bodies", purpose="supervision", legal_basis="依据", reference="文号", actor=actor,
            today=TODAY,
        )  # fmt: skip
    assert lookup.counts.get("unknown", 0) == 0 and lookup.lines.filter(subject__isnull=False).count() > 40
    read = [query["sql"] for query in captured.captured_queries if plans.reads_the_ledger(query["sql"])]
    assert len(read) == 2, "counts, and the newest records"
    assert [scan for sql in read for scan in plans.scans(sql)] == []
