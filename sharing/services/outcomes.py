"""What an answer means for each delivery, for the batch and for the platform; written in one transaction.

Retried: no connection, no complete answer, 5xx, 429. Final: a refused item, or a refused batch of one. A refused
recall is never final: withdrawing is a duty (行政处罚法第四十八条), so it is chased with growing waits.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core.bulk import update_rows
from core.locks import locked
from sharing.choices import AttemptOutcome as O
from sharing.choices import Operation
from sharing.client import Answer, Unreachable
from sharing.lifecycle import DELIVERY, advance
from sharing.models import CIRCUIT_THRESHOLD, Attempt, Delivery, Platform
from sharing.payload import Item
from sharing.services.claims import ASK, Batch, still_ours

# Waits after the 1st, 2nd … failed try of a delivery, in seconds; the last one goes on for ever.
RETRY_WAITS = (10, 30, 120, 600, 1800, 3600)
# A platform that fails again and again is left alone: 30 s, doubled up to half an hour.
FIRST_PAUSE, LONGEST_PAUSE = 30, 1800
# Accepted items are asked about after 10 s, then at ever longer distances, hourly at most.
FIRST_QUESTION, LAST_QUESTION = 10, 3600
INCOMPLETE_CODE = "1002"


@dataclass(frozen=True, slots=True)
class Result:
    """What a batch brought: the answer to `items` (None when there was nothing to send), and items not sendable."""

    answer: Answer | Unreachable | None
    items: Sequence[Item]
    incomplete: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How to read an answer. `answers`: by idempotency key, when the platform dealt with the items one by one."""

    outcome: str
    message: str = ""
    answers: Mapping[str, Mapping[str, Any]] | None = None
    wait: int = 0


def judge(result: Result, purpose: str) -> Verdict:
    answer = result.answer
    if answer is None:
        return Verdict(O.ANSWERED, "未发送：各项均未通过报送前检查", {})
    if isinstance(answer, Unreachable):
        return Verdict(O.UNREACHABLE, str(answer))
    if answer.status == 200:
        answers = _answers(answer)
        return Verdict(O.FAILED, "平台的答复不完整，无法读取") if answers is None else Verdict(O.ANSWERED, "", answers)
    if answer.status == 429:
        return Verdict(O.BUSY, answer.message, wait=answer.retry_after or FIRST_PAUSE)
    if answer.status in (401, 403):
        return Verdict(O.LOCKED_OUT, answer.message, wait=LONGEST_PAUSE)
    if 400 <= answer.status < 500 and purpose != ASK:
        return Verdict(O.REJECTED, answer.message)
    return Verdict(O.FAILED, answer.message)


def _answers(answer: Answer) -> dict[str, Mapping[str, Any]] | None:
    results = (answer.body or {}).get("results")
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        return None
    return {str(one.get("key")): one for one in results}


@transaction.atomic
def record(batch: Batch, result: Result, *, now: datetime) -> tuple[Counter[str], bool]:
    """Write what came of a batch; counts by result, and whether to go on sending.

    Deliveries whose claim was meanwhile taken away are left alone: whoever holds them now asks again, and gets the
    same answer by the idempotency key.
    """
    verdict = judge(result, batch.attempt.purpose)
    ours = set(still_ours(batch))
    deliveries = {d.pk: d for d in batch.deliveries if d.pk in ours}
    desk = _Desk(verdict, batch.attempt.purpose, len(result.items), now)
    for item in result.incomplete:
        if item.delivery_id in deliveries:
            desk.refuse(deliveries[item.delivery_id], item, INCOMPLETE_CODE, *(item.missing or ("", "")))
    for item in result.items:
        if item.delivery_id in deliveries:
            desk.settle(deliveries[item.delivery_id], item)
    update_rows(Delivery, COLUMNS, desk.rows)
    if desk.counts["retry"]:
        advance(Delivery.objects.filter(pk__in=list(deliveries)).outdated(), "supersede")
    _close(batch.attempt, verdict, result, desk.counts, now)
    if result.answer is not None:
        _note(batch.attempt.platform_id, verdict, now)
    return desk.counts, verdict.outcome in (O.ANSWERED, O.REJECTED)


COLUMNS = (
    "state", "attempts", "next_try_at", "claimed_at", "accepted_at", "resends", "receipt_code", "receipt_column",
    "receipt_text", "receipt_at", "digest",
)  # fmt: skip


class _Desk:
    """Turns one verdict into rows of COLUMNS."""

    def __init__(self, verdict: Verdict, purpose: str, size: int, now: datetime):
        self.verdict, self.purpose, self.size, self.now = verdict, purpose, size, now
        self.counts: Counter[str] = Counter()
        self.rows: list[tuple[Any, ...]] = []

    def settle(self, delivery: Delivery, item: Item) -> None:
        outcome = self.verdict.outcome
        if outcome == O.ANSWERED:
            self._answered(delivery, item, (self.verdict.answers or {}).get(item.key) or {})
        elif outcome == O.REJECTED and self.size == 1:
            self.refuse(delivery, item, "HTTP", "", self.verdict.message)
        elif outcome == O.REJECTED:
            self._again(delivery, 0)  # in smaller batches, until the culprit is alone
        elif outcome in (O.BUSY, O.LOCKED_OUT):
            self._row(delivery, next_try_at=self._after(self.verdict.wait), count="retry")
        else:
            self._again(delivery, _wait(delivery.attempts + 1))

    def _answered(self, delivery: Delivery, item: Item, answer: Mapping[str, Any]) -> None:
        receipt = [str(answer.get(name) or "") for name in ("code", "column", "text")]
        match answer.get("status"):
            case "stored":
                recall = delivery.operation == Operation.RECALL
                self._final(delivery, item, "acknowledge" if recall else "store", receipt)
                self.counts["recalled" if recall else "stored"] += 1
            case "accepted":
                self._accepted(delivery, item, receipt)
            case "refused":
                self.refuse(delivery, item, *receipt)
            case "unknown" if self.purpose == ASK:
                target = delivery.state if delivery.operation == Operation.RECALL else _target(delivery, "lose")
                self._row(delivery, state=target, accepted_at=None, next_try_at=self.now, count="retry")
            case _:
                self._again(delivery, _wait(delivery.attempts + 1))

    def _accepted(self, delivery: Delivery, item: Item, receipt: Sequence[str]) -> None:
        first = delivery.accepted_at or self.now
        waited = (self.now - first).total_seconds()
        question = self._after(min(max(waited, FIRST_QUESTION), LAST_QUESTION))
        state = delivery.state
        if delivery.operation == Operation.UPSERT and delivery.accepted_at is None:
            state = _target(delivery, "accept")
        sent = self.purpose != ASK
        self._row(
            delivery, state=state, attempts=delivery.attempts + sent, accepted_at=first, next_try_at=question,
            receipt=receipt, digest=item.digest, count="accepted",
        )  # fmt: skip

    def refuse(self, delivery: Delivery, item: Item, code: str, column: str, text: str) -> None:
        receipt = (code or "—", column, text)
        if delivery.operation == Operation.UPSERT:
            self._final(delivery, item, "refuse", receipt)
        else:
            # A new idempotency key: the platform must look at it again, not repeat its refusal.
            wait = max(_wait(delivery.attempts + 1), 600)
            self._row(
                delivery, attempts=delivery.attempts + 1, accepted_at=None, next_try_at=self._after(wait),
                resends=delivery.resends + 1, receipt=receipt,
            )  # fmt: skip
        self.counts["refused"] += 1

    def _final(self, delivery: Delivery, item: Item, transition: str, receipt: Sequence[str]) -> None:
        attempts = delivery.attempts + (self.purpose != ASK)
        state = _target(delivery, transition)
        self._row(delivery, state=state, attempts=attempts, accepted_at=None, receipt=receipt, digest=item.digest)

    def _again(self, delivery: Delivery, wait: float) -> None:
        tries = delivery.attempts + (self.purpose != ASK)
        self._row(delivery, attempts=tries, next_try_at=self._after(wait), count="retry")

    def _after(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def _row(self, d: Delivery, *, receipt: Sequence[str] | None = None, count: str = "", **changes: Any) -> None:
        code, column, text = receipt or (d.receipt_code, d.receipt_column, d.receipt_text)
        read = {name: changes.get(name, getattr(d, name)) for name in COLUMNS[:6]}
        self.rows.append(
            (
                d.pk, read["state"], read["attempts"], read["next_try_at"], None, read["accepted_at"], read["resends"],
                code[:20], column[:40], text[:500], self.now if receipt else d.receipt_at,
                changes.get("digest", d.digest),
            )
        )  # fmt: skip
        if count:
            self.counts[count] += 1


def _target(delivery: Delivery, transition: str) -> str:
    """Where this transition leads; from a state it does not know, the delivery stays where it is."""
    step = DELIVERY.transition(transition)
    return step.target if delivery.state in step.sources else delivery.state


def _wait(tries: int) -> float:
    """With a fifth of jitter, so that what failed together does not come back together."""
    return RETRY_WAITS[min(tries, len(RETRY_WAITS)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - not a secret


def _close(attempt: Attempt, verdict: Verdict, result: Result, counts: Counter[str], now: datetime) -> None:
    attempt.outcome, attempt.message, attempt.finished_at = verdict.outcome, verdict.message[:500], now
    attempt.http_status = result.answer.status if isinstance(result.answer, Answer) else None
    attempt.stored = counts["stored"] + counts["recalled"]
    attempt.accepted, attempt.refused = counts["accepted"], counts["refused"]
    attempt.save()


def _note(platform_id: int, verdict: Verdict, now: datetime) -> None:
    """The platform's circuit: closed by any proper answer, opened by failures in a row or by a plain request."""
    if verdict.outcome in (O.ANSWERED, O.REJECTED):
        Platform.objects.filter(pk=platform_id).update(
            failures=0, circuit_open_until=None, circuit_reason="", last_contact_at=now
        )
        return
    if verdict.outcome in (O.BUSY, O.LOCKED_OUT):
        pause(platform_id, verdict.message, now=now, seconds=verdict.wait)
        return
    platform = locked(Platform.objects.all(), platform_id)
    platform.failures += 1
    platform.last_failure_at, platform.last_failure = now, verdict.message[:500]
    if platform.failures >= CIRCUIT_THRESHOLD:
        doubled = FIRST_PAUSE * 2 ** min(platform.failures - CIRCUIT_THRESHOLD, 10)
        wait = min(doubled, LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - not a secret
        platform.circuit_open_until = now + timedelta(seconds=wait)
        platform.circuit_reason = f"连续 {platform.failures} 次失败：{verdict.message}"[:500]
    platform.save()


def pause(platform_id: int, reason: str, *, now: datetime, seconds: int = LONGEST_PAUSE) -> None:
    """Leave a platform alone for a while because of something that sending again at once cannot change."""
    Platform.objects.filter(pk=platform_id).update(
        circuit_open_until=now + timedelta(seconds=seconds),
        circuit_reason=reason[:500],
        last_failure_at=now,
        last_failure=reason[:500],
    )
