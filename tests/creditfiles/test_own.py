"""本人查阅码: who may issue it, what opens a file, and that guessing is counted and ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import TestCase

from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.identifiers import make_resident_id
from core.models import AuditEvent, Rule
from creditfiles import own, services
from creditfiles.choices import Projection
from creditfiles.models import OwnAccess, QueryLog
from creditfiles.unusual import unusual
from records.matching import identity_index
from records.models import Subject
from tests.factories.integrity import effective
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import id_number, make_tenure
from tests.people import make_cast

TODAY = date(2026, 11, 25)
PERSONS_NUMBER = make_resident_id("441302", date(1990, 3, 4), 15)
CHECKS = {
    "agency": "representative",
    "official": "id_card",
    "natural_person": "id_card",
    "enterprise": "representative",
}


class OwnStory(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.official = make_tenure(cls.cast.agency, 31, date(2020, 1, 1), name="司徒示例远").official
        cls.colleague = make_tenure(cls.cast.agency, 32, date(2020, 1, 1), name="上官示例近").official
        cls.person = make_subject("欧阳示例", kind="natural_person")
        Subject.objects.filter(pk=cls.person.pk).update(id_number_index=identity_index(PERSONS_NUMBER))
        cls.firm = make_subject("惠州市示例建筑工程有限公司")
        cls.admin = cls.cast.actor("agency_admin")

    def issue(self, subject: Subject, actor: Any = None, **given: Any) -> tuple[OwnAccess, str]:
        asked = {"identity_check": CHECKS[subject.kind], "evidence": "居民身份证原件", "today": TODAY, **given}
        return services.issue_own_access(subject.pk, actor=actor or self.cast.office, **asked)

    def refused(self, code: str, number: str, today: date = TODAY) -> str:
        with pytest.raises(Invalid) as refusal:
            services.open_own(code, number, today=today)
        assert refusal.value.code == "not_opened" and refusal.value.fields == {}
        return refusal.value.message


class IssueTests(OwnStory):
    def test_the_office_issues_to_anybody_and_the_code_is_kept_nowhere(self) -> None:
        for subject in (self.official, self.person, self.firm):
            access, code = self.issue(subject)
            assert len(code) == 19 and access.last_day == TODAY + timedelta(days=30)
            assert access.digest == own.digest_of(code) and code not in str(
                OwnAccess.objects.values().get(pk=access.pk)
            )
            event = AuditEvent.objects.get(action="creditfiles.own_issued", object_id=access.pk)
            assert code not in f"{event.changes}{event.reason}{event.object_label}"
            assert "居民身份证原件" in event.reason

    def test_an_agencys_administrator_issues_to_officials_who_work_there_now_and_to_nobody_else(self) -> None:
        access, _ = self.issue(self.official, self.admin, identity_check="agency")
        assert access.issuer == self.cast.agency.name
        other = make_tenure(self.cast.other_agency, 33, date(2020, 1, 1)).official
        gone = make_tenure(self.cast.agency, 34, date(2019, 1, 1), ended_on=date(2025, 1, 1)).official
        with pytest.raises(NotFound):
            self.issue(other, self.admin, identity_check="agency")
        for subject in (gone, self.firm, self.cast.agency):
            with pytest.raises(NotAllowed, match="现任公务员"):
                self.issue(subject, self.admin, identity_check="agency")
        for person in ("clerk", "reviewer", "auditor", "system_admin", "security_admin"):
            with pytest.raises((NotAllowed, NotFound)):
                self.issue(self.official, self.cast.actor(person))

    def test_nobody_issues_to_himself(self) -> None:
        for actor, check in ((self.admin, "agency"), (self.cast.office, "id_card")):
            same = make_tenure(self.cast.agency, 35, date(2020, 1, 1), name=actor.name).official
            with pytest.raises(NotAllowed, match="不能给自己"):
                self.issue(same, actor, identity_check=check)
            Subject.objects.filter(pk=same.pk).update(id_number_index=None)

    def test_without_identification_there_is_no_code(self) -> None:
        for given in ({"identity_check": ""}, {"identity_check": "representative"}, {"identity_check": "agency"},
                      {"evidence": " "}, {"evidence": f"身份证{PERSONS_NUMBER}"}):  # fmt: skip
            with pytest.raises(Invalid):
                self.issue(self.person, **given)
        with pytest.raises(WrongState, match="补登证件号码"):
            self.issue(make_subject("无号码示例", kind="natural_person"))
        assert not OwnAccess.objects.exists()

    def test_an_administrator_neither_sees_nor_revokes_what_was_fetched_at_the_office(self) -> None:
        fetched, _ = self.issue(self.official)
        handed, _ = self.issue(self.official, self.admin, identity_check="agency")
        assert list(OwnAccess.objects.visible_to(self.admin)) == [handed]
        with pytest.raises(NotFound):
            services.revoke_own_access(fetched.pk, reason="不需要了", actor=self.admin)
        assert services.revoke_own_access(handed.pk, reason="遗失", actor=self.admin).revoked_at
        assert services.revoke_own_access(fetched.pk, reason="遗失", actor=self.cast.office).revoked_at
        assert AuditEvent.objects.filter(action="creditfiles.own_revoked", reason="遗失").count() == 2


class OpenTests(OwnStory):
    def test_each_opens_its_own_version_with_its_own_number(self) -> None:
        record = effective(self.cast, self.official)
        for subject, number in (
            (self.official, id_number(31)), (self.person, f" {PERSONS_NUMBER.lower()} "), (self.firm, self.firm.code),
        ):  # fmt: skip
            access, code = self.issue(subject)
            opened = services.open_own(code.lower().replace("-", " "), number or "", today=TODAY)
            query = QueryLog.objects.get(pk=opened.query.pk)
            assert (query.subject_id, query.user_id, query.projection) == (subject.pk, None, Projection.OWN)
            assert query.purpose == "subject_request" and str(access) in query.reference
            assert query.door == "portal" and opened.actor.unit_ids == {subject.pk}
            access.refresh_from_db()
            assert access.last_used_at and access.failures == 0
            assert AuditEvent.objects.filter(action="creditfiles.own_opened", object_id=access.pk).count() == 1
        looks = QueryLog.objects.get(subject=self.official)
        assert looks.shown == {"政务失信": 1} and record.pk

    def test_the_same_sentence_whatever_was_wrong(self) -> None:
        """Unknown, another's, mistyped, over, revoked, locked: nobody learns which half was right."""
        access, code = self.issue(self.official)
        _, others = self.issue(self.colleague)
        revoked, gone = self.issue(self.official)
        services.revoke_own_access(revoked.pk, reason="遗失", actor=self.cast.office)
        locked, shut = self.issue(self.official)
        OwnAccess.objects.filter(pk=locked.pk).update(locked_at=locked.issued_at)
        told = {
            self.refused("0000-0000-0000-0000", id_number(31)),
            self.refused("不是查阅码", id_number(31)),
            self.refused(code, id_number(32)),
            self.refused(code, ""),
            self.refused(code, "司徒示例远"),
            self.refused(others, id_number(31)),
            self.refused(gone, id_number(31)),
            self.refused(shut, id_number(31)),
            self.refused(code, id_number(31), access.last_day + timedelta(days=1)),
        }
        assert len(told) == 1 and "信用办" in told.pop()
        assert not QueryLog.objects.exists()
        assert services.open_own(code, id_number(31), today=access.last_day)

    def test_five_wrong_numbers_lock_the_code_for_good(self) -> None:
        access, code = self.issue(self.official)
        for n in range(4):
            self.refused(code, id_number(40 + n))
        assert services.open_own(code, id_number(31), today=TODAY)
        self.refused(code, id_number(50))  # counted over the whole life of the code
        access.refresh_from_db()
        assert access.failures == 5 and access.locked_at
        self.refused(code, id_number(31))
        access.refresh_from_db()
        assert access.failures == 5
        trail = AuditEvent.objects.filter(object_id=access.pk, object_type="creditfiles.ownaccess")
        assert trail.filter(action="creditfiles.own_refused").count() == 5
        assert trail.filter(action="creditfiles.own_locked").count() == 1

    def test_the_limits_are_those_of_the_rule_of_the_day_of_issue(self) -> None:
        Rule.objects.filter(code=own.RULE).update(value={"days": 3, "failures": 2, "minutes": 5})
        access, code = self.issue(self.firm)
        Rule.objects.create(
            code=own.RULE, title="本人查阅码", value={"days": 9, "failures": 9, "minutes": 9}, basis="《测试》",
            in_force_from=TODAY,
        )  # fmt: skip
        assert access.last_day == TODAY + timedelta(days=3)
        for _ in range(2):
            self.refused(code, "91441300MA0000000X")
        access.refresh_from_db()
        assert access.locked_at

    def test_a_body_known_by_an_older_code_only_proves_itself_by_it(self) -> None:
        firm = make_subject("惠州市旧码示例厂")
        Subject.objects.filter(pk=firm.pk).update(code=None)
        with pytest.raises(WrongState, match="统一社会信用代码"):
            self.issue(firm)
        firm.identifiers.create(scheme="organisation_code", value="123456789")
        _, code = self.issue(firm)
        assert services.open_own(code, "123456789", today=TODAY)

    def test_the_report_is_of_the_own_version_and_for_nobody_else(self) -> None:
        published_penalty(self.cast, self.firm)
        _, code = self.issue(self.firm, today=None)
        opened = services.open_own(code, self.firm.code or "")
        report = services.issue_report(opened.query, actor=opened.actor)
        assert (report.projection, report.subject_id) == ("own", self.firm.pk)
        _, others = self.issue(self.official, today=None)
        stranger = services.open_own(others, id_number(31))
        with pytest.raises(NotAllowed):
            services.issue_report(opened.query, actor=stranger.actor)
        with pytest.raises(NotAllowed):
            services.issue_report(opened.query, actor=self.cast.office)

    def test_what_was_opened_ends_with_the_code_and_with_the_day(self) -> None:
        access, code = self.issue(self.firm, today=None)
        opened = services.open_own(code, self.firm.code or "")
        day = opened.query.at.astimezone().date()
        again = own.opened(access.pk, opened.query.pk, day=day)
        assert again and again.query.subject_id == self.firm.pk
        assert own.opened(access.pk, opened.query.pk, day=day + timedelta(days=1)) is None
        other, _ = self.issue(self.official, today=None)
        assert own.opened(other.pk, opened.query.pk, day=day) is None  # another's code, another's look
        look = services.open_file(
            self.firm, purpose="subject_request", legal_basis="《实施方案》", reference="1号", actor=self.cast.office
        )
        assert own.opened(access.pk, look.pk, day=day) is None  # a look of the staff is no look of the subject
        services.revoke_own_access(access.pk, reason="遗失", actor=self.cast.office)
        assert own.opened(access.pk, opened.query.pk, day=day) is None

    def test_many_subjects_at_night_are_nothing_unusual(self) -> None:
        Rule.objects.filter(code="lookup.unusual").update(
            value={"days": 30, "from_hour": 0, "to_hour": 0, "off_hours": 1, "per_person": 1, "lists": 1,
                   "same_subject": 1, "unused": 1}
        )  # fmt: skip
        _, code = self.issue(self.firm, today=None)
        day = services.open_own(code, self.firm.code or "").query.at.date()
        assert unusual(day + timedelta(days=1)).rows == ()
