"""Atom feeds: the newest public records, and the ledger of corrections."""

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from orjson import loads

from core.formats import day
from portal.environment import record_url
from portal.filters import Asked, select
from portal.pages.corrections import ledger, line
from portal.pages.disclosure import KINDS

ATOM = "application/atom+xml; charset=utf-8"
ENTRIES = 50


def _absolute(path: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + path


def _feed(title: str, path: str, own: str) -> Atom1Feed:
    name = settings.SITE["name"]
    return Atom1Feed(
        title=f"{name}：{title}", link=_absolute(path), description=title, language="zh-CN",
        feed_url=_absolute(own), author_name=settings.SITE["organiser"],
    )  # fmt: skip


def newest(asked: Asked) -> str:
    about = KINDS.get(asked.kind)
    own = reverse("portal:feed") + (f"?kind={asked.kind}" if about else "")
    feed = _feed(
        about["title"] if about else "最新公示", reverse(about["view"]) if about else reverse("portal:home"), own
    )
    records = select(asked).select_related("revision").only("record_id", "summary", "revision__at")
    for r in records.order_by("-published_on", "-record_id")[:ENTRIES] if not asked.kind else records[:ENTRIES]:
        public = loads(r.summary)
        address = _absolute(record_url(r.record_id))
        summary = f"{public['agency']['name']}，{day(public['decided_on'])}，{public['document_number']}"
        feed.add_item(
            title=f"{public['kind_label']}：{public['subject']['name']}，{public['title']}", link=address,
            description=summary, unique_id=address, updateddate=r.revision.at, author_name=public["agency"]["name"],
        )  # fmt: skip
    return feed.writeString("utf-8")


def corrections() -> str:
    feed = _feed("更正公告", reverse("portal:corrections"), reverse("portal:corrections-feed"))
    rows, _ = ledger({})
    for revision in rows[:ENTRIES]:
        entry = line(revision)
        address = _absolute(entry.href or reverse("portal:corrections"))
        feed.add_item(
            title=f"{entry.act.label}：{entry.title}", link=address, description=entry.reason or entry.act.meaning,
            unique_id=f"{address}#revision-{entry.id}", updateddate=entry.at, author_name=entry.agency,
        )  # fmt: skip
    return feed.writeString("utf-8")
