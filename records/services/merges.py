"""One subject once: merging, undoing it, and remembering that two subjects are not one.

Merging writes `merged_into` and a row that says who, when and on what evidence; nothing else changes, so undoing it
leaves everything as it was. `merged_into` never chains: it always names the subject at the end of the line.
"""

from datetime import datetime

from django.db import transaction

from core import audit
from core.actors import Actor
from core.bulk import update_rows
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.identifiers import check_uscc
from core.locks import locked, locked_many, one_at_a_time
from records.choices import DuplicateState
from records.models import DuplicateCandidate, Subject, SubjectMerge

STEWARD = ("credit_office", "system")
DOOR = "subject-merges"


@transaction.atomic
def merge_subjects(
    merged_id: int, survivor_id: int, *, actor: Actor, evidence: str, reason: str = "", now: datetime | None = None
) -> SubjectMerge:
    """合并: `merged_id` is read as `survivor_id` from now on. Raises Invalid with the reason why two are not one."""
    _may_merge(actor)
    evidence = evidence.strip()
    if len(evidence) < 4:
        message = "请写明合并依据，例如登记机关的档案、证照编号或核查记录；名称相同不足以说明是同一主体。"
        raise Invalid("evidence_required", message, fields={"evidence": [message]})
    one_at_a_time(DOOR)
    found = {s.pk: s for s in locked_many(Subject.objects.all(), [merged_id, survivor_id])}
    if len(found) != 2:
        raise NotFound("not_found", "没有找到要合并的主体，请返回后重新选择两个不同的主体。")
    merged, survivor = found[merged_id], found[survivor_id]
    if refusal := why_not_one(merged, survivor):
        raise refusal
    at = now or actor.now()
    merge = SubjectMerge.objects.create(
        merged=merged, survivor=survivor, evidence=evidence, reason=reason.strip(), merged_at=at,
        merged_by_id=actor.user_id,
    )  # fmt: skip
    _settle(merged.pk, survivor.pk)
    _candidates(merged.pk, survivor.pk, DuplicateState.MERGED, evidence, at, actor)
    changes = {"merged_into": [None, f"{survivor.name}（{survivor.code or survivor.pk}）"]}
    audit.record("records.subject_merged", merged, actor=actor, changes=changes, reason=evidence)
    audit.record("records.subject_merged", survivor, actor=actor, changes={"merged": [None, merged.name]})
    return merge


def why_not_one(merged: Subject, survivor: Subject) -> Invalid | WrongState | None:
    """Why these two must not become one; None when a steward may decide it."""
    if merged.merged_into_id or survivor.merged_into_id:
        already = merged if merged.merged_into_id else survivor
        return WrongState("already_merged", f"“{already.name}”已经并入其他主体，请刷新后查看。")
    if merged.kind != survivor.kind and (merged.is_person or survivor.is_person):
        return Invalid("other_kind", "个人与单位、公务员与自然人不能合并：两类档案依据和公开范围都不同。")
    if merged.is_person:
        return _why_not_one_person(merged, survivor)
    codes = [code for code in (merged.code, survivor.code) if code and _is_valid(code)]
    if len(set(codes)) == 2:
        return Invalid(
            "different_codes",
            f"两个主体的统一社会信用代码都有效且不同（{merged.code}、{survivor.code}），是两个主体，不能合并。"
            "其中一个填错的，请先核对登记信息。",
        )
    if codes and codes[0] == merged.code and survivor.code != merged.code:
        return Invalid("code_is_lost", f"“{merged.name}”有有效的统一社会信用代码，应当保留它，请反过来合并。")
    return None


def _why_not_one_person(merged: Subject, survivor: Subject) -> Invalid | None:
    """A name proves nothing about people: both must have an identity document, and of two kinds."""
    if not (merged.id_number_index and survivor.id_number_index):
        return Invalid("name_alone", "仅凭姓名不能合并个人：其中一方没有证件号码，请先补充并核对证件。")
    if merged.id_type == survivor.id_type:
        return Invalid("different_people", "两人同类证件的号码不同，是两个人，不能合并。")
    return None


def _is_valid(code: str) -> bool:
    return not any(finding.level == "error" for finding in check_uscc(code))


@transaction.atomic
def undo_merge(merge_id: int, *, actor: Actor, reason: str, now: datetime | None = None) -> SubjectMerge:
    """恢复: the subject stands on its own again, and with it whatever had been merged into it before."""
    _may_merge(actor)
    if not reason.strip():
        raise Invalid("reason_required", "请填写恢复理由。", fields={"reason": ["请填写恢复理由。"]})
    one_at_a_time(DOOR)
    merge: SubjectMerge = locked(SubjectMerge.objects.select_related("merged", "survivor"), merge_id)
    if merge.undone_at is not None:
        raise WrongState("already_undone", "这次合并已经恢复，请刷新后查看。")
    at = now or actor.now()
    merge.undone_at, merge.undone_by_id, merge.undone_reason = at, actor.user_id, reason.strip()
    merge.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    _settle(merge.merged_id, None)
    _candidates(merge.merged_id, merge.survivor_id, DuplicateState.DIFFERENT, reason.strip(), at, actor)
    changes = {"merged_into": [merge.survivor.name, None]}
    audit.record("records.subject_unmerged", merge.merged, actor=actor, changes=changes, reason=reason.strip())
    audit.record("records.subject_unmerged", merge.survivor, actor=actor, changes={"merged": [merge.merged.name, None]})
    return merge


@transaction.atomic
def judge_different(candidate_id: int, *, actor: Actor, reason: str, now: datetime | None = None) -> DuplicateCandidate:
    """不是同一主体: remembered, so that the nightly search does not ask again."""
    _may_merge(actor)
    if not reason.strip():
        raise Invalid("reason_required", "请填写判断理由。", fields={"reason": ["请填写判断理由。"]})
    candidate: DuplicateCandidate = locked(DuplicateCandidate.objects.select_related("first", "second"), candidate_id)
    if candidate.state != DuplicateState.OPEN:
        raise WrongState("already_judged", f"这一对主体已判断为“{candidate.get_state_display()}”，请刷新后查看。")
    candidate.state, candidate.judgement = DuplicateState.DIFFERENT, reason.strip()
    candidate.judged_at, candidate.judged_by_id = now or actor.now(), actor.user_id
    candidate.save(update_fields=["state", "judgement", "judged_at", "judged_by"])
    audit.record("records.duplicate_judged", candidate, actor=actor, reason=reason.strip())
    return candidate


def _may_merge(actor: Actor) -> None:
    if not actor.has(*STEWARD):
        raise NotAllowed("not_allowed", "只有信用办可以合并主体和判断重复，请联系信用办。")


def _settle(subject_id: int, root_id: int | None) -> None:
    """The subject and all that is merged into it by a merge that holds are read as `root_id`; None: as the subject."""
    below: set[int] = set()
    frontier = {subject_id}
    while frontier:
        below |= frontier
        standing = SubjectMerge.objects.filter(survivor__in=frontier, undone_at__isnull=True)
        frontier = set(standing.values_list("merged", flat=True)) - below
    followers = below - {subject_id}
    update_rows(Subject, ["merged_into"], [(subject_id, root_id)])
    if followers:
        update_rows(Subject, ["merged_into"], [(pk, root_id or subject_id) for pk in sorted(followers)])


def _candidates(one: int, other: int, state: str, judgement: str, at: datetime, actor: Actor) -> None:
    """The open question about this pair is answered with it, by whatever way it was answered."""
    pair = DuplicateCandidate.objects.filter(first=min(one, other), second=max(one, other))
    pair.update(state=state, judgement=judgement, judged_at=at, judged_by=actor.user_id)
