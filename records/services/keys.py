"""接口密钥: issued once, told once, revoked for good."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor, Door
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked
from records.models import ApiKey, Subject
from records.permissions import may_manage_keys

START, SECRET_BYTES, PREFIX = "hc_", 32, 10
# `last_used_at` tells whether a key is in use, not how often: one write in so many seconds is enough.
USED_EVERY = timedelta(seconds=60)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_key(agency_id: int, *, name: str, actor: Actor) -> tuple[ApiKey, str]:
    """签发 a key for a system of this agency. Returns it with its secret, which is shown once and kept nowhere."""
    agency = Subject.objects.agencies().filter(pk=agency_id).first()
    if agency is None:
        raise NotFound("not_found", "没有这个单位，请从列表中选择。")
    if reason := may_manage_keys(agency_id, actor):
        raise NotAllowed("not_allowed", reason)
    name = " ".join(name.split())
    if not name:
        raise Invalid("name_required", "请写明由哪个系统使用。", fields={"name": ["请写明由哪个系统使用。"]})
    secret = START + secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        agency=agency, name=name[:100], prefix=secret[:PREFIX], digest=_digest(secret), issued_by_id=actor.user_id
    )
    audit.record("records.key_issued", key, actor=actor)
    return key, secret


@transaction.atomic
def revoke_key(key_id: int, *, actor: Actor, reason: str) -> ApiKey:
    """吊销: calls with it are refused from now on; what it reported stays."""
    key: ApiKey = locked(ApiKey.objects.visible_to(actor), key_id)
    if refusal := may_manage_keys(key.agency_id, actor):
        raise NotAllowed("not_allowed", refusal)
    if key.revoked:
        raise WrongState("wrong_state", "该密钥已经吊销。")
    if not reason.strip():
        raise Invalid("reason_required", "请填写吊销理由。", fields={"reason": ["请填写吊销理由。"]})
    key.revoked_at, key.revoked_by_id = timezone.now(), actor.user_id
    key.save(update_fields=["revoked_at", "revoked_by"])
    audit.record("records.key_revoked", key, actor=actor, reason=reason.strip())
    return key


def key_of(secret: str) -> ApiKey | None:
    """The living key with this secret; its use is noted."""
    living = ApiKey.objects.select_related("agency").filter(revoked_at=None)
    key: ApiKey | None = living.filter(digest=_digest(secret)).first()
    if key is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def actor_of_key(key: ApiKey, *, request_id: str = "") -> Actor:
    """A system that reports is a clerk of its agency, and no person: whoever approves is somebody else by nature."""
    return Actor(
        user_id=None,
        name=f"接口密钥“{key.name}”",
        unit=key.agency.name,
        roles=frozenset({"clerk"}),
        unit_ids=frozenset({key.agency_id}),
        door=Door.API,
        request_id=request_id,
    )
