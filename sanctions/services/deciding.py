"""惩戒: proposed by one person, decided by another of the credit office who had no hand in its cause; lifted."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked
from core.masking import scrub
from records.kinds import kind_of
from records.models import CreditRecord, Subject, Tenure
from sanctions import policy
from sanctions.choices import STANDING, LiftGround
from sanctions.lifecycle import SANCTION
from sanctions.models import Measure, Sanction
from sanctions.permissions import may_propose
from sanctions.services.notices import notice_problem


@dataclass(frozen=True, slots=True)
class NewSanction:
    """What is proposed. `tenure_id`: the head held to account; `notice`: the text of a 通报批评."""

    measure_id: int
    executor_id: int
    starts_on: date
    ends_on: date | None
    reason: str
    notice: str = ""
    tenure_id: int | None = None


@transaction.atomic
def propose(cause_id: int, new: NewSanction, *, actor: Actor, today: date) -> Sanction:
    """提出惩戒 because of one record. Raises NotFound, NotAllowed, Invalid (every reason at once, by field)."""
    cause: CreditRecord = locked(CreditRecord.objects.visible_to(actor), cause_id)
    if why_not := may_propose(cause, actor):
        raise NotAllowed("not_allowed", why_not)
    measure = Measure.objects.select_related("edition").filter(pk=new.measure_id).first()
    subject = Subject.objects.get(pk=cause.subject_id)
    errors = _errors(cause, subject, measure, new, today)
    if errors:
        raise Invalid("sanction", "这项惩戒不能提出，请按各栏下方的提示改正。", fields=errors)
    sanction = Sanction.objects.create(
        cause=cause, subject=subject, measure_id=new.measure_id, executor_id=new.executor_id, tenure_id=new.tenure_id,
        starts_on=new.starts_on, ends_on=new.ends_on, reason=new.reason.strip(), notice=new.notice.strip(),
        proposed_by_id=actor.user_id, proposed_at=actor.now(),
    )  # fmt: skip
    changes = {"执行期限": [None, policy.period(new.starts_on, new.ends_on)]}
    audit.record("sanctions.proposed", sanction, actor=actor, changes=changes, reason=sanction.reason)
    return sanction


def _errors(
    cause: CreditRecord, subject: Subject, measure: Measure | None, new: NewSanction, today: date
) -> dict[str, list[str]]:
    found: dict[str, list[str | None]] = {"starts_on": [], "ends_on": [], "measure": [], "reason": [], "notice": []}
    if new.starts_on < today:
        found["starts_on"].append("起始日不能早于今天：惩戒不溯及既往，请填写今天或之后的日期。")
    found["starts_on"].append(policy.cause_problem(cause, new.starts_on))
    found["ends_on"].append(policy.length_problem(cause, new.starts_on, new.ends_on))
    if not new.reason.strip():
        found["reason"].append("请写明采取这项惩戒的理由，批准人据此审查。")
    elif scrub(new.reason) != new.reason:
        found["reason"].append("理由中像是写有个人证件号码、手机号或银行账号，请删去。")
    if not Subject.objects.agencies().standing().filter(pk=new.executor_id).exists():
        found["executor"] = ["请选择一个政府机构作为执行单位。"]
    if measure is None:
        found["measure"].append("没有这项措施：清单之外不得采取惩戒。请从现行清单中选择。")
    else:
        found["measure"] += [policy.measure_problem(measure, new.starts_on), policy.kind_problem(measure, subject)]
        found["measure"].append(_repeated(cause, new))
        found["notice"].append(notice_problem(measure, subject, new.notice))
        found["tenure"] = [_tenure_problem(measure, cause, new.tenure_id)]
    return {name: told for name, all_ in found.items() if (told := [problem for problem in all_ if problem])}


def _repeated(cause: CreditRecord, new: NewSanction) -> str | None:
    same = Sanction.objects.filter(
        cause=cause, measure=new.measure_id, executor=new.executor_id, status__in=STANDING
    ).first()
    if same is None:
        return None
    return f"该记录已有同一单位执行的同一措施（{same.get_status_display()}），不能重复采取。请改选措施或执行单位。"


def heads(cause: CreditRecord) -> list[Tenure]:
    """主要负责人 of the agency on the day of the act, as far as the record says when that was."""
    kind = kind_of(cause.kind)
    detail = kind.detail_model._default_manager.get(pk=cause.pk)
    acted = kind.raw_values(cause, detail).get("acted_from") or ""
    on = date.fromisoformat(acted) if acted else cause.decided_on
    posts = Tenure.objects.on(on).heads().filter(agency=cause.subject_id)
    return list(posts.select_related("official").order_by("-started_on", "-pk"))


def _tenure_problem(measure: Measure, cause: CreditRecord, tenure_id: int | None) -> str | None:
    if not measure.is_about_head:
        return f"“{measure.name}”不针对主要负责人，请不要选择。" if tenure_id else None
    if tenure_id is None:
        return "请选择行为当时的主要负责人。名单中没有的，请其单位先在“公务员档案”中登记任职经历。"
    if tenure_id not in {t.pk for t in heads(cause)}:
        return "所选人员不是行为当时该单位的主要负责人，请重新选择。"
    return None


def _locked_for(sanction_id: int, transition: str, actor: Actor) -> Sanction:
    """The sanction, its cause locked first: as the ledger's acts lock them, so that neither waits for the other."""
    visible = Sanction.objects.visible_to(actor)
    cause_id = visible.filter(pk=sanction_id).values_list("cause", flat=True).first()
    if cause_id is None:
        raise NotFound("not_found", "没有找到该惩戒，可能不属于您的单位。")
    cause = locked(CreditRecord.objects.all(), cause_id)
    sanction: Sanction = locked(visible, sanction_id)
    sanction.cause = cause
    SANCTION.check(sanction, transition, actor=actor)
    return sanction


@transaction.atomic
def impose(sanction_id: int, *, actor: Actor, today: date, opinion: str = "") -> Sanction:
    """批准惩戒. Nothing begins before it is approved: where the proposed first day is past, today is the first.

    Raises NotFound, NotAllowed (own proposal, own record), WrongState (decided, or no longer lawful, with the reason).
    """
    sanction = _locked_for(sanction_id, "impose", actor)
    measure = Measure.objects.select_related("edition").get(pk=sanction.measure_id)
    subject = Subject.objects.get(pk=sanction.subject_id)
    before, sanction.starts_on = sanction.starts_on, max(sanction.starts_on, today)
    problems = (
        policy.measure_problem(measure, sanction.starts_on),
        policy.kind_problem(measure, subject),
        policy.cause_problem(sanction.cause, sanction.starts_on),
        None if sanction.cause.subject_id == subject.pk else "原因记录已不是对该主体的记录，请不予采取，另行提出。",
        policy.length_problem(sanction.cause, sanction.starts_on, sanction.ends_on),
    )
    if told := [problem for problem in problems if problem]:
        raise WrongState("not_lawful", "不能批准：" + "".join(told))
    _decide(sanction, "impose", actor, opinion)
    changes = audit.difference({"执行起始日": before}, {"执行起始日": sanction.starts_on})
    audit.record("sanctions.imposed", sanction, actor=actor, changes=changes, reason=opinion)
    return sanction


@transaction.atomic
def decline(sanction_id: int, *, actor: Actor, opinion: str) -> Sanction:
    """不予采取, with the reason; it never had effect."""
    if not opinion.strip():
        raise Invalid("reason_required", "请填写不予采取的理由。", fields={"opinion": ["请填写不予采取的理由。"]})
    sanction = _locked_for(sanction_id, "decline", actor)
    _decide(sanction, "decline", actor, opinion)
    audit.record("sanctions.declined", sanction, actor=actor, reason=opinion)
    return sanction


def _decide(sanction: Sanction, transition: str, actor: Actor, opinion: str) -> None:
    SANCTION.move(sanction, transition)
    sanction.decided_by_id, sanction.decided_at = actor.user_id, actor.now()
    sanction.decision_reason = opinion.strip()
    sanction.save(update_fields=["status", "starts_on", "decided_by", "decided_at", "decision_reason"])


@transaction.atomic
def lift(sanction_id: int, *, actor: Actor, reason: str, today: date) -> Sanction:
    """决定解除 before its last day; the executing agency is told and confirms that it stopped."""
    if not reason.strip():
        raise Invalid("reason_required", "请填写解除的理由。", fields={"reason": ["请填写解除的理由。"]})
    sanction = _locked_for(sanction_id, "lift", actor)
    SANCTION.move(sanction, "lift")
    sanction.lifted_on, sanction.lift_ground, sanction.lift_reason = today, LiftGround.DECIDED, reason.strip()
    sanction.save(update_fields=["status", "lifted_on", "lift_ground", "lift_reason"])
    audit.record("sanctions.lifted", sanction, actor=actor, reason=reason)
    return sanction
