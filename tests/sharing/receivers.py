"""The stand-in receiver as a real process, with a client that signs like the sender does."""

import http.client
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from core.signing import ED25519, Signer, generate_key, signer_for
from sharing.signing import sign_request

ROOT = Path(__file__).resolve().parent.parent.parent
# Correct check digits, fictional bodies.
COMPANY = "91441302MA4UK8LN4T"
AGENCY = "114413020072000050"


class Receiver:
    """One stand-in platform on a free port; restarts on the same port with the same file."""

    def __init__(self, platform: str = "municipal", algorithm: str = ED25519):
        self.platform = platform
        self.folder = Path(tempfile.mkdtemp(prefix="receiver-"))
        self.key = generate_key(algorithm, f"test-{platform}")
        self.signer: Signer = signer_for(self.key)
        self.trust = self.folder / "key.public.json"
        self.trust.write_text(self.key.public_half().to_json())
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Receiver":
        command = [sys.executable, "-m", "sharing.sandbox", "--platform", self.platform]
        command += ["--port", str(self.port), "--data", str(self.folder), "--trust", str(self.trust)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the receiver did not start")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None and self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(10)
        self.process.stdout.close()
        self.process = None
        return code

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def close(self) -> None:
        if self.process:
            self.stop()
        shutil.rmtree(self.folder)

    def __enter__(self) -> "Receiver":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- talking to it ----------------------------------------------------------------------------------

    def request(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, target, body or None, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def signed(self, method: str, target: str, content: object = None) -> tuple[int, Any]:
        body = b"" if content is None else json.dumps(content).encode()
        headers = sign_request(self.signer, method=method, target=target, body=body, now=time.time())
        status, answer = self.request(method, target, body, headers)
        return status, json.loads(answer)

    def post(self, *items: dict[str, Any]) -> list[dict[str, Any]]:
        status, answer = self.signed("POST", "/v1/records", {"items": list(items)})
        assert status == 200, answer
        return list(answer["results"])

    def control(self, **changes: Any) -> Any:
        if not changes:
            return json.loads(self.request("GET", "/control")[1])
        status, answer = self.request("POST", "/control", json.dumps(changes).encode())
        assert status == 200, answer
        return json.loads(answer)

    def manifest(self) -> dict[str, list[Any]]:
        """record → [version, digest, recalled], all pages."""
        held: dict[str, list[Any]] = {}
        after: str | None = ""
        while after is not None:
            _, page = self.signed("GET", f"/v1/manifest?after={after}")
            held |= {record: rest for record, *rest in page["items"]}
            after = page["next"]
        return held

    def journal(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while page := json.loads(self.request("GET", f"/journal?after={rows[-1]['id'] if rows else 0}")[1]):
            rows += page
        return rows


def penalty(record: str = "r1", version: int = 1, *, key: str = "", **columns: str) -> dict[str, Any]:
    """A row that every check accepts; `columns` replaces some, an empty text empties one."""
    content = {
        "CF_XDR_MC": "惠州市惠城区某某商贸有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": COMPANY,
        "CF_FRDB": "张某",
        "CF_WSH": "惠城市监处罚〔2026〕12号",
        "CF_WFXW": "未按规定公示价格",
        "CF_SY": "销售商品未明码标价。",
        "CF_YJ": "《中华人民共和国价格法》第四十二条",
        "CF_CFLB": "罚款",
        "CF_NR": "罚款人民币2000元。",
        "CF_NR_FK": "0.200000",
        "CF_JDRQ": "2026/03/02",
        "CF_YXQ": "2099/12/31",
        "CF_CFJG": "惠州市惠城区市场监督管理局",
        "CF_CFJGDM": AGENCY,
        "CF_SJLY": "惠州市惠城区市场监督管理局",
        "CF_SJLYDM": AGENCY,
    } | columns
    return {
        "key": key or f"municipal:{record}:{version}",
        "record": record,
        "version": version,
        "operation": "upsert",
        "table": "CF_FR",
        "department": AGENCY,
        "columns": {code: value for code, value in content.items() if value},
    }


def dishonesty(record: str = "s1", **columns: str) -> dict[str, Any]:
    """A dishonesty record of an agency that every check accepts."""
    content = {
        "ZWSX_ZT_MC": "惠州市惠城区某某局",
        "ZWSX_ZT_LB": "政府机构",
        "ZWSX_ZT_SHXYM": AGENCY,
        "ZWSX_SXZL": "拖欠账款：拖欠账款",
        "ZWSX_WSH": "惠城信认〔2026〕3号",
        "ZWSX_WSRQ": "2026/03/02",
        "ZWSX_SXRQ": "2026/03/05",
        "ZWSX_CD": "严重",
        "ZWSX_SJLY": "惠州市惠城区某某局",
        "ZWSX_SJLYDM": AGENCY,
    }
    return _other("ZWSX_FR", record, content | columns)


def honour(record: str = "h1", **columns: str) -> dict[str, Any]:
    content = {
        "SXRY_ZT_MC": "惠州市惠城区某某局",
        "SXRY_ZT_LB": "政府机构",
        "SXRY_ZT_SHXYM": AGENCY,
        "SXRY_MC": "诚信建设先进单位",
        "SXRY_WSH": "惠府奖〔2026〕3号",
        "SXRY_SYRQ": "2026/03/02",
        "SXRY_SJLY": "惠州市惠城区某某局",
        "SXRY_SJLYDM": AGENCY,
    }
    return _other("SXRY_FR", record, content | columns)


def _other(table: str, record: str, content: dict[str, str]) -> dict[str, Any]:
    columns = {code: value for code, value in content.items() if value}
    return penalty(record) | {"table": table, "columns": columns}


def recall(record: str, version: int) -> dict[str, Any]:
    return {
        "key": f"municipal:{record}:{version}",
        "record": record,
        "version": version,
        "operation": "recall",
        "reason": "行政处罚决定被依法撤销",
    }
