"""Requests that nobody sends by accident, to every public address: whatever is asked, no 5xx, but a plain no."""

import io
import logging
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

from django.test import Client, override_settings
from django.urls import get_resolver, reverse

from records.services.keys import issue_key
from tests.architecture.test_addresses import addresses
from tests.portal.stories import Site

PLAIN = {"healthz": "/healthz", "readyz": "/readyz", "metrics": "/metrics", "portal:disclosure/": "/disclosure/"}
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get", "")
PARAMETERS = (
    "q",
    "kind",
    "agency",
    "subject",
    "year",
    "state",
    "on_time",
    "sort",
    "after",
    "size",
    "month",
    "chart",
    "side",
    "next",
    "on",
    "format",
)
# As they stand in an address, percent-encoded or raw.
VALUES = (
    "",
    "%00",
    "%00%00a",
    "%ff%fe",
    "%c3%28",
    "%ed%a0%80",
    "%f0%9f%92%a9",
    "%0d%0aSet-Cookie:%20a=b",
    "%",
    "%zz",
    "\xff\xfe",
    "9" * 18,
    "9" * 19,
    "9" * 5000,
    "-1",
    "1e309",
    "nan",
    "2026-02-31~1",
    "0000-00-00~0",
    "9999-12-31~" + "9" * 18,
    "~~~",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%201=1--",
    "%3Cscript%3E",
    "{{7*7}}",
    "%25s%25n",
    "a" * 100_000,
    quote("东" * 101),
    quote("٣٤٥"),
    quote("ﬁ①"),
    quote("\u202e\u0000\ufeff"),
    "+" * 3000,
    "%20" * 500,
    quote("( " * 60),
    quote('"“"'),
    "*",
)
PATHS = (
    "//",
    "///evil.example/",
    "//evil.example",
    "/../../etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/static/..%5cmanage.py",
    "/static/%00",
    "/records/0/",
    "/records/-1/",
    "/records/1e5/",
    f"/records/{'9' * 19}/",
    f"/records/{'9' * 4000}/",
    "/records/%00/",
    "/records/1%00/",
    f"/records/{quote('٣')}/",
    "/records/1;a=b/",
    "/subjects/%ff/",
    f"/subjects/{'0' * 100}1/",
    "/api/v1/records/%00/",
    f"/api/v1/records/{'9' * 30}/",
    "/api/v1/%ff%fe",
    "/api/v1/subjects/1/../../records/",
    "/disclosure/penalties/export.exe",
    "/disclosure/penalties/export.%00",
    "/disclosure/penalties/export.csv%0a",
    "/%c0%ae%c0%ae/",
    "/\xff",
    "/" + "a" * 20_000,
    "/" + "a/" * 5_000,
    "/.git/config",
    "/.env",
    "/staff/%00",
    "/verify/%00/",
    f"/verify/{'9' * 5000}/",
    "/verify/..%2f..%2f/",
    "/subjects/999999999/report.pdf",
    "/subjects/1%00/report.pdf",
    "/staff/../",
    "/staff//",
    "/api/schema/?format=%00",
    "/api/schema/?lang=%ff",
    "/%0d%0aX: y",
)
HEADERS = (
    {"HTTP_X_LONG": "a" * 100_000},
    {"HTTP_COOKIE": "a=" + "b" * 100_000},
    {"HTTP_COOKIE": "elder=\xff\x00; sessionid=\xff"},
    {"HTTP_COOKIE": "=;=;;sessionid" + "=" * 500},
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "[::1"},
    {"HTTP_HOST": "a" * 5000},
    {"HTTP_IF_NONE_MATCH": 'W/"' + "x" * 50_000},
    {"HTTP_IF_MODIFIED_SINCE": "31 Feb 99999"},
    {"HTTP_RANGE": "bytes=0-,5-,-1"},
    {"HTTP_ACCEPT": "\xff/*;q=nan"},
    {"HTTP_ACCEPT": "text/html;" * 5_000},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 10_000},
    {"HTTP_ACCEPT_ENCODING": "\x00"},
    {"HTTP_X_FORWARDED_FOR": "::ffff:" + "1" * 5_000},
    {"HTTP_X_FORWARDED_PROTO": "javascript"},
    {"HTTP_X_REQUEST_ID": "\r\nSet-Cookie: a=b"},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"HTTP_HX_REQUEST": "\xff"},
    {"HTTP_AUTHORIZATION": "Bearer " + "\xff" * 5_000},
    {"HTTP_AUTHORIZATION": "Basic ///"},
    {"HTTP_AUTHORIZATION": " "},
    {"CONTENT_LENGTH": "-1"},
    # A length that is no number never gets here: the web server answers it.
    {"CONTENT_LENGTH": "9" * 30},
    {"CONTENT_TYPE": "multipart/form-data"},
    {"CONTENT_TYPE": "multipart/form-data; boundary=\xff\x00"},
    {"CONTENT_TYPE": "text/html; charset=nonsense"},
    {"CONTENT_TYPE": "application/json; charset=utf-16"},
    {"REMOTE_ADDR": ""},
    {"REMOTE_ADDR": "not an address"},
)
BODIES = (
    b"",
    b"\x00",
    b"{",
    b"[" * 100_000,
    b'{"rows": NaN}',
    b"\xff\xfe{}",
    b'{"rows":[{"\\ud800":"\\ud800"}],"officials":[{"\\ud800":"\\ud800"}]}',
    b"a=%00&" * 50,
)


def raw(text: str) -> str:
    """What a server hands on in WSGI: bytes as latin-1, percent signs of the path undone."""
    out, i, given = (
        bytearray(),
        0,
        text.encode("latin-1", "replace") if text.isascii() or "\xff" in text else text.encode(),
    )
    while i < len(given):
        two = given[i + 1 : i + 3]
        if given[i : i + 1] == b"%" and len(two) == 2 and all(c in b"0123456789abcdefABCDEF" for c in two):
            out.append(int(two, 16))
            i += 3
        else:
            out.append(given[i])
            i += 1
    return out.decode("latin-1")


class HostileRequestTests(Site):
    """Straight into the application, as a server would, past the client's own tidiness."""

    def setUp(self) -> None:
        self.client = Client(raise_request_exception=False)
        logging.disable(logging.CRITICAL)  # thousands of refusals, each with its line
        self.addCleanup(logging.disable, logging.NOTSET)
        self.wrong: list[str] = []

    def places(self) -> Iterator[str]:
        """Every address outside the staff site, and the way into it."""
        arguments = {
            "portal:record": [self.penalty.pk],
            "portal:own-notice": [self.penalty.pk],
            "portal:report": [self.company.pk],
            "portal:verify": ["HC-0000-0000"], "portal:subject": [self.company.pk], "api:record": [self.penalty.pk],
            "api:subject": [self.company.pk], "portal:licences-export": ["csv"], "portal:penalties-export": ["xlsx"],
        }  # fmt: skip
        for name in addresses(get_resolver()):
            if not name.startswith("admin:") or name == "admin:login":
                yield PLAIN.get(name) or reverse(name, args=arguments.get(name))

    def ask(self, method: str, path: str, query: str = "", body: bytes = b"", **environ: str) -> int:
        handler = self.client.handler
        given = {
            "PATH_INFO": raw(path), "QUERY_STRING": query, "REQUEST_METHOD": method, "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)), "SERVER_NAME": "testserver", "REMOTE_ADDR": "127.0.0.1", **environ,
        }  # fmt: skip
        try:
            response = handler({**self.client._base_environ(), **given})
            if response.streaming:
                for _ in response:
                    pass
            status = int(response.status_code)
        except Exception as error:  # what no handler turned into an answer
            self.wrong.append(f"{method} {path[:80]}?{query[:80]} {str(environ)[:120]}: {error!r}"[:400])
            return 500
        if status >= 500 or any("\n" in value or "\r" in value for value in response.headers.values()):
            self.wrong.append(f"{method} {path[:80]}?{query[:80]} {str(environ)[:120]} {body[:30]!r}: {status}")
        return status

    def none_failed(self) -> None:
        assert self.wrong == [], f"{len(self.wrong)}\n" + "\n".join(self.wrong[:40])

    def test_every_method_on_every_address(self) -> None:
        allowed = {"GET", "HEAD", "OPTIONS", "POST", "get"}
        elsewhere = {"/disclosure/", "/staff/login/"}  # lead on, or show the form, whatever is sent; and change nothing
        for place, method in product(self.places(), METHODS):
            status = self.ask(method, place, body=b"a=b" if method == "POST" else b"")
            if method not in allowed and place not in elsewhere and status < 400:
                self.wrong.append(f"{method} {place}: {status}")
        self.none_failed()

    @override_settings(SEARCH_RATE_PER_MINUTE=0, API_RATE_PER_MINUTE=0)
    def test_every_parameter_with_every_strange_value(self) -> None:
        for place in self.places():
            for value in VALUES:
                self.ask("GET", place, "&".join(f"{name}={value}" for name in PARAMETERS))
        # Each alone, and twice, where something reads it.
        readers = ("/search/", "/disclosure/penalties/", "/api/v1/records/", "/api/v1/subjects/", "/api/v1/revisions/")
        for place, name, value in product(readers, PARAMETERS[:10], VALUES):
            self.ask("GET", place, f"{name}={value}&{name}=")
        for place, name, value in product(("/statistics/", "/corrections/"), ("year", "month", "after"), VALUES):
            self.ask("GET", place, f"{name}={value}")
        self.none_failed()

    def test_tricks_with_the_path(self) -> None:
        for path in PATHS:
            path, _, query = path.partition("?")
            status = self.ask("GET", path, query)
            assert status != 200 or path in ("//", "/%2e%2e/") or path.startswith("/api/schema"), path
        self.none_failed()

    def test_strange_headers_everywhere(self) -> None:
        for place, headers in product(self.places(), HEADERS):
            self.ask("GET", place, **headers)
        for place, headers in product(("/staff/login/", "/api/v1/intake/penalties/", "/search/"), HEADERS):
            self.ask("POST", place, body=b"a=b", **headers)
        self.none_failed()

    def test_strange_bodies_where_something_is_posted(self) -> None:
        places = ["/staff/login/", "/api/v1/records/", "/", "/verify/"]
        intake = [f"/api/v1/intake/{kind}/" for kind in ("penalties", "licences", "officials")]
        kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "\xff")
        for place, body, kind in product([*places, *intake], BODIES, kinds):
            self.ask("POST", place, body=body, CONTENT_TYPE=kind)
        _, secret = issue_key(self.cast.agency.pk, name="执法办案系统", actor=self.cast.office)
        signed = {"HTTP_AUTHORIZATION": f"Bearer {secret}", "CONTENT_TYPE": "application/json"}
        for place, body, key in product(intake, BODIES, ("批次", "\x00", "a" * 65, "\xff")):
            self.ask("POST", place, body=body, HTTP_IDEMPOTENCY_KEY=key, **signed)
        self.none_failed()
