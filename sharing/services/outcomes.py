"""What an answer means for each delivery, for the batch and for the platform; written in one transaction.

Retried: no connection, no complete answer, 5xx, 429. Final: a refused item, or a refused batch of one. A refused
recall is never final: withdrawing is a duty (行政处罚法第四十八条), so it is chased with growing waits.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from core.locks import locked
from sharing.choices import AttemptOutcome as O
from sharing.choices import Operation
from sharing.client import Answer, Unreachable
from sharing.lifecycle import DELIVERY, supersede
from sharing.models import CIRCUIT_THRESHOLD, Attempt, Delivery, Platform
from sharing.payload import Item, Parcel
from sharing.services.claims import ASK, Batch
from sharing.services.writing import write_group

# Waits after the 1st, 2nd … failed try of a delivery, in seconds; the last one goes on for ever.
RETRY_WAITS = (10, 30, 120, 600, 1800, 3600)
# A platform that fails again and again is left alone: 30 s, doubled up to half an hour.
FIRST_PAUSE, LONGEST_PAUSE = 30, 1800
# Accepted items are asked about after 10 s, then at ever longer distances, hourly at most.
FIRST_QUESTION, LAST_QUESTION = 10, 3600
# A refused recall is tried again after ten minutes at the soonest.
RECALL_WAIT = 600
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

    @property
    def go_on(self) -> bool:
        """The platform dealt with this batch, so it may be given the next one."""
        return self.outcome in (O.ANSWERED, O.REJECTED)


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
def record(batch: Batch, result: Result, verdict: Verdict, *, now: datetime) -> Counter[str]:
    """Write what came of a batch; counts by result.

    Deliveries whose claim was meanwhile taken away are left alone: whoever holds them now asks again, and gets the
    same answer by the idempotency key.
    """
    desk = _Desk(verdict, batch.attempt.purpose, len(result.items), now)
    parcels = {parcel.id: parcel for parcel in batch.parcels}
    for item in result.incomplete:
        desk.refuse_incomplete(parcels[item.delivery_id], item)
    desk.settle([parcels[item.delivery_id] for item in result.items], result.items)
    for fate, rows in desk.groups.items():
        write_group(batch.attempt, fate.values(now), rows)
    if desk.counts["retry"]:
        supersede(Delivery.objects.filter(pk__among=parcels.keys()))
    _close(batch.attempt, verdict, result, desk.counts, now)
    if result.answer is not None:
        _note(batch.attempt.platform_id, verdict, now)
    return desk.counts


class Fate(NamedTuple):
    """What becomes of a delivery. Most of a batch share one, so that one statement writes them all."""

    state: str
    attempts: int
    next_try_at: datetime | None
    accepted_at: datetime | None
    resends: int
    receipt: tuple[str, str, str] | None = None

    def values(self, now: datetime) -> dict[str, Any]:
        values = {
            "state": self.state,
            "attempts": self.attempts,
            "next_try_at": self.next_try_at,
            "accepted_at": self.accepted_at,
            "resends": self.resends,
            "claimed_at": None,
        }
        if self.receipt is not None:
            code, column, text = self.receipt
            values |= {"receipt_code": code, "receipt_column": column, "receipt_text": text, "receipt_at": now}
        return values


class _Decision(NamedTuple):
    """What became of an item, in the counts' words, and what that makes of its delivery."""

    word: str
    fate: Fate


class _Desk:
    """Gives every delivery of a batch its fate. Items of one batch that wait, wait equally long."""

    def __init__(self, verdict: Verdict, purpose: str, size: int, now: datetime):
        self.verdict, self.asking, self.size, self.now = verdict, purpose == ASK, size, now
        self.counts: Counter[str] = Counter()
        self.groups: dict[Fate, list[tuple[int, str]]] = defaultdict(list)
        self.jitter = random.uniform(0.8, 1.2)  # noqa: S311 - not a secret; spreads batches that failed together
        # Most of a batch are alike, before and after: decided once.
        self.decided: dict[tuple[Any, ...], _Decision] = {}
        self.read: dict[tuple[Any, ...], tuple[str, str, str, str]] = {}

    def settle(self, parcels: Sequence[Parcel], items: Sequence[Item]) -> None:
        answers = self.verdict.answers or {}
        for parcel, item in zip(parcels, items, strict=True):
            told = self._told(answers.get(item.key) or {})
            alike = (parcel.operation, parcel.state, parcel.attempts, parcel.resends, parcel.accepted_at, told)
            decision = self.decided.get(alike)
            if decision is None:
                decision = self.decided[alike] = self._decided(parcel, told[0], told[1:])
            self._put(decision, item)

    def _told(self, answer: Mapping[str, Any]) -> tuple[str, str, str, str]:
        """Status, code, column and text of an answer, cleaned; a platform says the same of most items."""
        raw: tuple[Any, ...] = (answer.get("status"), answer.get("code"), answer.get("column"), answer.get("text"))
        try:
            if told := self.read.get(raw):
                return told
        except TypeError:  # a list or an object where a text should stand
            raw = tuple(str(said or "") for said in raw)
        status, code, column, text = raw
        told = self.read[raw] = (_text(status, 20), _text(code, 20), _text(column, 40), _text(text, 500))
        return told

    def refuse_incomplete(self, parcel: Parcel, item: Item) -> None:
        self._put(self._refused(parcel, (INCOMPLETE_CODE, *(item.missing or ("", "")))), item)

    def _put(self, decision: _Decision, item: Item) -> None:
        self.groups[decision.fate].append((item.delivery_id, item.digest))
        self.counts[decision.word] += 1

    def _decided(self, parcel: Parcel, status: str, receipt: tuple[str, str, str]) -> _Decision:
        outcome = self.verdict.outcome
        if outcome == O.ANSWERED:
            return self._answered(parcel, status, receipt)
        if outcome == O.REJECTED and self.size == 1:
            return self._refused(parcel, ("HTTP", "", self.verdict.message))
        if outcome == O.REJECTED:
            return self._again(parcel, 0)  # in smaller batches, until the culprit is alone
        if outcome in (O.BUSY, O.LOCKED_OUT):
            return _decision(parcel, "retry", next_try_at=self._after(self.verdict.wait))
        return self._again(parcel, self._wait(parcel))

    def _answered(self, parcel: Parcel, status: str, receipt: tuple[str, str, str]) -> _Decision:
        recall = parcel.operation == Operation.RECALL
        match status:
            case "stored" if recall:
                return self._final(parcel, "recalled", "acknowledge", receipt)
            case "stored":
                return self._final(parcel, "stored", "store", receipt)
            case "accepted":
                return self._accepted(parcel, receipt)
            case "refused":
                return self._refused(parcel, receipt)
            case "unknown" if self.asking:
                state = parcel.state if recall else _target(parcel, "lose")
                return _decision(parcel, "retry", state=state, accepted_at=None, next_try_at=self.now)
            case _:
                return self._again(parcel, self._wait(parcel))

    def _accepted(self, parcel: Parcel, receipt: tuple[str, str, str]) -> _Decision:
        first = parcel.accepted_at or self.now
        waited = (self.now - first).total_seconds()
        return _decision(
            parcel, "accepted",
            state=parcel.state if parcel.operation == Operation.RECALL else _target(parcel, "accept"),
            attempts=self._tries(parcel),
            accepted_at=first,
            next_try_at=self._after(min(max(waited, FIRST_QUESTION), LAST_QUESTION)),
            receipt=receipt,
        )  # fmt: skip

    def _refused(self, parcel: Parcel, receipt: tuple[str, str, str]) -> _Decision:
        if parcel.operation == Operation.UPSERT:
            return self._final(parcel, "refused", "refuse", receipt)
        # A recall goes on, under a new key: the platform must look at it again, not repeat its refusal.
        return _decision(
            parcel, "refused",
            attempts=parcel.attempts + 1,
            accepted_at=None,
            next_try_at=self._after(max(self._wait(parcel), RECALL_WAIT)),
            resends=parcel.resends + 1,
            receipt=receipt,
        )  # fmt: skip

    def _final(self, parcel: Parcel, count: str, transition: str, receipt: tuple[str, str, str]) -> _Decision:
        return _decision(
            parcel, count,
            state=_target(parcel, transition), attempts=self._tries(parcel), accepted_at=None, receipt=receipt,
        )  # fmt: skip

    def _again(self, parcel: Parcel, wait: float) -> _Decision:
        return _decision(parcel, "retry", attempts=self._tries(parcel), next_try_at=self._after(wait))

    def _tries(self, parcel: Parcel) -> int:
        """Asking is not a try."""
        return parcel.attempts if self.asking else parcel.attempts + 1

    def _wait(self, parcel: Parcel) -> float:
        return RETRY_WAITS[min(parcel.attempts, len(RETRY_WAITS) - 1)] * self.jitter

    def _after(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)


def _decision(
    parcel: Parcel,
    word: str,
    *,
    state: str = "",
    attempts: int | None = None,
    next_try_at: datetime | None = None,
    accepted_at: Any = ...,
    resends: int | None = None,
    receipt: tuple[str, str, str] | None = None,
) -> _Decision:
    """What is not given stays as it is."""
    fate = Fate(
        state or parcel.state,
        parcel.attempts if attempts is None else attempts,
        next_try_at,
        parcel.accepted_at if accepted_at is ... else accepted_at,
        parcel.resends if resends is None else resends,
        receipt,
    )
    return _Decision(word, fate)


def _text(said: Any, length: int) -> str:
    """What a platform says, cut to the room we have for it."""
    return str(said or "").replace("\x00", "")[:length]


def _target(parcel: Parcel, transition: str) -> str:
    """Where this transition leads; from a state it does not know, the delivery stays where it is."""
    step = DELIVERY.transition(transition)
    return step.target if parcel.state in step.sources else parcel.state


def _close(attempt: Attempt, verdict: Verdict, result: Result, counts: Counter[str], now: datetime) -> None:
    attempt.outcome, attempt.message, attempt.finished_at = verdict.outcome, verdict.message[:500], now
    attempt.http_status = result.answer.status if isinstance(result.answer, Answer) else None
    attempt.stored = counts["stored"] + counts["recalled"]
    attempt.accepted, attempt.refused = counts["accepted"], counts["refused"]
    attempt.save()


def _note(platform_id: int, verdict: Verdict, now: datetime) -> None:
    """The platform's circuit: closed by any proper answer, opened by failures in a row or by a plain request."""
    if verdict.go_on:
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
