"""One signed conversation with a platform: kept-alive connection, hard deadline, nothing retried but a stale link."""

import http.client
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from core.signing import BadKey, Signer, SigningKey, signer_for
from sharing.signing import sign_request

MAX_ANSWER = 32 * 1024 * 1024
PIECE = 256 * 1024


class Unreachable(Exception):
    """No complete answer: connection, time or protocol. Whether the request arrived is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is None when the answer was not a JSON object."""

    status: int
    body: dict[str, Any] | None
    retry_after: int

    @property
    def message(self) -> str:
        body = self.body or {}
        text = f"{body.get('errorCode') or ''} {body.get('errorMsg') or ''}".strip()
        return f"HTTP {self.status} {text}".strip()


def signer_of(platform_code: str) -> Signer:
    """The signer from PLATFORM_<CODE>_SIGNING_KEY, else from the file that make_signing_keys wrote. BadKey if none."""
    text = settings.SHARING_PLATFORMS[platform_code]["signing_key"]
    if not text:
        path = Path(settings.SIGNING_KEYS_DIR) / f"{platform_code}.private.json"
        try:
            text = path.read_text()
        except OSError:
            raise BadKey(f"没有找到签名密钥 {path}，请运行 make_signing_keys 或设置环境变量。") from None
    return signer_for(SigningKey.from_json(text))


class PlatformClient:
    """Use as a context manager; not to be shared between threads."""

    def __init__(self, url: str, signer: Signer, timeout: float):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(f"平台地址“{url}”不是有效的网址。")
        self.parts, self.signer, self.timeout = parts, signer, timeout
        self.prefix = parts.path.rstrip("/")
        self.connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "PlatformClient":
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def _close(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None

    def _open(self) -> http.client.HTTPConnection:
        host, port = str(self.parts.hostname), self.parts.port
        if self.parts.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self.timeout)

    def get(self, target: str) -> Answer:
        return self._request("GET", target, b"")

    def post(self, target: str, body: bytes) -> Answer:
        return self._request("POST", target, body)

    def _request(self, method: str, target: str, body: bytes) -> Answer:
        reused = self.connection is not None
        try:
            return self._once(method, target, body)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            stale = reused and isinstance(error, http.client.RemoteDisconnected | ConnectionError)
            if not stale:
                raise Unreachable(_reason(error)) from error
        try:  # the platform had closed an idle connection; items carry idempotency keys
            return self._once(method, target, body)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise Unreachable(_reason(error)) from error

    def _once(self, method: str, target: str, body: bytes) -> Answer:
        deadline = time.monotonic() + self.timeout
        target = self.prefix + target
        headers = sign_request(self.signer, method=method, target=target, body=body, now=time.time())
        if body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if self.connection is None:
            self.connection = self._open()
        self.connection.request(method, target, body or None, headers)
        response = self.connection.getresponse()
        text = self._read(response, deadline)
        if response.will_close:
            self._close()
        return Answer(response.status, _object(text), _seconds(response.getheader("Retry-After")))

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        pieces, size = [], 0
        while piece := response.read(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_ANSWER:
                raise http.client.HTTPException("answer too large")
            if time.monotonic() > deadline:
                raise TimeoutError("answer took too long")
        return b"".join(pieces)


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except ValueError:  # also half a surrogate pair or NaN, which no database would take either
        return None
    return value if isinstance(value, dict) else None


def _seconds(text: str | None) -> int:
    return min(int(text), 86_400) if text and text.isascii() and text.isdigit() else 0


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "平台在规定时间内没有答复"
    if isinstance(error, ConnectionRefusedError):
        return "平台拒绝连接（可能没有运行）"
    if isinstance(error, ssl.SSLError):
        return f"平台的证书或加密连接有问题：{error.reason}"
    return f"与平台的连接中断：{type(error).__name__}"
