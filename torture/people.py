"""People at browsers and a department's system: they try again until they know what became of what they did."""

import http.client
import http.cookiejar
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PASSWORD = "Lantern-Rhythm-7421"
PATIENCE = 90.0


@dataclass
class Reply:
    status: int
    body: bytes
    location: str = ""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass
class Person:
    """One browser, or one system, against one site. `troubles` counts what they saw besides answers."""

    address: str
    troubles: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), _Stay())

    def once(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        request = urllib.request.Request(self.address + path, body, headers or {})
        try:
            with self.opener.open(request, timeout=30) as answer:
                return Reply(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read(), error.headers.get("Location", ""))

    def patiently(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        """Again and again while there is no answer, or the site says that it has a problem of its own."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                reply = self.once(path, body, headers)
            except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
                self.troubles[type(getattr(error, "reason", error)).__name__] += 1
            else:
                if reply.status < 500:
                    return reply
                self.troubles[f"HTTP {reply.status}"] += 1
            time.sleep(0.25)
        raise AssertionError(f"{path}: no answer within {PATIENCE:.0f} s, {dict(self.troubles)}")

    def sign_in(self, username: str) -> "Person":
        self.patiently("/staff/login/")
        reply = self.post("/staff/login/", username=username, password=PASSWORD, next="/staff/")
        assert reply.status == 302, reply
        return self

    def post(self, path: str, **fields: Any) -> Reply:
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "") or ""
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True).encode()
        return self.patiently(path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Reply:
        """A form with a file, sent once: what became of it is seen in the list, not guessed."""
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "") or ""
        boundary = uuid.uuid4().hex
        lines = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrfmiddlewaretoken": token, **fields}.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        lines += [head.encode(), b"Content-Type: application/octet-stream\r\n\r\n", content]
        lines.append(f"\r\n--{boundary}--\r\n".encode())
        return self.patiently(path, b"".join(lines), {"Content-Type": f"multipart/form-data; boundary={boundary}"})


@dataclass
class Department(Person):
    """A department's system with its key."""

    secret: str = ""

    def report(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """One batch under one key, however often it has to be sent."""
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Idempotency-Key": uuid.uuid4().hex,
            "Content-Type": "application/json",
        }
        reply = self.patiently("/api/v1/intake/penalties/", json.dumps({"rows": rows}).encode(), headers)
        assert reply.status == 200, reply
        return dict(json.loads(reply.body))
