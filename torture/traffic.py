"""What goes on all the time while processes die: records are reported, approved, disputed and withdrawn over HTTP."""

import json
import threading
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.choices import Role
from accounts.models import RoleGrant, User
from demo.agencies import by_key
from demo.decisions import Maker
from demo.parties import make_parties
from demo.subjects import create_agencies
from demo.workbooks import national, write_workbook
from records.choices import RecordKindCode
from records.models import ChangeRequest, CreditRecord, Membership, Subject
from records.people import actor_for
from records.services.keys import issue_key
from torture.people import PASSWORD, Department, Person, Reply

KIND = RecordKindCode.PENALTY
PEOPLE = {"clerk": Role.CLERK, "reviewer": Role.REVIEWER, "office": Role.CREDIT_OFFICE, "system": Role.SYSTEM_ADMIN}


def rows(random: Random, count: int, first: int) -> list[dict[str, str]]:
    """Penalties of bodies, decided during the last days, as a clerk would type them; all are to be published."""
    today = timezone.localdate()
    parties = make_parties(random, range(first, first + max(20, count // 4)), today=today)
    maker = Maker(random, [p for p in parties if p.code], [by_key()["market"]], first_number=first)
    maker.cases.only(KIND)
    found: list[dict[str, str]] = []
    while len(found) < count:
        decision = maker.between(today - timedelta(days=9), today - timedelta(days=2))
        if not decision.details["simple_procedure"]:
            found.append(decision.as_form())
    return found


def as_sent(row: dict[str, str]) -> dict[str, str]:
    codes = national(KIND)
    return {codes[name]: value for name, value in row.items() if value and name in codes}


def workbook(path: Path, random: Random, count: int, first: int) -> bytes:
    write_workbook(path, KIND, rows(random, count, first), national)
    return path.read_bytes()


def create_people() -> tuple[Subject, str]:
    """An agency with its people, and the key of its system."""
    agency = create_agencies()["market"]
    for name, role in PEOPLE.items():
        user = User.objects.create_user(name, password=PASSWORD, display_name=f"演练{role.label}", is_staff=True)
        RoleGrant.objects.create(user=user, role=role)
        if role in (Role.CLERK, Role.REVIEWER):
            Membership.objects.create(user=user, agency=agency, since=date(2020, 1, 1))
    office = actor_for(User.objects.get(username="office"))
    _, secret = issue_key(agency.pk, name="执法办案系统", actor=office)
    return agency, secret


class Traffic(threading.Thread):
    """Acts until told to stop; `promised` is what the site said it had done."""

    def __init__(self, address: str, secret: str, random: Random) -> None:
        super().__init__(name="traffic", daemon=True)
        self.random, self.secret, self.address = random, secret, address
        self.troubles: Counter[str] = Counter()
        self.promised: Counter[str] = Counter()
        self.batches: list[int] = []
        self.acts: Counter[int] = Counter()
        self.over = threading.Event()
        self.may_go_on = threading.Event()
        self.failure: BaseException | None = None
        self.next_number = 1_000_000

    def sign_in(self) -> None:
        self.system = Department(self.address, self.troubles, self.secret)
        self.clerk, self.reviewer, self.office, self.keeper = (
            Person(self.address, self.troubles).sign_in(name) for name in PEOPLE
        )

    def run(self) -> None:
        try:
            while not self.over.is_set():
                if self.may_go_on.wait(0.1):
                    act = self.random.choices((self.report, self.dispute, self.withdraw), (5, 3, 2))[0]
                    act()
        except BaseException as error:  # the campaign ends with it
            self.failure = error
        finally:
            connection.close()

    def report(self) -> None:
        count = self.random.randint(40, 160)
        sent = [as_sent(row) for row in rows(self.random, count, self.next_number)]
        self.next_number += count + 100
        answer = self.system.report(sent)
        assert answer["accepted"] + answer["duplicate"] == count, answer
        reply = self.reviewer.post(f"/staff/review/batches/{answer['batch']}/", confirmed="approve")
        # 409: the answer of an earlier try was lost, nothing waits any more
        self._done(reply, 302, 409)
        self.batches.append(answer["batch"])
        self.promised["records"] += answer["accepted"]

    def _some(self, count: int) -> list[int]:
        found = list(CreditRecord.objects.filter(status="published").order_by("pk").values_list("pk", flat=True))
        return self.random.sample(found, min(count, len(found)))

    def dispute(self) -> None:
        """受理 one and 办结 the next time it is met."""
        for pk in self._some(self.random.randint(5, 20)):
            self._done(self.office.post(f"/staff/records/{pk}/dispute/", reason="当事人提出异议"), 302)
            self.acts[pk] += 1
            self.promised["disputes"] += 1

    def withdraw(self) -> None:
        chosen = self._some(self.random.randint(2, 8))
        for pk in chosen:
            reply = self.clerk.post(f"/staff/records/{pk}/withdraw/", reason="处罚决定被依法撤销", basis="复议决定")
            self._done(reply, 302, 409)
        proposed = ChangeRequest.objects.filter(record__in=chosen, status="proposed")
        if ids := list(proposed.values_list("pk", flat=True)):
            reply = self.reviewer.post("/staff/changes/selected/", ids=ids, confirmed="1")
            self._done(reply, 302, 400)  # 400: an earlier try had been carried out
            self.acts.update(chosen)
            self.promised["withdrawals"] += len(ids)

    def _done(self, reply: Reply, *expected: int) -> None:
        if reply.status not in expected:
            raise AssertionError(f"{reply.status} {reply.body.decode(errors='replace')[:600]}")


class Follower(threading.Thread):
    """A reader who follows the feed of revisions by its cursor, through everything."""

    def __init__(self, address: str) -> None:
        super().__init__(name="follower", daemon=True)
        self.person = Person(address)
        self.seen: list[int] = []
        self.next = "/api/v1/revisions/?after=0&size=200"
        self.over = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.over.wait(0.3):
                self.read_on()
        except BaseException as error:
            self.failure = error

    def read_on(self) -> None:
        """Everything that there is now."""
        while True:
            reply = self.person.patiently(self.next)
            assert reply.status == 200, reply
            page: dict[str, Any] = json.loads(reply.body)
            self.seen += [row["seq"] for row in page["results"]]
            self.next = page["next"]
            if not page["results"]:
                return
