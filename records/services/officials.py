"""Officials and their posts: one way in for form, workbook and API, set-based, each with its row in the trail."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from core import audit
from core.actors import Actor
from core.bulk import insert_rows, reserve_ids, update_rows
from core.errors import Invalid, NotAllowed, WrongState
from core.locks import locked, one_at_a_time
from core.search import terms_literal
from core.text import fold_text
from records.choices import OfficialState, SubjectKind, Verification
from records.models import OfficialProfile, Subject, SubjectName, Tenure
from records.permissions import may_keep_registry
from records.rosters import Comparison, Outcome, Post, compare

TENURE = (
    "id",
    "official",
    "agency",
    "post",
    "rank",
    "is_head",
    "is_concurrent",
    "started_on",
    "ended_on",
    "instrument",
)
PERSON = ("id", "kind", "name", "name_folded", "verification", "id_type", "id_number", "id_number_index", "terms")
# The trail of an official tells of all posts too.
OFFICIAL = OfficialProfile._meta.label_lower
EDITABLE = ("post", "rank", "is_head", "is_concurrent", "started_on", "ended_on", "instrument")


@transaction.atomic
def enter_posts(posts: Sequence[Post], *, actor: Actor, today: date, reason: str = "") -> list[Comparison]:
    """登记公务员和任职: what is new or changed is written, what is refused stays out and says why.

    Raises NotAllowed when one of the agencies is not this actor's to keep.
    """
    for agency_id in {p.agency_id for p in posts}:
        if refusal := may_keep_registry(agency_id, actor):
            raise NotAllowed("not_allowed", refusal)
    one_at_a_time("officials")
    found = compare(posts, today=today)
    _create_officials([c for c in found if c.outcome == Outcome.NEW and c.official_id is None], actor)
    _create_tenures([c for c in found if c.outcome == Outcome.NEW], actor, reason)
    _change_tenures([c for c in found if c.outcome == Outcome.CHANGED], actor, reason)
    _set_states([c for c in found if c.outcome in (Outcome.NEW, Outcome.CHANGED)], actor)
    return found


@transaction.atomic
def enter_post(post: Post, *, actor: Actor, today: date, reason: str = "") -> Comparison:
    """One post by form: refused as a whole, with every reason beside its field."""
    [comparison] = enter_posts([post], actor=actor, today=today, reason=reason)
    if comparison.errors:
        fields: dict[str, list[str]] = {}
        for error in comparison.errors:
            fields.setdefault(error["field"], []).append(error["message"])
        raise Invalid("invalid_post", comparison.errors[0]["message"], fields=fields)
    return comparison


def _create_officials(new: Sequence[Comparison], actor: Actor) -> None:
    """Once per person, however many posts are new."""
    by_index: dict[str, list[Comparison]] = {}
    for comparison in new:
        by_index.setdefault(comparison.post.index, []).append(comparison)
    ids = reserve_ids(Subject, len(by_index))
    people = []
    for pk, (index, comparisons) in zip(ids, by_index.items(), strict=True):
        post = comparisons[0].post
        folded = fold_text(post.name)
        name = " ".join(post.name.split())
        people.append(
            (pk, SubjectKind.OFFICIAL, name, folded, Verification.UNVERIFIED, post.id_type, post.id_number, index,
             terms_literal([folded]))
        )  # fmt: skip
        for comparison in comparisons:
            comparison.official_id = pk
    if not people:
        return
    insert_rows(Subject, PERSON, people)
    insert_rows(SubjectName, ("subject", "name", "name_folded"), [(p[0], p[2], p[3]) for p in people])
    insert_rows(OfficialProfile, ("subject", "state"), [(p[0], OfficialState.IN_SERVICE) for p in people])
    entries = [audit.Entry(p[0], p[2]) for p in people]
    audit.record_many("records.official_added", OFFICIAL, entries, actor=actor)


def _create_tenures(new: Sequence[Comparison], actor: Actor, reason: str) -> None:
    ids = reserve_ids(Tenure, len(new))
    rows, entries = [], []
    for pk, c in zip(ids, new, strict=True):
        p, c.tenure_id = c.post, pk
        rows.append(
            (pk, c.official_id, p.agency_id, p.post, p.rank, p.is_head, p.is_concurrent, p.started_on, p.ended_on,
             p.instrument)
        )  # fmt: skip
        told = {"started_on": [None, p.started_on.isoformat()], "is_head": [None, p.is_head]}
        entries.append(audit.Entry(c.official_id, _label(p), told, reason))
    if rows:
        insert_rows(Tenure, TENURE, rows)
        audit.record_many("records.tenure_added", OFFICIAL, entries, actor=actor)


def _change_tenures(changed: Sequence[Comparison], actor: Actor, reason: str) -> None:
    known = Tenure.objects.in_bulk([c.tenure_id for c in changed if c.tenure_id])
    rows, entries = [], []
    for c in changed:
        tenure = known[c.tenure_id]
        p = c.post
        rows.append(
            (tenure.pk, p.rank or tenure.rank, p.is_head, p.ended_on, p.instrument or tenure.instrument)
        )  # fmt: skip
        entries.append(audit.Entry(tenure.official_id, _label(p), c.changes, reason))
    if rows:
        update_rows(Tenure, ["rank", "is_head", "ended_on", "instrument"], rows)
        audit.record_many("records.tenure_changed", OFFICIAL, entries, actor=actor)


def _set_states(taken: Sequence[Comparison], actor: Actor) -> None:
    """A state that a row gives; since the day the post ended, or began."""
    given = {c.official_id: c.post for c in taken if c.post.state and c.official_id}
    profiles = {p.pk: p for p in OfficialProfile.objects.filter(subject__in=given).select_related("subject")}
    rows, entries = [], []
    for pk, post in given.items():
        profile = profiles.get(pk)
        if profile is None or profile.state == post.state:
            continue
        rows.append((pk, post.state, post.ended_on or post.started_on, post.instrument))
        entries.append(audit.Entry(pk, profile.subject.name, {"state": _labels(profile.state, post.state)}))
    if rows:
        update_rows(OfficialProfile, ["state", "state_since", "state_instrument"], rows)
        audit.record_many("records.official_state_changed", OFFICIAL, entries, actor=actor)


def _labels(*states: str) -> list[str]:
    return [str(OfficialState(state).label) for state in states]


def _label(post: Post | Tenure) -> str:
    """A post in the trail; whose it is, the key says."""
    return f"{post.post}（{post.started_on}）"


@transaction.atomic
def change_tenure(tenure_id: int, values: Mapping[str, Any], *, actor: Actor, today: date, reason: str) -> Tenure:
    """更正任职经历, or its end: `values` by field name; the days are judged as on entry."""
    tenure: Tenure = locked(Tenure.objects.visible_to(actor).select_related("official", "agency"), tenure_id)
    if refusal := may_keep_registry(tenure.agency_id, actor):
        raise NotAllowed("not_allowed", refusal)
    if not reason.strip():
        raise Invalid("reason_required", "请填写理由。", fields={"reason": ["请填写理由。"]})
    given = {name: values[name] for name in EDITABLE if name in values}
    changes = audit.difference({name: getattr(tenure, name) for name in given}, given)
    if not changes:
        raise Invalid("nothing_changed", "没有改动任何内容。")
    for name in changes:
        setattr(tenure, name, given[name])
    _judge(tenure, today)
    tenure.save(update_fields=list(changes))
    entry = audit.Entry(tenure.official_id, _label(tenure), changes, reason.strip())
    audit.record_many("records.tenure_changed", OFFICIAL, [entry], actor=actor)
    return tenure


def _judge(tenure: Tenure, today: date) -> None:
    """The same rules as on entry, for a row that stands already."""
    twin = Tenure.objects.exclude(pk=tenure.pk).filter(
        official=tenure.official_id, agency=tenure.agency_id, post=tenure.post, started_on=tenure.started_on
    )
    if twin.exists():
        raise Invalid("twice", "该任职经历已经登记（人员、单位、职务、任职起都相同），请核对。")
    post = Post(
        tenure.agency_id, tenure.post, tenure.started_on, official_id=tenure.official_id, ended_on=tenure.ended_on
    )
    [comparison] = compare([post], today=today)
    if comparison.errors:
        fields = {e["field"]: [e["message"]] for e in comparison.errors}
        raise Invalid("invalid_post", comparison.errors[0]["message"], fields=fields)


@transaction.atomic
def set_state(
    official_id: int, state: str, *, actor: Actor, since: date, instrument: str, end_posts: bool = False
) -> OfficialProfile:
    """变更状态: retired, transferred, dismissed …; `end_posts` ends the posts that still run, on that day."""
    profile: OfficialProfile = locked(OfficialProfile.objects.visible_to(actor).select_related("subject"), official_id)
    running = list(Tenure.objects.filter(official=official_id, ended_on__isnull=True).order_by("pk"))
    agencies = {t.agency_id for t in running} or set(
        Tenure.objects.filter(official=official_id).order_by("-started_on").values_list("agency", flat=True)[:1]
    )
    if all(may_keep_registry(pk, actor) for pk in agencies):
        raise NotAllowed("not_allowed", "只有其任职单位的部门管理员或信用办可以变更状态。")
    if not instrument.strip():
        raise Invalid("instrument_required", "请填写任免文号。", fields={"instrument": ["请填写任免文号。"]})
    if profile.state == state:
        raise WrongState("nothing_changed", f"状态已是“{profile.get_state_display()}”，请刷新后查看。")
    before = profile.state
    profile.state, profile.state_since, profile.state_instrument = state, since, instrument.strip()
    profile.save(update_fields=["state", "state_since", "state_instrument"])
    changes: dict[str, Any] = {"state": _labels(before, state), "state_since": [None, since.isoformat()]}
    audit.record("records.official_state_changed", profile, actor=actor, changes=changes, reason=instrument.strip())
    if end_posts:
        _end(running, since, actor, instrument.strip())
    return profile


def _end(running: Sequence[Tenure], since: date, actor: Actor, instrument: str) -> None:
    ending = [t for t in running if t.started_on <= since]
    update_rows(Tenure, ["ended_on"], [(t.pk, since) for t in ending])
    entries = [
        audit.Entry(t.official_id, _label(t), {"ended_on": [None, since.isoformat()]}, instrument) for t in ending
    ]
    audit.record_many("records.tenure_changed", OFFICIAL, entries, actor=actor)
