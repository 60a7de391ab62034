"""Canary personal data: entered wherever a clerk could enter it, and found in no byte that a stranger can fetch."""

import logging
import re
from collections import deque
from datetime import date

import pytest
from django.db.models import F
from django.test import Client, TestCase

from core.encryption import blind_index
from core.identifiers import make_resident_id
from records import services
from records.models import CreditRecord, ImportBatch, ImportRow, Revision, Subject
from tests.factories.records import TODAY, draft_licence, draft_penalty, make_subject, published_penalty
from tests.factories.registry import make_tenure
from tests.people import make_cast

ID_NUMBERS = [make_resident_id("441302", date(1989, 1, n), n) for n in range(1, 7)]
PHONES = ["13800138001", "13912345678"]
PERSON = "欧阳寒鸦"
OFFICIAL, OFFICIALS_NUMBER = "司徒孤鹜", make_resident_id("441302", date(1975, 5, 5), 77)
CANARIES = [*ID_NUMBERS, *PHONES, PERSON, "寒鸦", OFFICIAL, "孤鹜", OFFICIALS_NUMBER]
START = ["/", "/search/?q=示例", f"/search/?q={PERSON}", f"/search/?q={ID_NUMBERS[0]}", "/disclosure/licences/",
         "/disclosure/penalties/", "/corrections/", "/statistics/", "/data/", "/api/v1/records/", "/api/v1/subjects/",
         "/api/v1/revisions/", f"/api/v1/records/?q={PERSON}", f"/search/?q={OFFICIAL}",
         f"/api/v1/subjects/?q={OFFICIAL}"]  # fmt: skip
LINK = re.compile(r"""(?:href|src|action)=["'](/[^"'#]*)|"(?:next|url|html_url)":\s*"(?:https?://[^/"]+)?(/[^"]*)""")
ELSEWHERE = re.compile(r"^/(staff|static|api/docs)")
MOST = 400


def body(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace") + str(dict(response.headers))


class CanaryTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        person = make_subject(PERSON, kind="natural_person")
        Subject.objects.filter(pk=person.pk).update(id_number_index=blind_index(ID_NUMBERS[0], "resident_id"))
        person.refresh_from_db()
        person.id_number = ID_NUMBERS[0]
        person.save()
        published_penalty(cast, person, detail={"party_id_number": ID_NUMBERS[0], "party_id_type": "身份证"})
        text = f"当事人的经营者（身份证号{ID_NUMBERS[1]}，电话{PHONES[0]}）在现场。"
        personal = {
            "representative_id_number": ID_NUMBERS[2],
            "representative_id_type": "身份证",
            "facts": text,
            "content": text,
            "legal_basis": text,
            "violation_type": text,
            "remark": f"{PERSON} {ID_NUMBERS[3]} {PHONES[1]}",
        }
        cls.shown = published_penalty(cast, detail=personal)
        gone = published_penalty(cast, detail=personal)
        change = services.propose_withdrawal(gone.pk, actor=cast.clerk, reason="处罚决定被依法撤销")
        services.accept_change(change.pk, actor=cast.reviewer, today=TODAY)
        licence = draft_licence(cast.agency, clerk=cast.clerk, detail={"content": text, "remark": personal["remark"]})
        services.submit(licence.pk, actor=cast.clerk, today=TODAY)
        services.approve(licence.pk, actor=cast.reviewer, today=TODAY)
        draft_penalty(cast.agency, make_subject(PERSON + "二", kind="natural_person"), clerk=cast.clerk)
        batch = ImportBatch.objects.create(
            importer="penalty", agency=cast.agency, filename=f"{PERSON}.xlsx", digest="x"
        )
        ImportRow.objects.create(batch=batch, number=2, cells=[PERSON, ID_NUMBERS[4]], status="invalid")
        typed = {"party_name": [PERSON], "party_id_number": [ID_NUMBERS[5]], "facts": [text], "remark": [PHONES[1]]}
        services.start_draft("penalty", services.Typed(typed), actor=cast.clerk, agency_id=cast.agency.pk)
        # An official: head of the agency whose pages are public, with a post, a name and a number.
        cls.tenure = make_tenure(
            cast.agency, 1, date(2020, 1, 1), name=OFFICIAL, id_number=OFFICIALS_NUMBER, is_head=True, post="局长"
        )
        make_tenure(cast.agency, 1, date(2019, 1, 1), ended_on=date(2020, 1, 1), name=OFFICIAL,
                    id_number=OFFICIALS_NUMBER, instrument=f"{OFFICIAL}任职通知")  # fmt: skip
        services.seal()

    def assert_clean(self, text: str, where: str) -> None:
        # A page may repeat what the reader typed into the search box; nothing else.
        for canary in CANARIES:
            assert canary not in text, f"{canary} in {where}"

    def test_no_public_address_gives_personal_data_away(self) -> None:
        reader = Client()
        waiting, seen = deque(START), set(START)
        while waiting and len(seen) < MOST:
            address = waiting.popleft()
            response = reader.get(address)
            text = body(response)
            assert response.status_code < 500, address
            asked = [c for c in CANARIES if c in address]
            for word in asked:
                text = text.replace(word, "")
            self.assert_clean(text, address)
            if asked:
                continue
            for found in LINK.findall(text):
                link = (found[0] or found[1]).replace("&amp;", "&")
                if link not in seen and not ELSEWHERE.match(link):
                    seen.add(link)
                    waiting.append(link)
        assert f"/records/{self.shown.pk}/" in seen and len(seen) > 30

    def test_searching_for_a_person_or_a_number_finds_nothing(self) -> None:
        for word in (PERSON, ID_NUMBERS[0], ID_NUMBERS[1], PHONES[0]):
            found = Client().get("/api/v1/records/", {"q": word}).json()
            assert found["results"] == [], word

    def test_every_projection_and_so_every_push_body_is_clean(self) -> None:
        for revision in Revision.objects.all():
            self.assert_clean(str(revision.public), f"revision {revision.pk}")
        person = CreditRecord.objects.filter(subject__kind="natural_person")
        assert person.exists() and not person.filter(version__gt=F("version") * 0).exists()

    def test_another_agencys_clerk_sees_none_of_it(self) -> None:
        clerk = Client()
        clerk.force_login(self.cast.users["other_clerk"])
        for record in CreditRecord.objects.all():
            response = clerk.get(f"/staff/records/{record.pk}/")
            assert response.status_code == 404
            self.assert_clean(body(response), "another agency's record")

    def test_an_official_stands_on_no_public_page_not_even_the_agencys(self) -> None:
        reader = Client()
        official = self.tenure.official_id
        assert reader.get(f"/subjects/{official}/").status_code == 404
        assert reader.get(f"/api/v1/subjects/{official}/").status_code == 404
        for address in (f"/subjects/{self.cast.agency.pk}/", f"/api/v1/subjects/{self.cast.agency.pk}/"):
            self.assert_clean(body(reader.get(address)), address)

    def test_only_the_own_agency_the_office_and_auditors_reach_an_official(self) -> None:
        official, agency = self.tenure.official_id, self.cast.agency.pk
        pages = [
            f"/staff/records/officialprofile/{official}/change/", f"/staff/records/officialprofile/{official}/history/",
            f"/staff/records/subject/{official}/change/", f"/staff/agencies/{agency}/",
            f"/staff/agencies/{agency}/roster/", f"/staff/agencies/{agency}/roster.xlsx",
            f"/staff/tenures/{self.tenure.pk}/", "/staff/agencies/",
            f"/staff/officials/{official}/state/", "/staff/records/officialprofile/", "/staff/records/subject/?q=孤鹜",
        ]  # fmt: skip
        for name in ("other_clerk", "other_reviewer", "system_admin", "security_admin"):
            reader = Client()
            reader.force_login(self.cast.users[name])
            for address in pages:
                self.assert_clean(body(reader.get(address)).replace("孤鹜", "") if "q=" in address else
                                  body(reader.get(address)), f"{address} as {name}")  # fmt: skip
        for name in ("clerk", "office", "auditor"):
            reader = Client()
            reader.force_login(self.cast.users[name])
            for address in pages:
                text = body(reader.get(address))
                assert OFFICIALS_NUMBER not in text, f"{address} as {name}"
            assert OFFICIAL in body(reader.get(pages[0])) and OFFICIAL in body(reader.get(pages[3]))

    @pytest.fixture(autouse=True)
    def _log(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def test_refusals_do_not_write_personal_data_into_the_log(self) -> None:
        with self.caplog.at_level(logging.DEBUG):
            for address in (f"/search/?q={ID_NUMBERS[5]}", f"/records/{ID_NUMBERS[5]}/", f"/verify/{ID_NUMBERS[5]}/"):
                Client().get(address)
        for record in self.caplog.records:
            if record.name.startswith(("core", "records", "disclosure", "sharing", "portal")):
                self.assert_clean(record.getMessage(), record.name)
