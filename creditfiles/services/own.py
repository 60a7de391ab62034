"""本人查阅码: issued once, shown once, revoked for good; opening the own file, and counting who guesses."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor, Door
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.formats import day as in_words
from core.locks import locked
from core.masking import scrub
from creditfiles import own
from creditfiles.codes import new_code, normal
from creditfiles.entitlement import entitlement
from creditfiles.file import summarise
from creditfiles.models import OwnAccess, QueryLog
from creditfiles.permissions import checks_for, may_issue
from records.models import Subject

OFFICE = "信用办"


@transaction.atomic
def issue_own_access(
    subject_id: int, *, identity_check: str, evidence: str, actor: Actor, today: date | None = None
) -> tuple[OwnAccess, str]:
    """签发. Returns it with its code, which is shown once and kept nowhere.

    NotFound: no such subject for this actor; NotAllowed; WrongState: nothing on record to compare with; Invalid.
    """
    day = today or timezone.localdate()
    if not Subject.objects.visible_to(actor).standing().filter(pk=subject_id).exists():
        raise NotFound("not_found", "没有找到该主体，可能已被合并，或不属于您的单位。")
    subject: Subject = locked(Subject.objects.standing(), subject_id)
    if reason := may_issue(subject, actor, day):
        raise NotAllowed("not_allowed", reason)
    if not own.provable(subject):
        what = "证件号码" if subject.is_person else "统一社会信用代码"
        sentence = f"该主体没有登记{what}，查阅时无法核对。请先补登{what}，再签发本人查阅码。"
        raise WrongState("not_provable", sentence)
    _check(identity_check, evidence, subject, actor)
    terms, code = own.terms_on(day), new_code()
    access = OwnAccess.objects.create(
        subject=subject, digest=own.digest_of(code), rule=terms.rule, identity_check=identity_check,
        evidence=evidence.strip(), issued_by_id=actor.user_id, issued_at=actor.now(), issuer=actor.unit or OFFICE,
        last_day=day + timedelta(days=terms.days),
    )  # fmt: skip
    changes = {"信用主体": [None, subject.pk], "查阅码有效期至": [None, access.last_day.isoformat()]}
    reason = f"{access.get_identity_check_display()}：{access.evidence}"
    audit.record("creditfiles.own_issued", access, actor=actor, changes=changes, reason=reason)
    return access, code


def _check(identity_check: str, evidence: str, subject: Subject, actor: Actor) -> None:
    errors = {}
    if identity_check not in dict(checks_for(subject, actor)):
        errors["identity_check"] = ["请选择怎样核验了领取人的身份。"]
    if not evidence.strip():
        errors["evidence"] = ["请写明核验的材料，例如“居民身份证原件”“委托书（2026年11月20日）”。"]
    elif scrub(evidence) != evidence:
        errors["evidence"] = ["像是写有个人证件号码、手机号或银行账号，请删去，只写材料的名称和日期。"]
    elif len(evidence.strip()) > 200:
        errors["evidence"] = ["核验材料不能超过200字。"]
    if errors:
        raise Invalid("not_identified", "没有核验身份的，不能签发本人查阅码。", fields=errors)


@transaction.atomic
def revoke_own_access(access_id: int, *, reason: str, actor: Actor) -> OwnAccess:
    """吊销: opens nothing from now on, and whoever has the file open by it is out. Raises as `issue_own_access`."""
    visible = OwnAccess.objects.visible_to(actor)
    access: OwnAccess = locked(OwnAccess.objects.filter(pk__in=visible.values("pk")), access_id)
    if not actor.has("credit_office", "agency_admin"):
        raise NotAllowed("not_allowed", "本人查阅码由信用办或所在单位的部门管理员吊销。")
    if access.revoked_at is not None:
        raise WrongState("wrong_state", "该查阅码已经吊销。")
    if not reason.strip():
        raise Invalid("reason_required", "请填写吊销理由。", fields={"reason": ["请填写吊销理由。"]})
    access.revoked_at, access.revoked_by_id = actor.now(), actor.user_id
    access.save(update_fields=["revoked_at", "revoked_by"])
    audit.record("creditfiles.own_revoked", access, actor=actor, reason=reason.strip())
    return access


def open_own(code: str, proof: str, *, request_id: str = "", today: date | None = None) -> own.Opened:
    """Open the own file: the code, and the subject's own number in full. The look is logged like any other.

    Invalid with one and the same sentence, whether the code is unknown, over, revoked or locked, or the number is
    not the subject's: a refusal tells nobody which half was right. Wrong numbers count against the code, and stay
    counted though the request is refused: `_attempt` commits before this raises.
    """
    day = today or timezone.localdate()
    found = _attempt(code, proof, day, request_id)
    if found is None:
        raise Invalid("not_opened", refusal(day))
    return found


def refusal(day: date) -> str:
    most = own.terms_on(day).failures
    return (
        "没有打开：查阅码与证件号码（单位为统一社会信用代码）不相符，或者查阅码已过期、已停用。请对照领到的查阅码和证件逐位核对后再试；"
        f"同一查阅码累计输错{most}次即停用。仍打不开的，请持有效证件到信用办或所在单位重新领取。"
    )


@transaction.atomic(durable=True)
def _attempt(code: str, proof: str, day: date, request_id: str) -> own.Opened | None:
    """One try. Durable: inside somebody's transaction the count could be taken back, and guessing would be free."""
    written = normal(code)
    key = OwnAccess.objects.filter(digest=own.digest_of(written or "")).values_list("pk", flat=True).first()
    if key is None:
        return None
    access: OwnAccess = locked(OwnAccess.objects.with_owner(), key)
    if not access.opens_on(day):
        return None
    subject = own.owner_of(access)
    if not own.proves(subject, proof):
        _failed(access, request_id)
        return None
    return _open(access, subject, day, request_id)


def _failed(access: OwnAccess, request_id: str) -> None:
    """What was typed stands nowhere: not in the trail either."""
    stranger = Actor(user_id=None, name="访客", door=Door.PORTAL, request_id=request_id)
    access.failures += 1
    changes = {"输错次数": [access.failures - 1, access.failures]}
    audit.record("creditfiles.own_refused", access, actor=stranger, changes=changes)
    if access.failures >= own.terms_of(access.rule).failures:
        access.locked_at = stranger.now()
        audit.record("creditfiles.own_locked", access, actor=stranger)
    access.save(update_fields=["failures", "locked_at"])


def _open(access: OwnAccess, subject: Subject, day: date, request_id: str) -> own.Opened:
    allowed = entitlement(own.PURPOSE, day)
    scope = allowed.scope(subject)
    actor = own.actor_of(access, scope, request_id=request_id)
    query = QueryLog.objects.create(
        at=actor.now(), user_id=None, user_name="主体本人", unit="", door=actor.door, subject=subject,
        subject_label=subject.name, projection=scope.projection, purpose=own.PURPOSE,
        legal_basis=allowed.rule.basis[:300], reference=f"{access}（{in_words(access.issued_at)}签发）",
        shown={label: sum(counts) for label, counts in summarise(scope).lines},
    )  # fmt: skip
    access.last_used_at = actor.now()
    access.save(update_fields=["last_used_at"])
    audit.record("creditfiles.own_opened", access, actor=actor)
    return own.Opened(access, query, actor, scope)
