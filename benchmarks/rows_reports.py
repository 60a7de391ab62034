"""A department's yearly figures, against the statements somebody would write by hand for them.

Both sides answer the same question: the department's name, its decisions of both kinds month by month, what it declared
for each month, what failed its first check, and the formulas in force.
"""

from datetime import date

from django.db import connection

from accounts.models import User
from benchmarks.measuring import Run, best_of
from benchmarks.table import Line, at_most
from demo.agencies import by_key
from demo.subjects import CLERK
from disclosure.reports import yearly_report
from records.models import Subject
from records.people import actor_for

BY_HAND = (
    "SELECT name FROM records_subject WHERE id = %(agency)s",
    """
    SELECT kind, {month}, count(*), count(*) FILTER (WHERE submitted_on <= due_on),
           count(*) FILTER (WHERE published_on IS NOT NULL), count(*) FILTER (WHERE status = 'approved')
    FROM records_creditrecord
    WHERE agency_id = %(agency)s AND kind IN ('licence', 'penalty') AND decided_on BETWEEN %(first)s AND %(last)s
      AND submitted_on IS NOT NULL AND status <> 'discarded'
    GROUP BY 1, 2
    """,
    """
    SELECT kind, month, produced FROM disclosure_monthlydeclaration
    WHERE agency_id = %(agency)s AND month BETWEEN %(first)s AND %(last)s
    """,
    """
    SELECT b.importer, count(DISTINCT {row}), count(DISTINCT {row}) FILTER (WHERE r.record_id IS NULL)
    FROM records_importrow r JOIN records_importbatch b ON b.id = r.batch_id
    WHERE b.agency_id = %(agency)s AND r.failed_first AND r.month BETWEEN %(first)s AND %(last)s GROUP BY b.importer
    """,
    """
    SELECT code, title, value, basis, edition FROM core_rule
    WHERE code LIKE 'kpi.%%' AND in_force_from <= %(last)s AND (in_force_to IS NULL OR in_force_to >= %(last)s)
    """,
)
ROUNDS = 15


# One decision counts once (disclosure/rejected.py).
ROW = (
    "CASE WHEN r.record_id IS NOT NULL THEN 'r' || r.record_id WHEN r.fingerprint = '' THEN '#' || r.id"
    " ELSE r.fingerprint END"
)


def yearly(run: Run) -> list[Line]:
    agency = Subject.objects.get(code=by_key()["market"].code)
    clerk = actor_for(User.objects.get(username=CLERK))
    # The dataset's clerk works for everybody; this one only for one department.
    actor = type(clerk)(clerk.user_id, clerk.name, roles=clerk.roles, unit_ids=frozenset({agency.pk}))
    year = run.today.year - 1
    parameters = {"agency": agency.pk, "first": date(year, 1, 1), "last": date(year, 12, 31)}
    if not run.on_postgres:
        parameters = {k: v.isoformat() if isinstance(v, date) else v for k, v in parameters.items()}

    month = "date_trunc('month', decided_on)" if run.on_postgres else "strftime('%%Y-%%m', decided_on)"

    def by_hand() -> None:
        with connection.cursor() as cursor:
            for statement in BY_HAND:
                cursor.execute(statement.replace("{month}", month).replace("{row}", ROW), parameters)
                cursor.fetchall()

    # In turns, so that whatever else the machine does hits both.
    rounds = [(best_of(1, lambda: yearly_report(year, actor=actor)), best_of(1, by_hand)) for _ in range(ROUNDS)]
    ours, sql = (min(tries) for tries in zip(*rounds, strict=True))
    note = f"{ours * 1000:.1f} 毫秒对 {sql * 1000:.1f} 毫秒"
    return [at_most("单位年度报表", "耗时", ours / sql, 1.2, "手写 SQL", note)]
