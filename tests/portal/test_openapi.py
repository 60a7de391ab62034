"""The API against its own OpenAPI description, with requests that nobody would think of (schemathesis).

No 5xx, no answer that the description does not know, every refusal in the one shape. Chance comes from TEST_SEED.
"""

import json
from functools import cache
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from disclosure import standard
from records.imports.officials import OFFICIALS
from records.services.keys import issue_key
from tests.conftest import SEED
from tests.portal.stories import Site
from tests.support.disclosure_tables import licence_row, penalty_row

EXAMPLES = 40
load_all_checks()
HELD = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)
GENERATED = settings(
    max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@cache
def operations() -> dict[str, Any]:
    """Every operation of the description, as the site itself gives it out."""
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def in_one_shape(response: Any) -> None:
    """A refusal says what, why and where: {"code", "message", "fields"}."""
    if response.status_code < 400:
        return
    body = json.loads(response.content)
    assert set(body) == {"code", "message", "fields"}, body
    assert body["code"].isascii() and body["message"] and isinstance(body["fields"], dict)
    assert all(isinstance(m, str) for messages in body["fields"].values() for m in messages)


@override_settings(API_RATE_PER_MINUTE=0, INTAKE_RATE_PER_MINUTE=0)
class OpenApi(Site):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.key, cls.secret = issue_key(cls.cast.agency.pk, name="执法办案系统", actor=cls.cast.office)

    def setUp(self) -> None:
        """The server would give its database connection back after each request; here it is the test's own."""
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)

    def ask(self, label: str, change: Any = lambda case, data: None, *, examples: int = EXAMPLES, **call: Any) -> None:
        """Requests that fit the description, and requests that do not."""
        operation = operations()[label]
        modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

        @seed(SEED)
        @settings(GENERATED, max_examples=examples)
        @given(st.one_of(modes), st.data())
        def all_hold(case: Any, data: Any) -> None:
            change(case, data)
            response = case.call(**call)
            case.validate_response(response, checks=HELD)
            in_one_shape(response)

        all_hold()


# Each of them was, somewhere, once taken for a number, a date or a cursor.
STRANGE = [
    "", " ", "0", "-1", "1.5", "9" * 18, "9" * 19, "9" * 400, "٣", "①", "1e9", "\x00", "'", "%00", "0000-00-00~1",
    "2026-02-31~1", "9999-12-31~" + "9" * 18, "999999999999.999999~1", "~", "东" * 100, "东" * 101, "东\x00江",
    "a" * 5000,
]  # fmt: skip


def strange_question(case: Any, data: Any) -> None:
    """Half of the time one of the parameters has a value that a number, a date or a cursor could be mistaken for."""
    if data.draw(st.booleans()):
        names = [parameter.name for parameter in case.operation.query] + ["nonsense"]
        case.query = {**(case.query or {}), data.draw(st.sampled_from(names)): data.draw(st.sampled_from(STRANGE))}


class ReadingTests(OpenApi):
    def test_every_address_of_the_description_is_tried_here(self) -> None:
        assert set(operations()) == {
            "GET /api/v1/records/", "GET /api/v1/records/{record_id}/", "GET /api/v1/subjects/",
            "GET /api/v1/subjects/{subject_id}/", "GET /api/v1/revisions/", "POST /api/v1/intake/licences/",
            "POST /api/v1/intake/penalties/", "POST /api/v1/intake/officials/", "POST /api/v1/lookups/",
        }  # fmt: skip

    def test_lists_of_records_and_of_subjects(self) -> None:
        self.ask("GET /api/v1/records/", strange_question)
        self.ask("GET /api/v1/subjects/", strange_question)

    def test_one_record_and_one_subject(self) -> None:
        known = {
            "record_id": [
                r.pk for r in (self.penalty, self.licence, self.late, self.withdrawn, self.expired, self.masked)
            ],
            "subject_id": [self.company.pk, self.cast.agency.pk, self.person.pk],
        }

        def one_that_exists(case: Any, data: Any) -> None:
            ((name, _),) = case.path_parameters.items()
            if data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))

        self.ask("GET /api/v1/records/{record_id}/", one_that_exists)
        self.ask("GET /api/v1/subjects/{subject_id}/", one_that_exists)

    def test_the_feed_of_revisions(self) -> None:
        self.ask("GET /api/v1/revisions/", strange_question)


TEXT = st.text(max_size=60)
VALUES = st.one_of(
    TEXT, st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(),
    st.lists(TEXT, max_size=3), st.dictionaries(TEXT, TEXT, max_size=2),
    st.sampled_from(["2026-11-02", "2026年13月5日", "0.2", "1e400", "-1", "罚款、警告", "自然人", "身份证", "\x00"]),
)  # fmt: skip
NO_ROWS: list[Any] = [
    None, 5, "rows", [], {}, {"rows": 5}, {"rows": "x"}, {"rows": True}, {"rows": {"0": {}}}, {"rows": [5]},
    {"rows": [[]]}, {"rows": [None]}, {"rows": [{}]}, {"rows": [{"": ""}]}, {"rows": [{"a": {"b": 1}}]},
    {"rows": [{"a": [1]}]}, {"rows": [{}] * 1001}, {"rows": [{str(n): 1 for n in range(201)}]},
    {"rows": [{"CF_WSH": "x" * 100_000}]},
    {"rows": [{"CF_XDR_MC": "\x00", "\x00": ["\x00"]}]},
]  # fmt: skip


class ReportingTests(OpenApi):
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def test_departments_report_anything(self) -> None:
        def no_rows(case: Any, data: Any) -> None:
            if data.draw(st.booleans()):
                case.body = data.draw(st.sampled_from(NO_ROWS))

        self.ask("POST /api/v1/intake/penalties/", no_rows, headers=self.headers())
        self.ask("POST /api/v1/intake/licences/", examples=20, headers=self.headers())

    def test_a_roster_of_anything(self) -> None:
        codes = [column.code for column in OFFICIALS.columns]
        right = {column.code: column.example for column in OFFICIALS.columns if column.example}

        def a_roster(case: Any, data: Any) -> None:
            match data.draw(st.integers(0, 3)):
                case 1:
                    body = data.draw(st.sampled_from(NO_ROWS))
                    case.body = {"officials": body["rows"]} if isinstance(body, dict) and "rows" in body else body
                case 2 | 3:
                    spoilt = data.draw(st.dictionaries(st.sampled_from(codes), VALUES, max_size=4))
                    case.body = {
                        "officials": [{**right, **spoilt}],
                        "dry_run": data.draw(st.sampled_from([True, False, 1])),
                    }

        self.ask("POST /api/v1/intake/officials/", a_roster, headers=self.headers())

    def test_a_list_of_anything_is_looked_up(self) -> None:
        right = {"about": "bodies", "purpose": "project_approval", "legal_basis": "依据", "reference": "文号",
                 "lines": [{"name": self.company.name}, {"code": self.company.code}]}  # fmt: skip

        def a_list(case: Any, data: Any) -> None:
            case.headers["Idempotency-Key"] = data.draw(st.uuids()).hex
            match data.draw(st.integers(0, 3)):
                case 1:
                    body = data.draw(st.sampled_from(NO_ROWS))
                    lines = body["rows"] if isinstance(body, dict) and "rows" in body else body
                    case.body = {**right, "lines": lines}
                case 2:
                    case.body = {**right, data.draw(st.sampled_from(sorted(right))): data.draw(VALUES)}
                case 3:
                    typed = st.dictionaries(st.sampled_from(["name", "code", "unit"]), TEXT, max_size=3)
                    about = data.draw(st.sampled_from(["bodies", "officials", "persons"]))
                    purpose = data.draw(st.sampled_from(["honours", "promotion", "project_approval"]))
                    lines = data.draw(st.lists(typed, min_size=1, max_size=4))
                    case.body = {**right, "about": about, "purpose": purpose, "lines": lines}

        self.ask("POST /api/v1/lookups/", a_list, headers=self.headers())

    def test_whoever_has_no_key_is_refused_in_the_same_shape(self) -> None:
        self.ask("POST /api/v1/intake/penalties/", examples=20)

    def test_rows_that_are_right_but_for_some_cells(self) -> None:
        for kind, made in (("penalties", penalty_row), ("licences", licence_row)):
            columns = {c.name: c.code for c in standard.columns("penalty" if kind == "penalties" else "licence")}

            def spoilt(case: Any, data: Any, made: Any = made, columns: Any = columns) -> None:
                rows = []
                for number in range(data.draw(st.integers(1, 3))):
                    row = {columns[name]: value for name, value in made(number + 1).items()}
                    changes = data.draw(st.dictionaries(st.sampled_from(sorted(columns.values())), VALUES, max_size=4))
                    rows.append({**row, **changes})
                case.body, case.headers["Idempotency-Key"] = {"rows": rows}, data.draw(st.uuids()).hex

            self.ask(f"POST /api/v1/intake/{kind}/", spoilt, headers=self.headers())
