"""Every address × every kind of reader. An address that is missing from the table fails; so does a row without one.

Rows: name → how to reach it, and who gets what. Readers are letters: `-` anonymous, `c` clerk, `r` reviewer and `a`
administrator of the agency, `x` clerk of another agency, `o` credit office, `u` auditor, `s` system, `k` security and
`t` audit administrator. Whoever is not named in a row of the staff site gets 403, and anonymous is sent to sign in.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.test import Client, TestCase
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from core.models import CalendarYear, Rule
from creditfiles.lists import pasted
from creditfiles.services import issue_own_access, open_file, open_lookup, order_reports
from integrity.services import record_statement
from records import services
from records.models import (
    DuplicateCandidate,
    ImportBatch,
    ImportRow,
    Membership,
    OfficialProfile,
    PublicationRule,
    Subject,
)
from records.services.agencies import add_succession
from records.services.keys import issue_key
from records.services.merges import merge_subjects
from sanctions.services import record_execution
from sharing.models import Delivery, Platform, ReconciliationRun
from sharing.services import fan_out
from tests.factories import integrity, sanctions
from tests.factories.policy import proposed, tried, version
from tests.factories.records import (
    draft_penalty,
    make_subject,
    published_licence,
    published_penalty,
    submitted_penalty,
)
from tests.factories.registry import make_agency, make_tenure
from tests.people import make_cast

READERS = {
    "-": None, "c": "clerk", "r": "reviewer", "a": "agency_admin", "x": "other_clerk", "o": "office", "u": "auditor",
    "s": "system_admin", "k": "security_admin", "t": "audit_admin",
}  # fmt: skip
BUSINESS = "craxou"
LOGIN, FORBIDDEN, MISSING, ONLY_POST = 302, 403, 404, 405


@dataclass(frozen=True)
class Row:
    """`ok`: readers who get `status`; `other`: what readers in `special` get instead."""

    ok: str
    args: Callable[[Any], list[Any]] = lambda things: []
    status: int = 200
    special: dict[str, int] = field(default_factory=dict)
    query: str = ""

    def expected(self, reader: str, staff: bool) -> int:
        if reader in self.special:
            return self.special[reader]
        if reader in self.ok:
            return self.status
        return LOGIN if staff and reader == "-" else FORBIDDEN


def public(status: int = 200, args: Callable[[Any], list[Any]] = lambda things: [], query: str = "") -> Row:
    return Row("".join(READERS), args, status, query=query)


def of(name: str) -> Callable[[Any], list[Any]]:
    """The address takes the key of this thing."""
    return lambda things: [getattr(things, name).pk]


def mine(readers: str, name: str, status: int = 200, **special: int) -> Row:
    """About an object of the agency: for another agency's clerk it does not exist."""
    return Row(readers, of(name), status, {"x": MISSING, **special})


def table(readers: str, label: str, name: str, **special: int) -> dict[str, Row]:
    """The three addresses of a table of the staff site."""
    return {
        f"admin:{label}_changelist": Row(readers),
        f"admin:{label}_change": Row(readers, of(name), special=special),
        f"admin:{label}_history": Row(readers, of(name), special=special),
    }


ACCOUNTS, REASONED = "sku", "s"
TABLE: dict[str, Row] = {
    # -- for everybody
    "healthz": public(), "readyz": public(), "metrics": public(),
    "portal:home": public(), "portal:search": public(query="?q=示例"), "portal:disclosure/": public(302),
    "portal:licences": public(), "portal:penalties": public(), "portal:corrections": public(),
    "portal:licences-export": public(args=lambda t: ["csv"]), "portal:penalties-export": public(args=lambda t: ["csv"]),
    "portal:record": public(args=of("published")), "portal:subject": public(args=of("subject")),
    "portal:statistics": public(), "portal:statistics-export": public(), "portal:data": public(),
    "portal:report": public(args=of("subject")), "portal:verify-start": public(),
    "portal:verify": public(404, lambda t: ["0000-0000-0000-0000"]), "portal:verify-keys": public(),
    # a subject's own file, for whoever has opened it in this browser; others are sent to where the code is typed
    "portal:own": public(), "portal:own-file": public(302), "portal:own-report": public(ONLY_POST),
    "portal:own-notice": public(302, of("accused")), "portal:own-leave": public(ONLY_POST),
    "portal:feed": public(), "portal:corrections-feed": public(), "portal:help": public(), "portal:about": public(),
    "portal:sitemap": public(), "portal:integrity": public(), "portal:integrity-export": public(),
    "portal:measures": public(), "portal:notices": public(),
    "portal:elder": public(302), "portal:robots": public(),
    "api:records": public(), "api:record": public(args=of("published")), "api:subjects": public(),
    "api:subject": public(args=of("subject")), "api:revisions": public(), "api:schema": public(),
    "api:docs": public(),
    # a department's system comes with a key; signing in as a person opens nothing here
    "intake:licences": public(401), "intake:penalties": public(401), "intake:officials": public(401),
    "lookups:lookups": public(401),
    # -- the way in and out
    "admin:login": Row("".join(READERS), status=302, special={"-": 200}),
    "admin:logout": Row("".join(READERS), status=302),
    "admin:index": Row("craxouskt"), "admin:password_change": Row("craxouskt"),
    # without a device to show, everybody who is signed in may enrol one
    "admin:second_factor": Row("craxouskt"),
    "admin:staff/(?P<url>.*)$": Row("", lambda t: ["nowhere/"], special=dict.fromkeys("craxouskt", MISSING)),
    # -- accounts and the trail
    **table(ACCOUNTS, "accounts_user", "user"), **table(ACCOUNTS, "accounts_rolegrant", "grant"),
    "admin:account_new": Row("s"), "admin:account_password": Row("s", of("user")),
    "admin:account_active": Row("s", of("user")), "admin:account_unlock": Row("k", of("user")),
    "admin:account_second_factor": Row("k", of("user")), "admin:role_grant": Row("k", of("user")),
    "admin:role_revoke": Row("k", lambda t: [t.user.pk, "clerk"]), "admin:locked_accounts": Row("k"),
    "admin:audit_trail": Row("ut"), "admin:audit_export": Row("ut"),
    "admin:filter_save": Row("craxouskt", status=ONLY_POST),
    "admin:filter_delete": Row("craxouskt", lambda t: [1], ONLY_POST),
    # -- the record
    "admin:record": mine("craou", "submitted"),
    "admin:record_approve": Row("craxou", of("submitted"), ONLY_POST),
    "admin:record_submit": Row("craxou", of("draft"), ONLY_POST),
    "admin:record_return": mine("ro", "submitted"), "admin:record_discard": mine("c", "draft"),
    "admin:record_identity": mine("craou", "published"),
    "admin:record_withdraw": mine("cro", "published"), "admin:record_dispute": Row("o", of("published")),
    "admin:entry_edit": mine("c", "draft"), "admin:entry_correct": mine("cro", "published"),
    # -- lists, review and changes
    "admin:entries": Row(BUSINESS), "admin:review_queue": Row("rou"), "admin:published": Row(BUSINESS),
    "admin:review_selected": Row("ro", status=ONLY_POST), "admin:review_batch": Row("ro", of("batch")),
    "admin:changes": Row(BUSINESS), "admin:changes_selected": Row("ro", status=ONLY_POST),
    "admin:changes_batch": Row("ro", of("batch")),
    "admin:change": mine("craou", "proposal"), "admin:batch_withdraw": mine("cro", "batch"),
    # -- credit files: looks, reports, who looked
    "admin:files": Row("raou"), "admin:file_open": Row("raou", of("subject")),
    "admin:file": Row("o", of("look"), special=dict.fromkeys("rau", MISSING)),
    "admin:file_report": Row("o", of("look"), ONLY_POST, dict.fromkeys("rau", ONLY_POST)),
    "admin:looks_export": Row("ou"), **table("raou", "creditfiles_querylog", "look", r=MISSING, a=MISSING),
    "admin:report_orders": Row("aou"), "admin:report_order_new": Row("aou"),
    "admin:report_order": Row("ou", of("order"), special={"a": MISSING}),
    "admin:report_order_zip": Row("", of("order"), special={"a": MISSING, "o": 409, "u": 409}),
    "admin:looks_unusual": Row("ou"), "admin:looks_unusual_export": Row("ou", lambda t: ["xlsx"]),
    "admin:lookups": Row("raou"), "admin:lookup_new": Row("raou"),
    "admin:lookup": Row("ou", of("lookup"), special=dict.fromkeys("ra", MISSING)),
    "admin:lookup_export": Row("ou", lambda t: [t.lookup.pk, "csv"], special=dict.fromkeys("ra", MISSING)),
    "admin:lookup_report": Row("raou", of("lookup"), ONLY_POST),
    "admin:own_accesses": Row("ao", of("official")), "admin:own_access_revoke": Row("ao", of("own_access")),
    # -- entry and import
    "admin:entry_new": Row("cx", lambda t: ["penalty"]),
    "admin:entry_draft": Row("c", lambda t: ["penalty", t.entry_draft.pk], special={"x": MISSING}),
    "admin:entry_drafts": Row("cx"), "admin:entry_draft_drop": Row("c", of("entry_draft"), special={"x": MISSING}),
    "admin:entry_deadline": Row("crxo", lambda t: ["penalty"], query="?decided_on=2026-11-02"),
    "admin:import_new": Row("cx"), "admin:import_template": Row("caxo", lambda t: ["licence"]),
    "admin:imports": Row(BUSINESS), "admin:import_batch": mine("craou", "batch"),
    "admin:import_progress": mine("craou", "batch"), "admin:import_columns": mine("", "batch", c=404, a=404, o=404),
    "admin:import_commit": Row("caxo", of("batch"), ONLY_POST),
    "admin:import_abandon": Row("caxo", of("batch"), ONLY_POST),
    "admin:import_rejected": mine("craou", "batch"), "admin:import_row": mine("craou", "row"),
    "admin:import_row_drop": Row("caxo", of("row"), ONLY_POST),
    # -- reporting to the platforms above
    "admin:deliveries": Row(BUSINESS), "admin:delivery_resend": mine("o", "delivery"),
    "admin:platforms": Row("ous"), "admin:platform": Row("ous", lambda t: ["municipal"]),
    "admin:platform_enable": Row("os", lambda t: ["municipal"]),
    "admin:platform_disable": Row("os", lambda t: ["municipal"]),
    "admin:platform_retry": Row("os", lambda t: ["municipal"], ONLY_POST),
    "admin:platform_reconcile": Row("os", lambda t: ["municipal"], ONLY_POST),
    "admin:reconciliation": Row("ou", of("reconciliation")),
    # -- dishonesty records and honours
    "admin:integrity_new": Row("cx", lambda t: ["dishonesty"]),
    "admin:integrity_entry": Row("cx", lambda t: ["dishonesty", t.agency.pk]),
    "admin:integrity_edit": mine("c", "dishonest"), "admin:integrity_persons": mine("c", "dishonest"),
    "admin:integrity_correct": mine("cro", "disgraced"), "admin:integrity_instrument": mine("craou", "dishonest"),
    "admin:integrity_desk": Row("ou"), "admin:integrity_find": Row("o", of("endorsed")),
    "admin:integrity_remit": Row("o", of("endorsed")), "admin:integrity_dismiss": Row("o", of("endorsed")),
    "admin:integrity_revoke": Row("o", of("penalised")), "admin:integrity_fulfilled": Row("o", of("disgraced")),
    "admin:integrity_confirm": Row("o", of("noticed"), ONLY_POST), "admin:integrity_statement": Row("o", of("noticed")),
    "admin:integrity_notices": Row("a"), "admin:integrity_notice": Row("a", of("accused")),
    "admin:integrity_answer": Row("o", of("statement")), "admin:integrity_statement_file": mine("craou", "statement"),
    # -- lists of measures and sanctions
    "admin:measures": Row(BUSINESS), "admin:measures_template": Row("o"), "admin:measures_new": Row("o"),
    "admin:measures_edition": Row(BUSINESS, of("edition")),
    "admin:sanctions": Row(BUSINESS), "admin:sanction": Row(BUSINESS, of("sanction")),
    "admin:sanction_new": Row("o", of("disgraced"), special={"c": 200, "x": MISSING}),
    "admin:sanction_execute": Row("crax", of("sanction")),
    "admin:sanction_lift": Row("o", of("sanction")),
    "admin:sanction_stop": Row("crax", of("sanction"), ONLY_POST),
    "admin:sanction_evidence": Row(BUSINESS, of("sanction")),
    # -- subjects and members
    **table(BUSINESS, "records_subject", "subject"), "admin:subject_verify": Row("o", of("subject")),
    "admin:subject_rename": Row("o", of("subject")), "admin:subject_identity": mine("craou", "person"),
    "admin:records_membership_changelist": Row("aouk"),
    "admin:records_membership_change": Row("aouk", of("membership")),
    "admin:records_membership_history": Row("aouk", of("membership")),
    "admin:membership_new": Row("ao"), "admin:membership_end": Row("ao", of("membership")),
    # -- the registry: agencies, officials, one subject once
    "admin:agencies": Row(BUSINESS), "admin:agency": mine("craou", "agency"),
    "admin:agency_edit": Row("ao", of("agency")), "admin:agency_confirm": Row("ao", of("agency")),
    "admin:agency_succession": Row("o", of("agency")),
    "admin:succession_remove": Row("o", lambda t: [t.agency.pk, t.succession.pk]),
    "admin:agency_roster": mine("craou", "agency"), "admin:agency_roster_file": mine("craou", "agency"),
    **table("craou", "records_officialprofile", "official", x=MISSING),
    "admin:records_officialprofile_changelist": Row(BUSINESS),
    "admin:official_new": Row("ao"), "admin:tenure_new": Row("ao", of("official")),
    "admin:tenure_change": Row("ao", of("tenure")), "admin:official_state": Row("ao", of("official")),
    "admin:registry_import": Row("ao"),
    "admin:duplicates": Row("ou"), "admin:duplicate": Row("ou", of("candidate")),
    "admin:duplicate_different": Row("o", of("candidate")),
    "admin:merges": Row("ou"), "admin:merge_undo": Row("o", of("merge")),
    # -- keys of departments' systems
    **table("ao", "records_apikey", "key"), "admin:key_new": Row("ao"), "admin:key_revoke": Row("ao", of("key")),
    # -- rules, calendar, reports
    **table(BUSINESS, "core_rule", "rule"), **table(BUSINESS, "records_publicationrule", "policy"),
    **table(BUSINESS, "core_calendaryear", "year"), "admin:rule_new": Row("o", of("rule")),
    "admin:publication_rule_new": Row("o", of("policy")), "admin:calendar_load": Row("o"),
    # -- proposals of publication rules, and dry runs
    "admin:policy": Row(BUSINESS), "admin:policy_proposal": Row(BUSINESS, of("policy_proposal")),
    "admin:policy_new": Row("o"), "admin:policy_expiring": Row("o"),
    "admin:policy_add": Row("o", of("policy_proposal"), query="?kind=penalty&subject_kind=agency&tier="),
    "admin:policy_revoke": Row("o", of("policy_proposal")),
    "admin:policy_remove": Row("o", lambda t: [t.policy_proposal.pk, t.policy_proposal.rules.get().pk], ONLY_POST),
    "admin:policy_dry_run": Row("o", of("policy_proposal")), "admin:dry_run": Row("ou", of("dry_run")),
    "admin:dry_run_progress": Row("ou", of("dry_run")),
    "admin:dry_run_export": Row("ou", lambda t: [t.dry_run.pk, "csv"]),
    "admin:disclosure_report": Row(BUSINESS),
    "admin:disclosure_figure": Row(BUSINESS, lambda t: ["2026-11", "reported"]),
    "admin:disclosure_report_file": Row(BUSINESS, lambda t: ["2026-11", "csv"]), "admin:declare_month": Row("cax"),
}  # fmt: skip


def addresses(resolver: URLResolver, route: str = "", namespace: str = "") -> Iterator[str]:
    """Names of all addresses of the project; the route where one has no name."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from addresses(pattern, route + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            yield namespace + (pattern.name or route + str(pattern.pattern))


# Strict CSP: no script or style in the page itself, no handlers in attributes. The API's own documentation is vendored.
INLINE = re.compile(
    r"<script(?![^>]*(?:\ssrc=|application/(?:json|ld\+json)))[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:"
)


def inline(response: Any) -> str:
    """What a strict Content-Security-Policy would refuse in a page; empty when nothing."""
    if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
        return ""
    page = response.content.decode()
    return "" if "swagger" in page else ", ".join(INLINE.findall(page))


def test_every_address_stands_in_the_table_and_every_row_has_an_address() -> None:
    assert set(addresses(get_resolver())) == set(TABLE)


class AddressTests(TestCase):
    """One of everything, made once."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        cls.submitted, cls.draft = submitted_penalty(cast), draft_penalty(cast.agency, clerk=cast.clerk)
        cls.published = published_licence(cast)
        cls.subject = cls.published.subject
        withdrawn = published_penalty(cast)
        cls.proposal = services.propose_withdrawal(withdrawn.pk, actor=cast.clerk, reason="决定被撤销")
        cls.person = make_subject("欧阳示例", kind="natural_person")
        draft_penalty(cast.agency, cls.person, clerk=cast.clerk)
        cls.batch = ImportBatch.objects.create(
            importer="penalty", agency=cast.agency, uploaded_by=cast.users["clerk"], filename="处罚.xlsx", digest="d",
            status="checked", headers=["行政相对人名称"], mapping={"0": "party_name"}, total_rows=1, checked_rows=1,
        )  # fmt: skip
        cls.row = ImportRow.objects.create(batch=cls.batch, number=2, cells=["示例"], status="invalid")
        typed = services.Typed({"party_name": ["示例"]})
        cls.entry_draft = services.start_draft("penalty", typed, actor=cast.clerk, agency_id=cast.agency.pk)
        cls.user = cast.users["clerk"]
        cls.grant = cls.user.role_grants.get()
        cls.membership = Membership.objects.get(user=cls.user)
        cls.key, _ = issue_key(cast.agency.pk, name="执法办案系统", actor=cast.office)
        cls.agency = cast.agency
        cls.succession = add_succession(
            make_agency().pk,
            cast.agency.pk,
            actor=cast.office,
            day=date(2024, 3, 1),
            kind="split",
            instrument="惠城编1号",
        )
        cls.tenure = make_tenure(cast.agency, 1, date(2020, 1, 1))
        cls.official = OfficialProfile.objects.get(subject=cls.tenure.official_id)
        identified = {"identity_check": "agency", "evidence": "居民身份证原件"}
        cls.own_access, _ = issue_own_access(cls.official.pk, actor=cast.actor("agency_admin"), **identified)
        one, other = make_subject(), make_subject(kind="other_organisation")
        Subject.objects.filter(pk=other.pk).update(code=None)
        cls.candidate = DuplicateCandidate.objects.create(first=one, second=other, score=80)
        cls.merge = merge_subjects(other.pk, one.pk, actor=cast.office, evidence="登记机关档案")
        cls.dishonest = integrity.drafted(cast, make_agency("惠城区示例水务局"))
        cls.endorsed = integrity.reviewed(cast, cast.other_agency)
        cls.noticed = integrity.told(cast, cast.other_agency)
        cls.statement = record_statement(
            cls.noticed.pk, received_on=integrity.TODAY, text="情况有出入。", scan=integrity.PDF, actor=cast.office,
            today=integrity.TODAY,
        )  # fmt: skip
        cls.accused = integrity.told(cast, cast.agency)
        cls.penalised = integrity.effective(cast, cls.official.subject)
        cls.disgraced = integrity.effective(cast, cast.other_agency, "arrears.payment", tier="serious")
        measure = sanctions.plan_measure("限制申请财政性资金和项目")
        given = {"executor_id": cast.other_agency.pk, "today": integrity.TODAY}
        cls.sanction = sanctions.imposed(cast, cls.disgraced, measure, **given)
        executed = {"on": integrity.TODAY, "evidence": "财函1号。", "scan": integrity.PDF, "today": integrity.TODAY}
        record_execution(cls.sanction.pk, **executed, actor=cast.actor("other_clerk"))
        cls.edition = sanctions.loaded(cast)
        cls.rule = Rule.objects.order_by("-in_force_from").first()
        cls.policy = PublicationRule.objects.approved().order_by("-in_force_from").first()
        today = timezone.localdate()
        opening = version(tier="minor", in_force_from=today + timedelta(days=30))
        cls.policy_proposal = proposed(cast, opening, today=today)
        cls.dry_run = tried(cast, cls.policy_proposal, opening.in_force_from, today)
        cls.year = CalendarYear.objects.first()
        statements = {"purpose": "supervision", "legal_basis": "《实施方案》", "reference": "惠城信函〔2026〕1号"}
        cls.look = open_file(cls.subject, actor=cast.office, **statements)
        lines = pasted(f"{cls.subject.name}\n{make_subject().code}\n没有的单位")
        cls.lookup = open_lookup(lines, about="bodies", actor=cast.office, **statements)
        cls.order = order_reports([cls.subject.code or ""], actor=cast.office)
        services.seal()
        platform = Platform.objects.get(code="municipal")
        fan_out(platform.pk)
        cls.delivery = Delivery.objects.filter(platform=platform).first()
        cls.reconciliation = ReconciliationRun.objects.create(platform=platform)

    def _address(self, name: str, row: Row) -> str:
        if name.endswith("(?P<url>.*)$"):
            return "/staff/nowhere/"
        if name == "portal:disclosure/":
            return "/disclosure/"
        plain = {"healthz": "/healthz", "readyz": "/readyz", "metrics": "/metrics"}
        return plain.get(name) or reverse(name, args=row.args(self)) + row.query

    def test_each_reader_gets_what_the_table_says(self) -> None:
        wrong = []
        for letter, person in READERS.items():
            reader = self._reader(person)
            for name, row in TABLE.items():
                if name == "admin:logout":
                    continue
                response = reader.get(self._address(name, row))
                expected = row.expected(letter, name.startswith("admin:"))
                if found := inline(response):
                    wrong.append(f"{name} as {person}: {found} in the page")
                if response.status_code != expected:
                    wrong.append(f"{name} as {person}: {response.status_code}, not {expected}")
        assert not wrong, "\n".join(wrong)

    def _reader(self, person: str | None) -> Client:
        client = Client()
        if person:
            client.force_login(self.cast.users[person])
        return client

    def test_whoever_is_sent_to_sign_in_comes_back_to_where_they_wanted_to_go(self) -> None:
        response = Client().get(f"/staff/records/{self.submitted.pk}/")
        assert response["Location"] == f"/staff/login/?next=/staff/records/{self.submitted.pk}/"

    def test_a_person_without_a_role_cannot_come_in(self) -> None:
        self.user.role_grants.all().delete()
        client = Client()
        client.force_login(self.user)
        assert client.get("/staff/").status_code == 302

    def test_no_refusal_shows_the_object(self) -> None:
        for reader in ("other_clerk", "system_admin", "security_admin", "audit_admin"):
            client = Client()
            client.force_login(self.cast.users[reader])
            page = client.get(f"/staff/records/{self.submitted.pk}/").content.decode()
            assert self.submitted.subject.name not in page and self.submitted.document_number not in page
