"""Signed requests to the platforms above. Pure: needs neither Django nor a database.

A request is bound to its method, path, time, nonce, key and body by seven lines of text, joined by LF:

    HC-SIGN-1
    POST                          method, upper case
    /v1/records?x=1               path with query, as sent
    1795420800                    X-Credit-Timestamp: seconds since 1970
    5f0c…                         X-Credit-Nonce: 32 hex digits, never used twice
    huicheng-municipal-2026       X-Credit-Key-Id
    SM3=9f86d0…                   X-Credit-Digest: of the body, hex; SHA-256=… with Ed25519

X-Credit-Algorithm (`SM2-SM3` or `Ed25519`) names how the text was signed, X-Credit-Signature carries the
result in hex. The receiver decides by the *registered* key which algorithm holds; the header is only compared
with it.

Keys and algorithms are those of core/signing.py.
"""

import secrets
from collections.abc import Mapping

from core.signing import ALGORITHM_NAMES, Signer, Verifier, body_digest

KEY_ID = "X-Credit-Key-Id"
ALGORITHM = "X-Credit-Algorithm"
TIMESTAMP = "X-Credit-Timestamp"
NONCE = "X-Credit-Nonce"
DIGEST = "X-Credit-Digest"
SIGNATURE = "X-Credit-Signature"
HEADERS = (KEY_ID, ALGORITHM, TIMESTAMP, NONCE, DIGEST, SIGNATURE)

# A request older or newer than this is refused; nonces are remembered for at least as long.
WINDOW_SECONDS = 300


class BadSignature(Exception):
    """The request is not what the owner of a registered key sent now, once. `code` is for the answer."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


# --- requests -----------------------------------------------------------------------------------------------


def canonical_text(*, method: str, target: str, timestamp: str, nonce: str, key_id: str, digest: str) -> bytes:
    return "\n".join(("HC-SIGN-1", method.upper(), target, timestamp, nonce, key_id, digest)).encode()


def sign_request(
    signer: Signer, *, method: str, target: str, body: bytes, now: float, nonce: str = ""
) -> dict[str, str]:
    """The six headers that make `body` to `target` provably ours at this time, once."""
    timestamp = str(int(now))
    nonce = nonce or secrets.token_hex(16)
    digest = body_digest(signer.algorithm, body)
    text = canonical_text(
        method=method, target=target, timestamp=timestamp, nonce=nonce, key_id=signer.key_id, digest=digest
    )
    return {
        KEY_ID: signer.key_id,
        ALGORITHM: ALGORITHM_NAMES[signer.algorithm],
        TIMESTAMP: timestamp,
        NONCE: nonce,
        DIGEST: digest,
        SIGNATURE: signer.sign(text),
    }


def verify_request(
    verifiers: Mapping[str, Verifier],
    *,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
) -> str:
    """The nonce of a genuine request, which the caller must refuse when seen before; else BadSignature.

    Cheap checks come first: a stranger cannot make the receiver do curve arithmetic without a known key id,
    a fresh time and the right digest.
    """
    given = {name: headers.get(name) or "" for name in HEADERS}
    if missing := [name for name, value in given.items() if not value]:
        raise BadSignature("7001", f"缺少签名头：{'、'.join(missing)}。")
    verifier = verifiers.get(given[KEY_ID])
    if verifier is None:
        raise BadSignature("7002", f"密钥编号 {given[KEY_ID]} 未在本平台登记。")
    if given[ALGORITHM] != ALGORITHM_NAMES[verifier.algorithm]:
        raise BadSignature("7002", f"密钥 {verifier.key_id} 登记的算法为 {ALGORITHM_NAMES[verifier.algorithm]}。")
    if not given[TIMESTAMP].isascii() or not given[TIMESTAMP].isdigit():
        raise BadSignature("7003", "时间戳应为自 1970 年起的秒数。")
    if abs(now - int(given[TIMESTAMP])) > WINDOW_SECONDS:
        raise BadSignature("7003", f"时间戳与本平台时间相差超过 {WINDOW_SECONDS} 秒，请校准时钟后重发。")
    if not 16 <= len(given[NONCE]) <= 64:
        raise BadSignature("7004", "随机数应为 16 至 64 个字符。")
    if not secrets.compare_digest(
        given[DIGEST].lower().encode(), body_digest(verifier.algorithm, body).lower().encode()
    ):
        raise BadSignature("7005", "报文摘要与报文内容不符，报文可能被改动。")
    text = canonical_text(
        method=method,
        target=target,
        timestamp=given[TIMESTAMP],
        nonce=given[NONCE],
        key_id=verifier.key_id,
        digest=given[DIGEST],
    )
    if not verifier.verify(text, given[SIGNATURE]):
        raise BadSignature("7006", "签名验证不通过，请核对密钥。")
    return given[NONCE]
