"""What the demonstration's people looked up: single files, a list with every verdict, reports in one batch.

Told last: it stands on the registry and on the ledger as they are at the end of the story.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from core.actors import Actor
from creditfiles import services
from creditfiles.lists import Asked
from creditfiles.models import Lookup
from records.choices import RecordStatus, SubjectKind
from records.models import CreditRecord, Subject, Tenure

PLAN = "《惠城区加强政务诚信建设实施方案》"


@dataclass(slots=True)
class Looks:
    """One telling. `actor(username, day, hour)` is the person at that hour."""

    today: date
    actor: Callable[[str, date, int], Actor]

    def tell(self) -> None:
        self._single()
        self._bodies()
        self._officials()
        self._reports()

    def _ago(self, days: int) -> date:
        """A working day, or nearly."""
        day = self.today - timedelta(days=days)
        return day - timedelta(days=max(0, day.weekday() - 4))

    # --- single files

    def _single(self) -> None:
        firms = list(self._penalised()[:3])
        matters = (
            ("reviewer", 9, 10, "project_approval", "惠城市监函〔{year}〕17号"),
            ("office", 6, 15, "supervision", "惠城信办〔{year}〕9号"),
            ("auditor", 3, 11, "supervision", "惠城审函〔{year}〕4号"),
        )
        for subject, (who, ago, hour, purpose, number) in zip(firms, matters, strict=False):
            self._open(subject, who, self._ago(ago), hour, purpose, number)
        # Late in the evening, one firm again and again: what 异常查询 is for.
        for hour in (20, 21, 22, 20, 21):
            self._open(firms[0], "office2", self._ago(5), hour, "supervision", "惠城信办〔{year}〕11号")

    def _open(self, subject: Subject, who: str, day: date, hour: int, purpose: str, number: str) -> None:
        actor = self.actor(who, day, hour)
        reference = number.format(year=day.year)
        query = services.open_file(
            subject, purpose=purpose, legal_basis=PLAN, reference=reference, actor=actor, today=day
        )
        if who == "reviewer":
            services.issue_report(query, actor=actor)

    def _penalised(self) -> list[Subject]:
        """Firms with a penalty on record, the most recent first."""
        rows = CreditRecord.objects.filter(
            kind="penalty",
            status=RecordStatus.PUBLISHED,
            subject__kind=SubjectKind.ENTERPRISE,
            subject__merged_into=None,
        )
        newest = rows.order_by("-decided_on", "-pk").select_related("subject")[:60]
        return list({record.subject_id: record.subject for record in newest}.values())

    # --- lists

    def _bodies(self) -> None:
        """Twenty firms that applied for funds, by code, by name, by former name; some cannot be found."""
        penalised = self._penalised()[:6]
        known = {s.pk for s in penalised}
        others = (
            Subject.objects.standing().filter(kind=SubjectKind.ENTERPRISE, code__isnull=False).exclude(pk__in=known)
        )
        names = [*(s.name for s in penalised[:3]), *others.order_by("pk").values_list("name", flat=True)[:5]]
        codes = [*(s.code or "" for s in penalised[3:]), *others.order_by("-pk").values_list("code", flat=True)[:5]]
        wrong = codes[0][:-1] + ("0" if codes[0][-1] != "0" else "1")
        lines = [Asked(n, name=name) for n, name in enumerate(names, 1)]
        lines += [Asked(n, code=code) for n, code in enumerate(codes, len(lines) + 1)]
        last = len(lines)
        lines += [
            Asked(last + 1, name="惠州市不存在的示例商行"),
            Asked(last + 2, name=others.order_by("pk")[6].name, code=codes[1]),
            Asked(last + 3, name="惠州市示例校验商行", code=wrong),
            Asked(last + 4, problem="这一行没有名称，也没有代码或证件号码。"),
        ]
        self._list(lines, "bodies", "fiscal_funds", "agency-admin", 4, "惠城财函〔{year}〕26号")

    def _officials(self) -> None:
        """Candidates of the first agency, by name and unit, and one by name alone."""
        agency = Subject.objects.get(memberships__user__username="agency-admin")
        posts = Tenure.objects.on(self._ago(2)).filter(agency=agency).select_related("official").order_by("pk")[:4]
        lines = [Asked(n, name=t.official.name, unit=agency.name) for n, t in enumerate(posts, 1)]
        lines.append(Asked(len(lines) + 1, name=lines[0].name))
        self._list(lines, "officials", "promotion", "agency-admin", 2, "惠城组干〔{year}〕58号")

    def _list(self, lines: list[Asked], about: str, purpose: str, who: str, ago: int, number: str) -> Lookup:
        day = self._ago(ago)
        return services.open_lookup(
            lines, about=about, purpose=purpose, legal_basis=PLAN, reference=number.format(year=day.year),
            actor=self.actor(who, day, 10), today=day,
        )  # fmt: skip

    # --- reports

    def _reports(self) -> None:
        codes = [s.code or "" for s in self._penalised()[:5]]
        day = self._ago(1)
        order = services.order_reports(codes, actor=self.actor("office", day, 16))
        services.run_order(order.pk, now=self.actor("office", day, 16).now())
