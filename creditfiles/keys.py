"""The key that reports are signed with (Ed25519), and those of the years before, which only verify.

REPORT_SIGNING_KEYS: "hex64,hex64", newest first. The public halves stand on the verification page.
"""

import hashlib
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.signing import ED25519, Signer, SigningKey, signer_for, verifier_for


@lru_cache(maxsize=4)
def _keys(raw: str) -> tuple[SigningKey, ...]:
    found = []
    for seed in filter(None, (part.strip() for part in raw.split(","))):
        try:
            pair = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        except ValueError:
            raise ImproperlyConfigured("REPORT_SIGNING_KEYS: each key must be 64 hex digits") from None
        public = pair.public_key().public_bytes_raw()
        key_id = f"report-{hashlib.sha256(public).hexdigest()[:8]}"
        found.append(SigningKey(key_id, ED25519, public.hex(), seed))
    if not found:
        raise ImproperlyConfigured("REPORT_SIGNING_KEYS is empty: set it, for example from `openssl rand -hex 32`")
    return tuple(found)


def signer() -> Signer:
    return signer_for(_keys(settings.REPORT_SIGNING_KEYS)[0])


def public_keys() -> list[SigningKey]:
    """Newest first, without their private halves."""
    return [key.public_half() for key in _keys(settings.REPORT_SIGNING_KEYS)]


def genuine(key_id: str, message: bytes, signature: str) -> bool:
    """Signed by one of our keys."""
    key = next((key for key in public_keys() if key.key_id == key_id), None)
    return key is not None and verifier_for(key).verify(message, signature)
