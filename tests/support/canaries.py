"""Canary personal data, entered wherever somebody could enter it, and how to look for it in any answer."""

import contextlib
import io
import re
import zipfile
from collections import deque
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.test import Client, TestCase

from core.encryption import blind_index
from core.errors import Invalid
from core.identifiers import make_resident_id
from creditfiles.lists import pasted
from creditfiles.services import issue_lookup_report, issue_own_access, open_lookup, open_own
from disclosure import standard
from integrity.services import Named, confirm, find, name_responsible, revise
from records import imports, services
from records.imports.intake import receive
from records.models import Subject
from records.services.keys import actor_of_key, issue_key
from sharing.payload import Parcel
from tests.factories import integrity, sanctions
from tests.factories.records import TODAY, draft_licence, draft_penalty, make_subject, published_penalty
from tests.factories.registry import make_tenure
from tests.people import make_cast
from tests.support.disclosure_tables import person_row, workbook

ID_NUMBERS = [make_resident_id("441302", date(1989, 1, n), n) for n in range(1, 12)]
(
    PARTY, IN_TEXT, REPRESENTATIVE, IN_REMARK, IN_ROW, TYPED, IN_BAD_ROW, REPORTED, IN_DRAFT, IN_FACTS, LISTED,
) = ID_NUMBERS  # fmt: skip
# Stored sealed: nobody sees them in full but by asking for them with a reason, which is noted.
SEALED = [PARTY, REPRESENTATIVE, IN_ROW, IN_BAD_ROW, REPORTED, IN_DRAFT, LISTED]
PHONES = ["13800138001", "13912345678"]
PERSON = "欧阳寒鸦"
OFFICIAL, OFFICIALS_NUMBER = "司徒孤鹜", make_resident_id("441302", date(1975, 5, 5), 77)
CANARIES = [*ID_NUMBERS, *PHONES, PERSON, "寒鸦", OFFICIAL, "孤鹜", OFFICIALS_NUMBER]
LINK = re.compile(r"""(?:href|src|action)=["'](/[^"'#]*)|"(?:next|url|html_url)":\s*"(?:https?://[^/"]+)?(/[^"]*)""")


def text_of(response: Any) -> str:
    """Everything that a reader gets: body and headers, workbooks unpacked."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            content = b"\n".join(package.read(name) for name in package.namelist())
    return content.decode("utf-8", "replace") + str(dict(response.headers))


def found_in(text: str, canaries: Iterable[str] = CANARIES) -> list[str]:
    return [canary for canary in canaries if canary in text]


def crawl(client: Client, start: Iterable[str], within: re.Pattern[str], most: int) -> dict[str, str]:
    """Address → text of everything that can be reached by links; what the reader typed is taken out."""
    waiting, texts = deque(start), dict[str, str]()
    while waiting and len(texts) < most:
        address = waiting.popleft()
        if address in texts:
            continue
        response = client.get(address)
        assert response.status_code < 500, address
        typed = found_in(address)
        text = text_of(response)
        for word in typed:
            text = text.replace(word, "")
        texts[address] = text
        if not typed:
            links = ((a or b).replace("&amp;", "&") for a, b in LINK.findall(text))
            waiting.extend(link for link in links if link not in texts and within.match(link))
    return texts


def parcel(record: int, version: int, operation: str) -> Parcel:
    """A delivery on its first way."""
    return Parcel(
        id=0, revision_id=0, record_id=record, version=version, operation=operation, state="pending", attempts=0,
        resends=0, accepted_at=None, digest="",
    )  # fmt: skip


class CanaryStory(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        person = make_subject(PERSON, kind="natural_person")
        Subject.objects.filter(pk=person.pk).update(id_number_index=blind_index(PARTY, "resident_id"))
        person.refresh_from_db()
        person.id_number = PARTY
        person.save()
        cls.persons = published_penalty(cast, person, detail={"party_id_number": PARTY, "party_id_type": "身份证"})
        text = f"当事人的经营者（身份证号{IN_TEXT}，电话{PHONES[0]}）在现场。"
        personal = {
            "representative_id_number": REPRESENTATIVE,
            "representative_id_type": "身份证",
            "facts": text,
            "content": text,
            "legal_basis": text,
            "violation_type": text,
            "remark": f"{PERSON} {IN_REMARK} {PHONES[1]}",
        }
        cls.shown = published_penalty(cast, detail=personal)
        gone = published_penalty(cast, detail=personal)
        change = services.propose_withdrawal(gone.pk, actor=cast.clerk, reason="处罚决定被依法撤销")
        services.accept_change(change.pk, actor=cast.reviewer, today=TODAY)
        licence = draft_licence(cast.agency, clerk=cast.clerk, detail={"content": text, "remark": personal["remark"]})
        services.submit(licence.pk, actor=cast.clerk, today=TODAY)
        services.approve(licence.pk, actor=cast.reviewer, today=TODAY)
        draft_penalty(cast.agency, make_subject(PERSON + "二", kind="natural_person"), clerk=cast.clerk)
        typed = {"party_name": [PERSON], "party_id_number": [IN_DRAFT], "facts": [text], "remark": [PHONES[1]]}
        services.start_draft("penalty", services.Typed(typed), actor=cast.clerk, agency_id=cast.agency.pk)
        # An official: head of the agency whose pages are public, with a post, a name and a number.
        cls.tenure = make_tenure(
            cast.agency, 1, date(2020, 1, 1), name=OFFICIAL, id_number=OFFICIALS_NUMBER, is_head=True, post="局长"
        )
        make_tenure(cast.agency, 1, date(2019, 1, 1), ended_on=date(2020, 1, 1), name=OFFICIAL,
                    id_number=OFFICIALS_NUMBER, instrument=f"{OFFICIAL}任职通知")  # fmt: skip
        cls._integrity()
        cls._look_up()
        cls._own()
        cls._import_workbook()
        cls.answer = cls._report()
        services.seal()

    @classmethod
    def _integrity(cls) -> None:
        """A 处分 of the official, and a public record of the agency that names the official in its text."""
        facts = f"局长{OFFICIAL}（身份证号{IN_FACTS}，电话{PHONES[0]}）擅自变更合同。"
        official, today = cls.tenure.official, integrity.TODAY
        own = integrity.effective(cls.cast, official)
        cls.dishonest = drafted = integrity.drafted(cls.cast, cls.cast.agency, tier="serious")
        named = [Named(official.pk, "main_leader")]
        name_responsible(drafted.pk, named, on=integrity.ACTED, actor=cls.cast.clerk)
        revise(drafted.pk, {"facts": facts, "duty": facts, "matter": facts}, actor=cls.cast.clerk, numbers_meant=True)
        services.submit(drafted.pk, actor=cls.cast.clerk, today=today)
        services.approve(drafted.pk, actor=cls.cast.reviewer, today=today)
        find(drafted.pk, opinion="属实。", served_on=today, service="direct", actor=cls.cast.office, today=today)
        confirm(drafted.pk, actor=cls.cast.office, today=date(2026, 12, 25))
        cls.penalised = own
        cls._sanction()

    @classmethod
    def _sanction(cls) -> None:
        """Sanctions of the official and of the person, and one that holds the head to account for a public record."""
        day = date(2026, 12, 25)
        given = {"today": day, "executor_id": cls.cast.agency.pk}
        sanctions.imposed(cls.cast, cls.penalised, sanctions.plan_measure("公务员限制评优评先"), **given)
        cls.dishonest.refresh_from_db()
        for name, more in (("追究主要负责人责任", {"tenure_id": cls.tenure.pk}), ("公开通报批评", {})):
            sanctions.imposed(cls.cast, cls.dishonest, sanctions.plan_measure(name), **given, **more)
        edition = sanctions.approved(cls.cast, [sanctions.row(1, subject_kinds="自然人")])
        sanctions.imposed(cls.cast, cls.persons, edition.measures.get(), **given)

    @classmethod
    def _look_up(cls) -> None:
        """Lists with the person and the official, by number, by name, and with numbers where none belongs."""
        asked = [
            ("persons", f"{PERSON},{PARTY}\n{PERSON}{LISTED}\n{PERSON}"),
            ("officials", f"{OFFICIAL},{OFFICIALS_NUMBER}\n{OFFICIAL} {cls.cast.agency.name}\n{OFFICIAL},{LISTED}"),
            ("bodies", f"{cls.shown.subject.name}\n{LISTED}\n某单位{LISTED}"),
        ]
        cls.lookups = [
            open_lookup(
                pasted(text),
                about=about,
                purpose="supervision",
                legal_basis="《实施方案》",
                reference="惠城信函〔2026〕2号",
                actor=cls.cast.office,
            )
            for about, text in asked
        ]
        cls.results = [issue_lookup_report(lookup, actor=cls.cast.office) for lookup in cls.lookups]

    @classmethod
    def _own(cls) -> None:
        """The official and the person have codes; each was opened once, and once with another's number."""
        cls.codes: dict[str, tuple[str, str]] = {}
        subjects = ((cls.tenure.official, OFFICIALS_NUMBER), (Subject.objects.get(name=PERSON), PARTY))
        for subject, number in subjects:
            given = {"identity_check": "id_card", "evidence": "居民身份证原件", "actor": cls.cast.office}
            _, code = issue_own_access(subject.pk, **given)
            cls.codes[subject.name] = code, number
            open_own(code, number)
            with contextlib.suppress(Invalid):
                open_own(code, LISTED)

    @classmethod
    def _import_workbook(cls) -> None:
        rows = [
            person_row(1, party_name=PERSON, party_id_number=IN_ROW),
            person_row(2, party_name=PERSON, party_id_number=IN_BAD_ROW, decided_on="昨天"),
        ]
        cls.batch = imports.create_batch(
            workbook("penalty", rows), importer="penalty", agency_id=cls.cast.agency.pk, filename=f"{PERSON}.xlsx",
            actor=cls.cast.clerk, by_worker=False,
        )  # fmt: skip
        imports.check_batch(cls.batch.pk, today=TODAY)

    @classmethod
    def _report(cls) -> dict[str, Any]:
        """A department's system hands in rows, one of them wrong, and a column that nobody knows."""
        key, cls.secret = issue_key(cls.cast.agency.pk, name="执法办案系统", actor=cls.cast.office)
        codes = {c.name: c.code for c in standard.columns("penalty")}
        made = [person_row(11, party_id_number=REPORTED), person_row(12, party_id_number=REPORTED[:-1] + "?")]
        rows = [{codes[name]: value for name, value in row.items()} for row in made]
        rows[0]["承办人电话"] = PHONES[0]
        cls.rows = rows
        return receive(
            "penalty", rows, agency_id=cls.cast.agency.pk, batch_key="批次-1", actor=actor_of_key(key), today=TODAY
        )
