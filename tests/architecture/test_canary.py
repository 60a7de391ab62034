"""Canary personal data: entered wherever somebody could enter it, and found in no byte that a reader without the right
can fetch: pages, API, feeds, exports, file names, error pages, push bodies, the trail, the log.
"""

import json
import logging
import re
from logging.config import DictConfigurator

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client, override_settings

from core.models import AuditEvent
from creditfiles.models import OwnAccess, QueryLog
from records.models import CreditRecord, Revision
from sharing.models import Platform
from sharing.payload import PlatformTables
from tests.support.canaries import (
    CANARIES,
    ID_NUMBERS,
    IN_TEXT,
    OFFICIAL,
    OFFICIALS_NUMBER,
    PARTY,
    PERSON,
    PHONES,
    REPORTED,
    SEALED,
    TYPED,
    CanaryStory,
    crawl,
    found_in,
    parcel,
    text_of,
)  # fmt: skip

START = [
    "/", "/search/?q=示例", f"/search/?q={PERSON}", f"/search/?q={PARTY}", "/disclosure/licences/",
    "/disclosure/penalties/", "/corrections/", "/statistics/", "/data/", "/api/v1/records/", "/api/v1/subjects/",
    "/api/v1/revisions/", f"/api/v1/records/?q={PERSON}", "/api/schema/?format=json", "/feeds/newest.atom",
    "/feeds/corrections.atom", "/statistics/export.csv", "/sitemap/", "/nothing-here/", "/search/?year=x", "/verify/",
    "/integrity/", "/integrity/export.csv", "/own/", "/measures/", "/measures/notices/",
    *(f"/disclosure/{kind}/export.{ending}" for kind in ("licences", "penalties") for ending in ("csv", "xlsx")),
]  # fmt: skip
PUBLIC = re.compile(r"^/(?!staff|static|api/docs)")
STAFF = re.compile(r"^/staff/(?!logout|login|password)")
MOST, MOST_STAFF = 400, 90


class PublicCanaryTests(CanaryStory):
    def test_no_public_address_gives_personal_data_away(self) -> None:
        texts = crawl(Client(), START, PUBLIC, MOST)
        assert {address: found for address, text in texts.items() if (found := found_in(text))} == {}
        assert f"/records/{self.shown.pk}/" in texts and len(texts) > 30

    def test_a_dishonesty_record_of_an_agency_is_public_and_names_nobody(self) -> None:
        text = text_of(Client().get(f"/records/{self.dishonest.pk}/"))
        assert "政务失信" in text and "司徒*" in text and found_in(text) == []
        assert Client().get(f"/records/{self.penalised.pk}/").status_code == 404
        assert found_in(text_of(Client().get("/integrity/export.csv"))) == []

    def test_workbooks_are_looked_into(self) -> None:
        text = text_of(Client().get("/disclosure/penalties/export.xlsx"))
        assert self.shown.subject.name in text

    def test_searching_for_a_person_or_a_number_finds_nothing(self) -> None:
        for word in (PERSON, *SEALED, IN_TEXT, *PHONES):
            found = Client().get("/api/v1/records/", {"q": word}).json()
            assert found["results"] == [], word
            assert Client().get("/api/v1/subjects/", {"q": word}).json()["results"] == [], word

    def test_an_official_stands_on_no_public_page_not_even_the_agencys(self) -> None:
        reader, official = Client(), self.tenure.official_id
        assert reader.get(f"/subjects/{official}/").status_code == 404
        assert reader.get(f"/api/v1/subjects/{official}/").status_code == 404
        assert reader.get(f"/subjects/{official}/report.pdf").status_code == 404
        for address in (f"/subjects/{self.cast.agency.pk}/", f"/api/v1/subjects/{self.cast.agency.pk}/"):
            assert found_in(text_of(reader.get(address))) == [], address

    def test_every_projection_and_every_push_body_is_clean(self) -> None:
        tables = [PlatformTables(platform, settings.DISTRICT["code"]) for platform in Platform.objects.all()]
        assert len(tables) == 3 and Revision.objects.count() >= 4
        for pk, record, version, act, public in Revision.objects.values_list(
            "pk", "record", "version", "act", "public"
        ):
            assert found_in(json.dumps(public, ensure_ascii=False)) == [], pk
            operation = "recall" if act == "withdrawn" else "upsert"
            for table in tables:
                item = table.item(parcel(record, version, operation), public)
                assert item.text and found_in(item.text.decode()) == [], (table.platform, pk)
        person = CreditRecord.objects.filter(subject__kind="natural_person")
        assert person.exists() and not person.filter(version__gt=0).exists()

    def test_the_printed_result_of_a_list_is_verified_without_a_name_or_number(self) -> None:
        for report in self.results:
            page = text_of(Client().get(f"/verify/{report.code}/"))
            assert "真实有效" in page and found_in(page) == []

    def test_the_answer_to_a_departments_report_repeats_no_number(self) -> None:
        assert [row["status"] for row in self.answer["rows"]] == ["accepted", "rejected"]
        assert found_in(json.dumps(self.answer, ensure_ascii=False), [REPORTED[:-1], *PHONES]) == []


class OwnCanaryTests(CanaryStory):
    """Who has opened an own file reads that file, no number in it, and nobody else's."""

    def test_a_subject_reads_its_own_name_and_no_number_and_nobody_elses(self) -> None:
        for name, other in ((OFFICIAL, [PERSON, "寒鸦"]), (PERSON, [OFFICIAL, "孤鹜"])):
            code, number = self.codes[name]
            client = Client()
            typed = text_of(client.post("/own/", {"code": code, "number": TYPED}))
            assert found_in(typed, [*CANARIES, number]) == [] and code in typed  # the code stays, the number does not
            assert client.post("/own/", {"code": code, "number": number})["Location"] == "/own/file/"
            texts = crawl(client, ["/own/file/"], re.compile(r"^/own/"), MOST)
            assert name in texts["/own/file/"]
            elsewhere = "".join(text for address, text in texts.items() if address.startswith("/own/"))
            assert found_in(elsewhere, [*ID_NUMBERS, *PHONES, OFFICIALS_NUMBER, *other]) == []
            assert found_in("".join(texts)) == [], "an address"
            report = client.post("/own/report/")
            assert report["Content-Type"] == "application/pdf" and found_in(str(dict(report.headers))) == []
            session = Session.objects.get(pk=client.cookies["sessionid"].value).get_decoded()
            assert found_in(f"{session}{client.cookies.output()}") == []
            client.post("/own/leave/")
            assert found_in(text_of(client.get("/own/file/"))) == []

    def test_neither_code_nor_number_stands_in_trail_or_look(self) -> None:
        kept = f"{list(AuditEvent.objects.values())}{list(QueryLog.objects.values())}{list(OwnAccess.objects.values())}"
        assert "creditfiles.own_refused" in kept and "creditfiles.own_opened" in kept
        assert found_in(kept, [*ID_NUMBERS, OFFICIALS_NUMBER, *(code for code, _ in self.codes.values())]) == []


class StaffCanaryTests(CanaryStory):
    """The staff's pages as each kind of reader reaches them by links."""

    def read_by(self, person: str, *start: str) -> dict[str, str]:
        client = Client()
        client.force_login(self.cast.users[person])
        return crawl(client, ["/staff/", *start], STAFF, MOST_STAFF)

    def leaks(self, person: str, canaries: list[str], *start: str) -> dict[str, list[str]]:
        texts = self.read_by(person, *start)
        assert len(texts) > 5
        return {address: found for address, text in texts.items() if (found := found_in(text, canaries))}

    def test_who_has_no_business_with_the_records_sees_none_of_it(self) -> None:
        # The first steps of an import are among the addresses: they show what stands in the file.
        records = [f"/staff/records/{pk}/" for pk in CreditRecord.objects.values_list("pk", flat=True)]
        batch = [f"/staff/imports/{self.batch.pk}/{part}" for part in ("", "columns/", "progress/", "rejected.xlsx")]
        for person in ("other_clerk", "other_reviewer", "system_admin", "security_admin"):
            assert self.leaks(person, CANARIES, *records, *batch) == {}, person

    def test_who_works_with_the_records_sees_no_sealed_number_in_full(self) -> None:
        batch = [f"/staff/imports/{self.batch.pk}/{part}" for part in ("", "columns/", "progress/", "rejected.xlsx")]
        for person in ("clerk", "reviewer", "agency_admin", "office", "auditor"):
            assert self.leaks(person, SEALED, *batch) == {}, person
        assert any(PERSON in text for text in self.read_by("clerk").values())  # the walk reaches the records

    def test_only_the_own_agency_the_office_and_auditors_reach_an_official(self) -> None:
        official, agency = self.tenure.official_id, self.cast.agency.pk
        pages = [
            f"/staff/records/officialprofile/{official}/change/", f"/staff/agencies/{agency}/",
            f"/staff/records/officialprofile/{official}/history/", f"/staff/records/subject/{official}/change/",
            f"/staff/agencies/{agency}/roster/", f"/staff/agencies/{agency}/roster.xlsx",
            f"/staff/tenures/{self.tenure.pk}/", f"/staff/officials/{official}/state/", "/staff/agencies/",
            "/staff/records/officialprofile/", "/staff/records/subject/?q=孤鹜", f"/staff/files/{official}/open/",
            f"/staff/files/{official}/own/",
            "/staff/files/?q=孤鹜", f"/staff/records/{self.penalised.pk}/", f"/staff/records/{self.dishonest.pk}/",
            f"/staff/integrity/new/dishonesty/{official}/", f"/staff/records/{self.dishonest.pk}/integrity/persons/",
            f"/staff/records/{self.penalised.pk}/integrity/instrument/", "/staff/integrity/",
        ]  # fmt: skip
        secrets = [OFFICIAL, "孤鹜", OFFICIALS_NUMBER]
        for person in ("other_clerk", "other_reviewer", "system_admin", "security_admin"):
            assert self.leaks(person, secrets, *pages) == {}, person
        for person in ("clerk", "office", "auditor"):
            assert self.leaks(person, [OFFICIALS_NUMBER], *pages) == {}, person
            client = Client()
            client.force_login(self.cast.users[person])
            assert OFFICIAL in text_of(client.get(pages[0])) and OFFICIAL in text_of(client.get(pages[1])), person

    def test_a_list_is_read_by_who_asked_and_by_supervision_and_no_number_comes_out_of_it(self) -> None:
        pages = [
            f"/staff/files/lookups/{lookup.pk}/{part}"
            for lookup in self.lookups
            for part in (
                "",
                "?verdict=ambiguous",
                "?verdict=unknown",
                "?verdict=malformed",
                "export.csv",
                "export.xlsx",
            )
        ]
        for person in ("clerk", "reviewer", "agency_admin", "other_reviewer", "system_admin", "security_admin"):
            client = Client()
            client.force_login(self.cast.users[person])
            assert {a: found for a in pages if (found := found_in(text_of(client.get(a))))} == {}, person
        for person in ("office", "auditor"):
            client = Client()
            client.force_login(self.cast.users[person])
            texts = [text_of(client.get(address)) for address in pages]
            assert [found for text in texts if (found := found_in(text, [*ID_NUMBERS, OFFICIALS_NUMBER]))] == []
            assert any(OFFICIAL in text for text in texts) and any(PERSON in text for text in texts)

    def test_the_trail_tells_who_did_what_and_no_number(self) -> None:
        assert AuditEvent.objects.count() > 10
        start = ["/staff/audit/", "/staff/audit/export.csv"]
        for person in ("audit_admin", "auditor"):
            texts = self.read_by(person, *start)
            trail = {address: text for address, text in texts.items() if address.startswith("/staff/audit/")}
            assert len(trail) >= 2
            assert {a: found for a, text in trail.items() if (found := found_in(text, [*ID_NUMBERS, *PHONES]))} == {}

    def test_a_number_is_shown_in_full_only_on_asking_with_a_reason_which_is_noted(self) -> None:
        client = Client()
        client.force_login(self.cast.users["clerk"])
        record = CreditRecord.objects.filter(subject__name=PERSON).first()
        page = client.post(f"/staff/records/{record.pk}/identity/", {"reason": "核对当事人身份"})
        assert PARTY in text_of(page)
        assert AuditEvent.objects.filter(reason="核对当事人身份").count() == 1


class LogCanaryTests(CanaryStory):
    @pytest.fixture(autouse=True)
    def _log(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def written(self) -> str:
        """What the configured handler would have written, tracebacks included."""
        return "\n".join(self.formatter.format(record) for record in self.caplog.records)

    def setUp(self) -> None:
        configured = DictConfigurator(settings.LOGGING)
        self.formatter = configured.configure_formatter(dict(settings.LOGGING["formatters"]["line"]))

    def test_nothing_that_was_typed_or_stored_gets_into_the_log(self) -> None:
        with self.caplog.at_level(logging.DEBUG):
            for code, number in self.codes.values():
                Client().post("/own/", {"code": code, "number": TYPED})
                Client().post("/own/", {"code": code, "number": number})
            for address in (f"/search/?q={TYPED}", f"/records/{TYPED}/", f"/verify/{TYPED}/", f"/{PHONES[0]}/"):
                Client().get(address)
            headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": "批次-2".encode().hex()}
            body = json.dumps({"rows": [*self.rows, {"身份证": TYPED, "x": [TYPED]}, TYPED]})
            for sent in (body, body[:-2]):
                Client().post("/api/v1/intake/penalties/", sent, content_type="application/json", headers=headers)
            try:
                raise ValueError(f"Key (id_number)=({PARTY}) already exists, phone {PHONES[1]}")
            except ValueError:
                logging.getLogger("records.example").exception("could not be saved: %s", PARTY)
        assert "could not be saved" in self.written() and "Not Found" in self.written()
        assert found_in(self.written(), [*ID_NUMBERS, *PHONES]) == []

    @override_settings(DEBUG=False)
    def test_an_error_page_shows_nothing_of_what_failed(self) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(self.cast.users["clerk"])
        for address in (f"/records/{TYPED}/", f"/staff/records/{TYPED}/", f"/staff/imports/{TYPED}/"):
            text = text_of(client.get(address)).replace(TYPED, "")  # the address itself may be repeated
            assert "Traceback" not in text and found_in(text) == [], address
