"""Credit files: the page beside a constant view, a list of names against SQL by hand, reports in CPU seconds."""

import time
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import RoleGrant, User
from benchmarks import queries
from benchmarks.measuring import Run, timed
from benchmarks.rows_web import ADDRESSES, against_hello
from benchmarks.server import served
from benchmarks.table import Line, at_least, at_most, below, left_out
from core.actors import Actor, system_actor
from core.bulk import insert_rows
from core.text import fold_text
from creditfiles import services
from creditfiles.lists import Asked
from creditfiles.models import Lookup, QueryLog
from records.models import Subject
from records.people import actor_for

FILE, LOOKUP, REPORT = "信用档案页", "名单查询", "信用报告"
BY_HAND = Path(__file__).parent / "sql" / "lookup.sql"
NAMES, BATCH, TRIES = 10_000, 500, 3
# What every page of the staff site costs: who it is, navigation, head and foot.
SIMPLE = "/staff/files/orders/new/"
STATEMENTS = {"legal_basis": "《实施方案》第三条", "reference": "测速〔2026〕1号"}
LOOK = (
    "at", "user", "user_name", "door", "subject", "subject_label", "projection", "purpose", "legal_basis", "reference",
)  # fmt: skip


def _office() -> User:
    user, new = User.objects.get_or_create(
        username="bench-office", defaults={"display_name": "测速信用办", "is_staff": True}
    )
    if new:
        RoleGrant.objects.create(user=user, role=Role.CREDIT_OFFICE)
    return user


def _subjects(run: Run, count: int) -> list[Subject]:
    """Whom public records are about, all over the ledger."""
    keys = {row.subject_id for row in queries.sample(run.random, count)}
    return list(Subject.objects.public().filter(pk__in=keys).order_by("pk"))


def page(run: Run) -> list[Line]:
    """Files that were opened today, one after the other, each with its look; nothing of them is kept."""
    user = _office()
    subjects = _subjects(run, ADDRESSES)
    now = timezone.now()
    looks = (
        (now, user.pk, user.display_name, "staff", s.pk, s.name, "authorised", "supervision", *STATEMENTS.values())
        for s in subjects
    )
    insert_rows(QueryLog, LOOK, looks)
    keys = QueryLog.objects.filter(user=user, lookup=None).values_list("pk", flat=True)
    client = Client()
    client.force_login(user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    with served(REQUIRE_SECOND_FACTOR="0") as address:
        result = against_hello(run, address, [f"/staff/files/looks/{pk}/" for pk in keys], cookie)
        simple = against_hello(run, address, [SIMPLE], cookie)
    note = f"{result.requests_per_second:.0f} 个/秒，{len(subjects):,} 份档案"
    beside = result.requests_per_second / simple.requests_per_second
    return [
        at_least(FILE, "每秒请求", result.rate, 0.4, "hello", note),
        Line(FILE, "对工作台上一张空表单", "", f"{beside:.2f} ×", None, f"{simple.requests_per_second:.0f} 个/秒"),
    ]


def lookup(run: Run) -> list[Line]:
    """Half by code, half by name; every second hundredth line is nobody's."""
    actor = actor_for(_office())
    staged = [_stage(run, actor) for _ in range(TRIES)]
    by_hand = _by_hand(staged[0]) if run.on_postgres else None
    tries = []
    for asked in staged:
        with timed() as taken:
            services.run_lookup(asked.pk)
        tries += taken
    ours = min(tries)
    asked.refresh_from_db()
    what = f"{NAMES:,} 个名称"
    run.say(f"{what}：{ours:.2f} 秒，{asked.counts}；手写 SQL：{by_hand or 0:.2f} 秒")
    if by_hand is None:
        return [left_out(LOOKUP, what, f"对照语句只为 PostgreSQL 写成；用时 {ours:.1f} 秒")]
    return [at_most(LOOKUP, what, ours / by_hand, 3, "手写 SQL", f"{ours:.2f} 秒对 {by_hand:.2f} 秒")]


def _stage(run: Run, actor: Actor) -> Lookup:
    """The lines as they wait for the worker."""
    subjects = _subjects(run, NAMES)
    # The statements by hand do not fold.
    plain = [s for s in subjects if fold_text(s.name) == s.name] or subjects
    lines = []
    for n in range(1, NAMES + 1):
        subject, named = subjects[n % len(subjects)], plain[n % len(plain)]
        if n % 200 == 0:
            lines.append(Asked(n, name=f"不存在的第{n}号商行"))
        else:
            lines.append(Asked(n, code=subject.code or "") if n % 2 and subject.code else Asked(n, name=named.name))
    given = {"about": "bodies", "purpose": "supervision", **STATEMENTS}
    return services.open_lookup(lines, actor=actor, at_once=0, today=run.today, **given)


def _by_hand(asked: Lookup) -> float:
    """Seconds for the same answers by SQL alone, the best of some tries; each is rolled back."""
    statements = [s for s in BY_HAND.read_text().split(";\n") if s.strip()]
    tries = []
    for _ in range(TRIES):
        with transaction.atomic():
            with connection.cursor() as cursor, timed() as taken:
                for statement in statements:
                    cursor.execute(statement, {"lookup": asked.pk})
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
        tries += taken
    # What the rollbacks left behind must not slow down what is measured next.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE creditfiles_lookupline, creditfiles_querylog, core_auditevent")
    return min(tries)


def reports(run: Run) -> list[Line]:
    """One public report in CPU time, then a batch by the clock."""
    subjects = [s for s in _subjects(run, BATCH * 2) if s.code][:BATCH]
    now = timezone.now() - timedelta(days=1)
    services.public_report(subjects[0], actor=system_actor(), now=now)  # fonts are read once per process
    started = time.process_time()
    services.public_report(subjects[1], actor=system_actor(), now=now)
    one = (time.process_time() - started) * 1000
    order = services.order_reports([s.code or "" for s in subjects], actor=actor_for(_office()))
    with timed() as taken:
        services.run_order(order.pk)
    each = f"{taken[0]:.1f} 秒，每份 {taken[0] / len(subjects) * 1000:.0f} 毫秒"
    return [
        below(REPORT, "一份的 CPU 时间", one, 1000, "毫秒"),
        Line(REPORT, f"一批 {len(subjects)} 份", "", each, None),
    ]
