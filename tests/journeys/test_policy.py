"""One sub-kind is opened by itself: arrears of government bodies, proposed, tried, approved by another person; the day
comes, and nothing else has opened with them. Through the pages, without a browser."""

from datetime import timedelta
from urllib.parse import urlencode

from django.core.management import call_command
from django.test import Client, TestCase
from django.utils import timezone

from core.formats import day
from portal import caching
from records.models import CreditRecord, PublicationProposal, PublicRecord
from tests.factories.integrity import effective, make_official
from tests.people import make_cast

TODAY = timezone.localdate()
OPENS = TODAY + timedelta(days=30)
DECIDED = TODAY - timedelta(days=60)
CLASS = {"kind": "dishonesty", "category": "arrears", "subject_kind": "agency", "tier": "general"}
TYPED = {
    "proposal_title": "公开政府机构的拖欠账款信息", "reason": "依法依规逐步公开。", "title": "政府机构一般拖欠账款公开",
    "visibility": "public", "fields_": ["measure", "loss", "effect"], "max_months": "24",
    "in_force_from": OPENS.isoformat(), "applies_to_earlier": "on", "edition": "2026",
    "basis": "《保障中小企业款项支付条例》第五条",
}  # fmt: skip


class ArrearsJourney(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.arrears = [cls.found("arrears.payment") for _ in range(2)]
        cls.breach, cls.minor = cls.found("breach.contract"), cls.found("arrears.payment", tier="minor")
        cls.official = effective(cls.cast, make_official(7), "discipline.warning", today=TODAY, **cls.days())

    @staticmethod
    def days() -> dict[str, str]:
        decided = DECIDED.isoformat()
        return {
            "decided_on": decided,
            "effective_from": decided,
            "acted_from": (DECIDED - timedelta(days=90)).isoformat(),
        }

    @classmethod
    def found(cls, measure: str, **changes: str) -> CreditRecord:
        return effective(cls.cast, cls.cast.other_agency, measure, today=TODAY, **{**cls.days(), **changes})

    def client_of(self, person: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[person])
        return client

    def proposed(self) -> PublicationProposal:
        response = self.client_of("office").post(f"/staff/policy/new/?{urlencode(CLASS)}", TYPED)
        assert response.status_code == 302, response.content.decode()
        return PublicationProposal.objects.get()

    def published(self) -> set[int]:
        return set(PublicRecord.objects.values_list("pk", flat=True))

    def test_arrears_open_next_month_and_no_breach_with_them(self) -> None:
        assert {r.category for r in self.arrears} == {"arrears"} and self.breach.category == "breach"
        found = self.proposed()
        at, second = f"/staff/policy/{found.pk}/", self.client_of("second_office")
        assert "政务失信（拖欠账款） · 政府机构 · 一般" in second.get(at).content.decode()
        second.post(f"{at}dry-run/", {"day": OPENS.isoformat()})
        run = found.dry_runs.get()
        mine = {r.pk for r in self.arrears}
        assert set(run.rows.values_list("record", "effect")) == {(pk, "appears") for pk in mine}
        assert "政务失信（拖欠账款）" in second.get(f"/staff/dry-runs/{run.pk}/").content.decode()
        file = b"".join(second.get(f"/staff/dry-runs/{run.pk}/export.csv").streaming_content)  # type: ignore[arg-type]
        assert file.decode("utf-8-sig").count("拖欠账款,") == 2
        second.post(at, {"decision": "ratify", "opinion": "同意"})
        found.refresh_from_db()
        assert found.status == "approved" and found.rules.get().code == "dishonesty.agency.arrears.general"
        caching.clear()
        page = self.client.get("/integrity/").content.decode()
        assert "接下来公开什么" in page and "政务失信（拖欠账款）（一般）" in page and day(OPENS) in page
        for eve in (TODAY, OPENS - timedelta(days=1)):
            call_command("daily_sweep", "--day", eve.isoformat())
        assert not self.published()
        call_command("daily_sweep", "--day", OPENS.isoformat())
        assert self.published() == mine
        caching.clear()
        page = self.client.get("/integrity/").content.decode()
        assert all(f"/records/{pk}/" in page for pk in mine) and f"/records/{self.breach.pk}/" not in page

    def test_a_sub_kind_of_another_kind_is_refused_in_words(self) -> None:
        wrong = urlencode({**CLASS, "kind": "penalty"})
        at = f"/staff/policy/{self.proposed().pk}/"
        for path in (f"/staff/policy/new/?{wrong}", f"{at}add/?{wrong}"):
            response = self.client_of("office").get(path)
            assert response.status_code == 400
            assert "行政处罚没有这个细类，请改选" in response.content.decode()
