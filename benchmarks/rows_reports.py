"""A department's yearly figures, against the statements somebody would write by hand for them."""

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
    """
    SELECT kind, {month}, count(*), count(*) FILTER (WHERE submitted_on <= due_on),
           count(*) FILTER (WHERE published_on IS NOT NULL), count(*) FILTER (WHERE status = 'approved')
    FROM records_creditrecord
    WHERE agency_id = %(agency)s AND decided_on BETWEEN %(first)s AND %(last)s
      AND submitted_on IS NOT NULL AND status <> 'discarded'
    GROUP BY 1, 2
    """,
    """
    SELECT kind, sum(produced), count(*), count(*) FILTER (WHERE produced = 0) FROM disclosure_monthlydeclaration
    WHERE agency_id = %(agency)s AND month BETWEEN %(first)s AND %(last)s GROUP BY kind
    """,
    """
    SELECT b.importer, count(DISTINCT {row}), count(DISTINCT {row}) FILTER (WHERE r.record_id IS NULL)
    FROM records_importrow r JOIN records_importbatch b ON b.id = r.batch_id
    WHERE b.agency_id = %(agency)s AND r.failed_first AND r.month BETWEEN %(first)s AND %(last)s GROUP BY b.importer
    """,
)


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

    ours = best_of(7, lambda: yearly_report(year, actor=actor))
    sql = best_of(7, by_hand)
    note = f"{ours * 1000:.0f} 毫秒对 {sql * 1000:.0f} 毫秒"
    return [at_most("单位年度报表", "耗时", ours / sql, 1.2, "手写 SQL", note)]
