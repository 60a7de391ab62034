"""Personal data at rest: AES-256-GCM or SM4-GCM tokens that name their key, and a keyed index to find them by.

A token is `v1:<key id>:<base64 of nonce, ciphertext and tag>`. It is bound to its place (`app.model.field` is the
additional authenticated data), so a token copied into another column does not open. A nonce is 96 random bits: rotate
a key well before 2^32 values were written with it (NIST SP 800-38D, 8.3).

Keys come from `FIELD_ENCRYPTION_KEYS` (newest first: it writes, the others only read) and `BLIND_INDEX_KEY`, which must
not stand in the database: eighteen digits can be guessed one after the other.
"""

import hmac
import os
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from core.identifiers import normalise_code

VERSION = "v1"
NONCE, TAG = 12, 16
SM4_PREFIX = "sm4-"
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,32}")
_HEX = re.compile(r"[0-9A-Fa-f]*")
MIN_INDEX_KEY = 32


class EncryptionError(RuntimeError):
    """A token cannot be opened: unknown key, wrong place, or changed on the way."""


class _Gcm(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class _Sm4Gcm:
    """SM4 (GB/T 32907) in the mode and with the call shape of AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, data[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG]) + decryptor.finalize()


# ---------------------------------------------------------------- keys


@dataclass(frozen=True, slots=True)
class Keyring:
    newest: str
    ciphers: dict[str, _Gcm]

    @property
    def prefix(self) -> str:
        """How every token of the newest key begins."""
        return f"{VERSION}:{self.newest}:"


@lru_cache(maxsize=8)
def parse_keys(raw: str) -> Keyring:
    """ "keyid:hex,keyid:hex", newest first; AES-256 takes 64 hex digits, ids that start with sm4- take 32."""
    ciphers: dict[str, _Gcm] = {}
    for place, entry in enumerate(filter(None, (part.strip() for part in raw.split(","))), 1):
        key_id, colon, secret = entry.partition(":")
        where = f"FIELD_ENCRYPTION_KEYS, entry {place}"
        if not colon or not _KEY_ID.fullmatch(key_id):
            raise ImproperlyConfigured(f"{where}: write keyid:hex, the id of letters, digits and hyphens (at most 32)")
        size = 32 if key_id.startswith(SM4_PREFIX) else 64
        if len(secret) != size or not _HEX.fullmatch(secret):
            # The secret itself is never part of the message.
            raise ImproperlyConfigured(f"{where} ({key_id}): the key must be {size} hex digits, not {len(secret)}")
        if key_id in ciphers:
            raise ImproperlyConfigured(f"{where}: the key id {key_id} stands there twice")
        key = bytes.fromhex(secret)
        ciphers[key_id] = _Sm4Gcm(key) if key_id.startswith(SM4_PREFIX) else AESGCM(key)
    if not ciphers:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS is empty: set keyid:hex64, for example from `openssl rand -hex 32`"
        )
    return Keyring(next(iter(ciphers)), ciphers)


def keyring() -> Keyring:
    return parse_keys(settings.FIELD_ENCRYPTION_KEYS)


@lru_cache(maxsize=64)
def _index_key(raw: str, purpose: str) -> bytes:
    if len(raw) < MIN_INDEX_KEY:
        raise ImproperlyConfigured(f"BLIND_INDEX_KEY must have at least {MIN_INDEX_KEY} characters")
    if _is_data_key(raw):
        raise ImproperlyConfigured("BLIND_INDEX_KEY must not be one of FIELD_ENCRYPTION_KEYS")
    return hmac.digest(raw.encode(), f"blind-index:{purpose}".encode(), "sha256")


def _is_data_key(secret: str) -> bool:
    """The secret is also a data key: then one leak would open both."""
    return any(entry.partition(":")[2].strip() == secret for entry in settings.FIELD_ENCRYPTION_KEYS.split(","))


# ---------------------------------------------------------------- values


def blind_index(value: str, purpose: str) -> str:
    """Keyed HMAC-SHA256 of the normalised code, as 64 hex digits; "" for a blank value.

    Equal values give equal indexes within one purpose ("resident_id", "phone") and nothing comparable across purposes.
    """
    text = normalise_code(value)
    if not text:
        return ""
    return hmac.digest(_index_key(settings.BLIND_INDEX_KEY, purpose), text.encode(), "sha256").hex()


def encryptor_for(label: str) -> Callable[[str], str]:
    """A function that makes tokens for one place, for loops over many rows (`label`: app.model.field)."""
    ring, place = keyring(), label.lower().encode()
    seal, prefix = ring.ciphers[ring.newest].encrypt, ring.prefix
    random = os.urandom

    def encrypt(value: str) -> str:
        nonce = random(NONCE)
        return prefix + b64encode(nonce + seal(nonce, value.encode(), place)).decode()

    return encrypt


def encrypt_for(label: str, value: str | None) -> str | None:
    """The token that the field `label` ("app.model.field") would store; None and "" stay what they are."""
    return encryptor_for(label)(value) if value else value


def decrypt_for(label: str, token: str | None) -> str | None:
    """The text of a token of this place. Raises EncryptionError, which never contains the text."""
    if not token:
        return token
    version, key_id, body = (*token.split(":", 2), "", "")[:3]
    if version != VERSION:
        raise EncryptionError(f"{label}: the stored value is not a {VERSION} token")
    cipher = keyring().ciphers.get(key_id)
    if cipher is None:
        raise EncryptionError(f"{label}: key {key_id!r} is not in FIELD_ENCRYPTION_KEYS; put it back behind the newest")
    try:
        sealed = b64decode(body, validate=True)
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], label.lower().encode()).decode()
    except (InvalidTag, Base64Error, ValueError) as error:
        raise EncryptionError(f"{label}: the token of key {key_id!r} was changed or belongs elsewhere") from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that the database holds only as a token. Found through a blind-index column beside it, never by itself.

    Saving, `bulk_create`, `bulk_update`, `update()` and `core.bulk` all write tokens; reading gives the text back.
    `bound_to` keeps the place's old name ("app.model.field") when a model or field is renamed. `dumpdata` writes the
    plain text: keep such files as you keep the keys.
    """

    description = "Encrypted text"

    def __init__(self, *args: Any, bound_to: str = "", **kwargs: Any) -> None:
        self.bound_to = bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.bound_to:
            kwargs["bound_to"] = self.bound_to
        return name, path, args, kwargs

    @cached_property
    def place(self) -> str:
        return (self.bound_to or f"{self.model._meta.label_lower}.{self.name}").lower()

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.unique or self.db_index:  # type: ignore[attr-defined]
            message = "An encrypted field cannot be indexed or unique: equal texts have different tokens."
            found.append(checks.Error(message, "Put the constraint on a blind-index column.", self, "core.E010"))
        return found

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: a comparison with random ciphertext would silently find nothing."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return encrypt_for(self.place, self.get_prep_value(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt_for(self.place, value)


def encrypted_fields(all_models: Iterable[type[models.Model]]) -> list[tuple[type[models.Model], EncryptedTextField]]:
    """Every encrypted column that a table of these models has of its own."""
    return [
        (model, field)
        for model in all_models
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]
