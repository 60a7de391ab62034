"""Digital signatures: key pairs as JSON, signers and verifiers. Pure: needs neither Django nor a database.

SM2 is the national algorithm (GB/T 32918, with the default user id); it runs in pure Python at about 10 ms a
signature, so one signature covers one batch. Statutory use needs a certified module: put it behind `Signer`.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SM2 = "sm2"
ED25519 = "ed25519"
ALGORITHM_NAMES = {SM2: "SM2-SM3", ED25519: "Ed25519"}

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
_GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}")
_USER_ID = b"1234567812345678"


class BadKey(ValueError):
    """Key material that cannot be used, with the reason in Chinese."""


class Signer(Protocol):
    key_id: str
    algorithm: str

    def sign(self, message: bytes) -> str: ...


class Verifier(Protocol):
    key_id: str
    algorithm: str

    def verify(self, message: bytes, signature: str) -> bool: ...


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())  # OpenSSL's; the pure Python one takes seconds for a megabyte
    digest.update(data)
    return digest.finalize()


def body_digest(algorithm: str, body: bytes) -> str:
    """The digest line for a body: SM3 beside SM2, SHA-256 beside Ed25519."""
    if algorithm == SM2:
        return f"SM3={sm3(body).hex()}"
    return f"SHA-256={hashlib.sha256(body).hexdigest()}"


# --- keys ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair, or its public half when `private` is empty. Text form: one JSON object."""

    key_id: str
    algorithm: str
    public: str
    private: str = ""

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id!r}, {self.algorithm!r})"

    def public_half(self) -> "SigningKey":
        return SigningKey(self.key_id, self.algorithm, self.public)

    def to_json(self) -> str:
        fields = {"key_id": self.key_id, "algorithm": self.algorithm, "public": self.public}
        if self.private:
            fields["private"] = self.private
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> "SigningKey":
        try:
            fields = json.loads(text)
            key = cls(fields["key_id"], fields["algorithm"], fields["public"], fields.get("private", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadKey(
                "密钥应为含 key_id、algorithm、public（及 private）的 JSON，请用 make_signing_keys 生成。"
            ) from None
        if key.algorithm not in ALGORITHM_NAMES:
            raise BadKey(f"不支持的签名算法“{key.algorithm}”，应为 sm2 或 ed25519。")
        return key


def generate_key(algorithm: str, key_id: str) -> SigningKey:
    if algorithm == ED25519:
        pair = Ed25519PrivateKey.generate()
        return SigningKey(key_id, ED25519, pair.public_key().public_bytes_raw().hex(), pair.private_bytes_raw().hex())
    if algorithm != SM2:
        raise BadKey(f"不支持的签名算法“{algorithm}”，应为 sm2 或 ed25519。")
    private = secrets.randbelow(_N - 2) + 1  # 1 … n-2
    return SigningKey(key_id, SM2, _sm2_curve()._kg(private, f"{_GX:064x}{_GY:064x}"), f"{private:064x}")


def signer_for(key: SigningKey) -> Signer:
    if not key.private:
        raise BadKey(f"密钥 {key.key_id} 没有私钥部分，不能用于签名。")
    return Sm2Signer(key) if key.algorithm == SM2 else Ed25519Signer(key)


def verifier_for(key: SigningKey) -> Verifier:
    return Sm2Verifier(key) if key.algorithm == SM2 else Ed25519Verifier(key)


# --- Ed25519 ------------------------------------------------------------------------------------------------


class Ed25519Signer:
    algorithm = ED25519

    def __init__(self, key: SigningKey):
        self.key_id = key.key_id
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.private))
        except ValueError:
            raise BadKey(f"密钥 {key.key_id} 的私钥不是 64 位十六进制。") from None

    def sign(self, message: bytes) -> str:
        return self._key.sign(message).hex()


class Ed25519Verifier:
    algorithm = ED25519

    def __init__(self, key: SigningKey):
        self.key_id = key.key_id
        try:
            self._key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public))
        except ValueError:
            raise BadKey(f"密钥 {key.key_id} 的公钥不是 64 位十六进制。") from None

    def verify(self, message: bytes, signature: str) -> bool:
        try:
            self._key.verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True


# --- SM2 ----------------------------------------------------------------------------------------------------
# The curve arithmetic is gmssl's. Around it stands what it lacks: random numbers from the system (its own are
# those of `random`), SM3 from OpenSSL, range checks on signatures, a curve check on public keys.


def _sm2_curve(public: str = "", private: str = ""):  # type: ignore[no-untyped-def]  # gmssl is untyped
    from gmssl.sm2 import CryptSM2

    curve = CryptSM2(private_key=private, public_key="")
    curve.public_key = public  # not through the constructor: it strips every leading 0 and 4
    return curve


def _sm2_public(key: SigningKey) -> str:
    public = key.public.lower()
    if len(public) == 130 and public.startswith("04"):
        public = public[2:]
    try:
        x, y = int(public[:64], 16), int(public[64:], 16)
    except ValueError:
        x = y = -1
    on_curve = 0 <= x < _P and 0 <= y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0
    if len(public) != 128 or not on_curve:
        raise BadKey(f"密钥 {key.key_id} 的公钥不是 SM2 曲线上的点（应为 128 位十六进制）。")
    return public


def _sm2_digest(public: str, message: bytes) -> bytes:
    """e = SM3(Z ‖ message); Z binds the user id, the curve and the public key (GB/T 32918.2, 5.5)."""
    head = (len(_USER_ID) * 8).to_bytes(2, "big") + _USER_ID
    numbers = b"".join(number.to_bytes(32, "big") for number in (_A, _B, _GX, _GY))
    return sm3(sm3(head + numbers + bytes.fromhex(public)) + message)


class Sm2Signer:
    algorithm = SM2

    def __init__(self, key: SigningKey):
        self.key_id = key.key_id
        self._public = _sm2_public(key)
        if len(key.private) != 64 or not 1 <= int(key.private, 16) <= _N - 2:
            raise BadKey(f"密钥 {key.key_id} 的私钥不是 64 位十六进制或超出范围。")
        self._curve = _sm2_curve(self._public, key.private)

    def sign(self, message: bytes) -> str:
        digest = _sm2_digest(self._public, message)
        while True:
            signature = self._curve.sign(digest, f"{secrets.randbelow(_N - 1) + 1:064x}")
            if signature is not None:  # None: one of the (never seen) numbers that must be drawn again
                return str(signature)


class Sm2Verifier:
    algorithm = SM2

    def __init__(self, key: SigningKey):
        self.key_id = key.key_id
        self._public = _sm2_public(key)
        self._curve = _sm2_curve(self._public)

    def verify(self, message: bytes, signature: str) -> bool:
        if not _SIGNATURE.fullmatch(signature):
            return False
        r, s = int(signature[:64], 16), int(signature[64:], 16)
        if not (1 <= r < _N and 1 <= s < _N) or (r + s) % _N == 0:
            return False
        try:
            return bool(self._curve.verify(signature, _sm2_digest(self._public, message)))
        except TypeError:  # gmssl has no point at infinity: the sum that gives it ends here
            return False
