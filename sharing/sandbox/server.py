"""The HTTP face of a stand-in platform.

Signed (see sharing.signing):
    POST /v1/records    {"items": [{key, record, version, operation, table, department, columns}, …]}
    POST /v1/receipts   {"keys": [...]}                what became of items that were only accepted
    GET  /v1/manifest?after=&limit=                    what is held, for the nightly comparison
Open, as this is a stand-in on the loopback address:
    GET  /  /healthz  /journal?after=     POST /control
"""

import json
import random
import socket
import time
import traceback
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.signing import Verifier
from sharing.sandbox import tables
from sharing.sandbox.pages import overview_page
from sharing.sandbox.store import BadItem, Store, ToldToCrash, now_seconds
from sharing.signing import BadSignature, verify_request

MAX_BODY = 32 * 1024 * 1024
MAX_ITEMS = 1000
MAX_PAGE = 10_000


class Answer(Exception):
    """Ends the handling of a request with this status and body."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status = status
        self.body = {"errorCode": code, "errorMsg": message}


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], store: Store, verifiers: Mapping[str, Verifier]):
        super().__init__(address, Handler)
        self.store = store
        self.verifiers = verifiers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SandboxServer
    timeout = 60  # an idle or half-sent connection ends

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the page and the journal tell more than an access log."""

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send_json(413, {"errorCode": tables.BODY_SHAPE, "errorMsg": "报文过大。"})
            return
        self._handle(self.rfile.read(int(length)))

    def _handle(self, body: bytes) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        try:
            if url.path.startswith("/v1/"):
                self._signed(url.path, query, body)
            else:
                self._open(url.path, query, body)
        except Answer as answer:
            self._send_json(answer.status, answer.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception:
            traceback.print_exc()
            self.close_connection = True
            self._send_json(500, {"errorCode": tables.SERVER_ERROR, "errorMsg": "平台内部错误。"})

    # --- open -------------------------------------------------------------------------------------------

    def _open(self, path: str, query: dict[str, str], body: bytes) -> None:
        store = self.server.store
        match self.command, path:
            case "GET", "/":
                self._send(200, "text/html; charset=utf-8", overview_page(store, query.get("q", "")).encode())
            case "GET", "/healthz":
                self._send_json(200, {"status": "ok", "platform": store.platform})
            case "GET", "/control":
                self._send_json(200, store.overview())
            case "GET", "/journal":
                self._send_json(200, store.journal(_number(query, "after", 0, 2**62)))
            case "POST", "/control":
                self._send_json(200, store.control(_json_object(body)))
            case _:
                raise Answer(404, "404", "没有这个地址。")

    # --- signed -----------------------------------------------------------------------------------------

    def _signed(self, path: str, query: dict[str, str], body: bytes) -> None:
        store = self.server.store
        if wait := store.controls["slow_seconds"]:
            time.sleep(wait)
        if store.use_up("fail_next") or random.random() < store.controls["fail_rate"]:  # noqa: S311 — not secret
            raise Answer(store.controls["fail_status"], tables.SERVER_ERROR, "平台内部错误，请稍后重试。")
        now = now_seconds()
        self._verify(body, now)
        match self.command, path:
            case "POST", "/v1/records":
                answer = self._records(_json_object(body), now)
                if store.use_up("drop_next"):
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self._send_json(200, answer)
            case "POST", "/v1/receipts":
                keys = _json_object(body).get("keys")
                if not isinstance(keys, list) or len(keys) > MAX_PAGE:
                    raise Answer(400, tables.BODY_SHAPE, "keys 应为报送编号的列表。")
                self._send_json(200, {"results": store.receipts([str(key) for key in keys], now)})
            case "GET", "/v1/manifest":
                limit = _number(query, "limit", 5000, MAX_PAGE)
                self._send_json(200, store.manifest(query.get("after", ""), limit, now))
            case _:
                raise Answer(404, "404", "没有这个地址。")

    def _verify(self, body: bytes, now: float) -> None:
        try:
            nonce = verify_request(
                self.server.verifiers,
                method=self.command,
                target=self.path,
                headers=self.headers,  # type: ignore[arg-type]  # a Message reads like a mapping
                body=body,
                now=now,
            )
        except BadSignature as bad:
            raise Answer(401, bad.code, bad.message) from None
        if not self.server.store.remember_nonce(nonce, now):
            raise Answer(401, tables.REPLAYED, "该请求已收到过，不能重放。")

    def _records(self, body: dict[str, Any], now: float) -> dict[str, Any]:
        items = body.get("items")
        if not isinstance(items, list) or not items:
            raise Answer(400, tables.BODY_EMPTY, "报文中没有 items。")
        if len(items) > MAX_ITEMS:
            raise Answer(413, tables.BODY_SHAPE, f"一批最多 {MAX_ITEMS} 项。")
        try:
            results = self.server.store.receive(items, now)
        except BadItem as bad:
            raise Answer(400, tables.BODY_SHAPE, str(bad)) from None
        except ToldToCrash as crash:
            raise Answer(500, tables.SERVER_ERROR, str(crash)) from None
        failed = sum(result["status"] == "refused" for result in results)
        return {
            "errorCode": tables.OK,
            "errorMsg": "",
            "totalSize": len(items),
            "successSize": len(items) - failed,
            "failSize": failed,
            "tips": "有退回的记录，请按 results 中的列与原因更正后重新报送。" if failed else "",
            "results": results,
        }

    # --- answering --------------------------------------------------------------------------------------

    def _send_json(self, status: int, body: object) -> None:
        self._send(status, "application/json; charset=utf-8", json.dumps(body, ensure_ascii=False).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        head: list[bytes] = self._headers_buffer
        self._headers_buffer: list[bytes] = []
        self.wfile.write(b"".join([*head, b"\r\n"]) + body)


def _json_object(body: bytes) -> dict[str, Any]:
    if not body:
        raise Answer(400, tables.BODY_EMPTY, "报文为空。")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Answer(400, tables.BAD_JSON, "报文不是有效的 JSON。") from None
    if not isinstance(value, dict):
        raise Answer(400, tables.BODY_SHAPE, "报文应为 JSON 对象。")
    return value


def _number(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 0 <= int(text[:19]) <= most:
        raise Answer(400, tables.BODY_SHAPE, f"{name} 应为 0 至 {most} 的整数。")
    return int(text)
