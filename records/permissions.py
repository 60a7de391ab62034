"""Who may do what with records, in two shapes: a filter (querysets.visible_to) and a verdict with its reason."""

from typing import Any

from core.actors import Actor, Door
from records.clerks import had_a_hand
from records.kinds import kind_of
from records.models.imports import ImportBatch
from records.models.ledger import ChangeRequest, CreditRecord

SYSTEM = "system"
# Tables of the registry (records/registry.py): no decisions, so nobody reviews them, and other people keep them.
REGISTRY_IMPORTERS = frozenset({"agencies", "officials"})


def _works_for(agency_id: int, actor: Actor) -> bool:
    return agency_id in actor.unit_ids


def is_clerk_of(record: CreditRecord, actor: Actor) -> str | None:
    """经办: a clerk of the deciding agency."""
    if actor.has(SYSTEM):
        return None
    if not actor.has("clerk"):
        return "只有经办人可以录入、修改和提交记录。请联系本单位管理员授予角色。"
    if not _works_for(record.agency_id, actor):
        return "该记录属于其他单位，您不能处理。"
    return None


def is_reviewer_of(record: CreditRecord, actor: Actor) -> str | None:
    """审核: a reviewer of the deciding agency, or the credit office."""
    if actor.has(SYSTEM, "credit_office"):
        return None
    if not actor.has("reviewer"):
        return "只有审核人可以审核。请联系本单位管理员授予角色。"
    if not _works_for(record.agency_id, actor):
        return "该记录属于其他单位，您不能审核。"
    return None


def not_own_entry(record: CreditRecord, actor: Actor) -> str | None:
    """Four eyes: who entered, changed or submitted any of it is never who approves."""
    return "这是您本人经办过的记录，须由另一位审核人审核。" if had_a_hand(record, actor.user_id) else None


def makes_findings(record: CreditRecord, actor: Actor) -> str | None:
    """认定: what an agency has reviewed is found, or not, by the credit office."""
    return None if actor.has(SYSTEM, "credit_office") else "只有信用办可以认定、告知、退回补正或不予认定。"


def not_own_review(record: CreditRecord, actor: Actor) -> str | None:
    """Who reviewed an entry for the agency is never who finds."""
    if actor.user_id is not None and record.approved_by_id == actor.user_id:
        return "这是您本人审核的记录，须由信用办的另一位工作人员认定。"
    return None


def is_clerk_or_reviewer_of(record: CreditRecord, actor: Actor) -> str | None:
    """Proposing a correction or withdrawal: anyone who works on the agency's records, or the credit office."""
    if actor.has("credit_office") or not (is_clerk_of(record, actor) and is_reviewer_of(record, actor)):
        return None
    return "只有本单位经办人、审核人或信用办可以申请更正或撤下。"


def may_decide_change(change: ChangeRequest, actor: Actor) -> str | None:
    if reason := is_reviewer_of(change.record, actor):
        return reason
    if kind_of(change.record.kind).found and not actor.has("credit_office"):
        return "信用办认定的记录，其变更由信用办复核。"
    if actor.user_id is not None and change.proposed_by_id == actor.user_id:
        return "这是您本人提出的变更申请，须由另一位审核人复核。"
    return None


def is_system(obj: Any, actor: Actor) -> str | None:
    """Acts that happen by rule, or that the credit office triggers by replaying a day."""
    return None if actor.has(SYSTEM, "credit_office") else "该操作由系统按规则自动执行。"


def may_keep_registry(agency_id: int, actor: Actor) -> str | None:
    """The registry is kept by the agency's administrator, by its personnel system (key), or by the credit office."""
    if actor.has("credit_office", SYSTEM):
        return None
    is_system = actor.user_id is None and actor.door == Door.API
    if (actor.has("agency_admin") or is_system) and _works_for(agency_id, actor):
        return None
    return "只有本单位的部门管理员或信用办可以维护机构和公务员信息。请联系本单位的部门管理员。"


def keeps_policy(obj: Any, actor: Actor) -> str | None:
    """公示规则 are proposed and approved by the credit office."""
    return None if actor.has("credit_office") else "只有信用办可以提出和批准公示规则。"


def not_own_proposal(proposal: Any, actor: Actor) -> str | None:
    """Four eyes: who proposes a rule is never who approves it."""
    if actor.user_id is not None and proposal.proposed_by_id == actor.user_id:
        return "这是您本人提出的公示规则，须由信用办的另一位工作人员批准或退回。"
    return None


def may_change_proposal(proposal: Any, actor: Actor) -> str | None:
    """While it waits, its proposer may still change it; nobody else, so that who approves has proposed nothing."""
    if reason := keeps_policy(proposal, actor):
        return reason
    return None if proposal.proposed_by_id == actor.user_id else "只有提案人可以修改待批准的提案。"


def may_import_for(agency_id: int, actor: Actor, importer: str = "") -> str | None:
    """Decisions are brought in by clerks, the registry by those who keep it."""
    if importer in REGISTRY_IMPORTERS:
        return may_keep_registry(agency_id, actor)
    if not actor.has("clerk", SYSTEM):
        return "只有经办人可以导入。请联系本单位管理员授予角色。"
    if not actor.has(SYSTEM) and not _works_for(agency_id, actor):
        return "您不是该单位的成员，不能为其导入数据。"
    return None


def may_manage_keys(agency_id: int, actor: Actor) -> str | None:
    """接口密钥 are issued and revoked by the agency's administrator or the credit office."""
    if actor.has("credit_office") or (actor.has("agency_admin") and _works_for(agency_id, actor)):
        return None
    return "只有本单位的部门管理员或信用办可以签发和吊销接口密钥。"


def may_handle_batch(batch: ImportBatch, actor: Actor) -> str | None:
    """Whoever uploaded it brings it in, so that who enters is known; a batch of the department API is anybody's."""
    if reason := may_import_for(batch.agency_id, actor, batch.importer):
        return reason
    if actor.has(SYSTEM) or batch.uploaded_by_id in (None, actor.user_id):
        return None
    return "该批次由他人上传，须由其本人处理。如其不在岗，请由您重新上传原文件，已入库的行不会重复。"
