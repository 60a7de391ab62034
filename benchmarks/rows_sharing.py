"""Reporting revisions to three platforms, against the same bodies posted in a loop to the same receivers."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from benchmarks.databases import ROOT
from benchmarks.measuring import Run, timed
from benchmarks.table import Line, at_least
from records.models import Revision
from sharing import services
from sharing.choices import DeliveryState
from sharing.client import signer_of
from sharing.models import Delivery, Platform
from sharing.payload import Parcel, PlatformTables, body_of
from sharing.services.fan_out import fan_out, last_sealed
from sharing.signing import sign_request

ROW = "报送三个平台"
SENT = (DeliveryState.STORED, DeliveryState.RECALLED)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A stand-in platform in a process of its own, with an empty store."""

    code: str
    port: int


@contextmanager
def receiver(code: str, folder: Path) -> Iterator[Receiver]:
    folder.mkdir()
    command = [sys.executable, "-m", "sharing.sandbox", "--platform", code, "--port", "0", "--data", str(folder)]
    command += ["--trust", str(Path(settings.SIGNING_KEYS_DIR) / f"{code}.public.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Receiver(code, int(process.stdout.readline().rsplit(":", 1)[1]))
        finally:
            process.terminate()


@contextmanager
def receivers(folder: Path) -> Iterator[list[Receiver]]:
    with ExitStack() as stack:
        yield [stack.enter_context(receiver(code, folder / code)) for code in settings.SHARING_PLATFORMS]


def push(run: Run) -> list[Line]:
    wanted = min(run.pushed, last_sealed())
    platforms = list(Platform.objects.order_by("pk"))
    for platform in platforms:
        Platform.objects.filter(pk=platform.pk).update(cursor_seq=last_sealed() - wanted, enabled=True)
        fan_out(platform.pk)
    with timed() as taken, _pointed_at(run.folder / "pushed"):
        counts = [services.push(p.pk, seconds=3600) for p in platforms]
    run.say(f"{taken[0]:.1f} 秒 {counts}")
    sent = Delivery.objects.filter(state__in=SENT).count()
    if unsent := Delivery.objects.exclude(state__in=(*SENT, DeliveryState.SUPERSEDED)).count():
        raise RuntimeError(f"{unsent} 条未报出或被退回")
    raw = _raw(run, platforms)
    what = f"{wanted:,} 条修订 × {len(platforms)}"
    note = f"{taken[0]:.1f} 秒对 {raw:.1f} 秒；已入库 {sent:,}"
    return [at_least(ROW, what, raw / taken[0], 0.5, "裸 HTTP", note)]


@contextmanager
def _pointed_at(folder: Path) -> Iterator[None]:
    """The platforms' addresses lead to fresh receivers."""
    folder.mkdir()
    before = settings.SHARING_PLATFORMS
    with receivers(folder) as running:
        settings.SHARING_PLATFORMS = {r.code: {**before[r.code], "url": f"http://127.0.0.1:{r.port}"} for r in running}
        try:
            yield
        finally:
            settings.SHARING_PLATFORMS = before


def _raw(run: Run, platforms: list[Platform]) -> float:
    """Seconds for posting bodies that were made and signed beforehand."""
    folder = run.folder / "raw"
    folder.mkdir()
    total = 0.0
    with receivers(folder) as running:
        for platform, target in zip(platforms, running, strict=True):
            assert platform.code == target.code
            requests = _requests(platform)
            with timed() as taken:
                _post_all(target.port, requests)
            total += taken[0]
    return total


def _requests(platform: Platform) -> list[tuple[bytes, dict[str, str]]]:
    tables, signer = PlatformTables(platform, settings.DISTRICT["code"]), signer_of(platform.code)
    sent = Delivery.objects.filter(platform=platform, state__in=SENT).order_by("pk")
    rows = list(map(Parcel._make, sent.values_list(*Parcel._fields)))
    made = []
    for start in range(0, len(rows), settings.SHARING_BATCH):
        chunk = rows[start : start + settings.SHARING_BATCH]
        publics = dict(Revision.objects.filter(pk__in=[row.revision_id for row in chunk]).values_list("pk", "public"))
        items = [tables.item(row, publics[row.revision_id]) for row in chunk]
        body = body_of(item for item in items if item.missing is None)
        headers = sign_request(signer, method="POST", target="/v1/records", body=body, now=time.time())
        made.append((body, {**headers, "Content-Type": "application/json; charset=utf-8"}))
    return made


def _post_all(port: int, requests: list[tuple[bytes, dict[str, str]]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for body, headers in requests:
        connection.request("POST", "/v1/records", body, headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"receiver answered {response.status}")
    connection.close()
