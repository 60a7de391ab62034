"""Publication rules for tests, proposed and approved through the services."""

from datetime import date, timedelta
from typing import Any

from records.models import PublicationProposal, PublicationRule
from records.services import dry_runs, policies
from records.services.policies import NewVersion
from tests.factories.records import TODAY

OPENS = date(2027, 1, 1)


def version(kind: str = "penalty", subject_kind: str = "", tier: str = "", **changes: Any) -> NewVersion:
    """Opens the class whole and for two years from OPENS on, earlier records too; `changes` say otherwise."""
    values: dict[str, Any] = {
        "title": f"{kind} {subject_kind} {tier} 逐步公开", "visibility": "public", "fields": ("*",), "min_months": 3,
        "max_months": 24, "in_force_from": OPENS, "basis": "《惠城区政务诚信信息公开办法》第五条", "edition": "2027",
        "applies_to_earlier": True,
    }  # fmt: skip
    return NewVersion(kind=kind, subject_kind=subject_kind, tier=tier, **{**values, **changes})


def proposed(cast: Any, *versions: NewVersion, today: date = TODAY) -> PublicationProposal:
    return policies.propose_rules(
        versions or [version()], title="逐步公开提案", reason="依法依规逐步公开。", actor=cast.office, today=today
    )


def tried(cast: Any, proposal: PublicationProposal, day: date | None = None, today: date = TODAY) -> Any:
    return dry_runs.start_dry_run(proposal.pk, day or OPENS, actor=cast.second_office, today=today)


def approved(cast: Any, *versions: NewVersion, today: date = TODAY) -> list[PublicationRule]:
    """Proposed by one, tried and approved by the other."""
    proposal = proposed(cast, *versions, today=today)
    tried(cast, proposal, max(r.in_force_from for r in proposal.rules.all()) + timedelta(days=1), today)
    policies.approve_proposal(proposal.pk, actor=cast.second_office, today=today)
    return list(proposal.rules.order_by("pk"))
