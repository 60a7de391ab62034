"""试算: what a day would do to what readers see; for the credit office, and for auditors to read."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import audit, desk
from core.admin import actor_of
from core.desk import Place, Section
from core.masking import mask_person_name
from core.pages import form_page, render
from core.tabular.streaming import stream_xlsx
from core.tabular.writing import stream_csv
from records.admin.policy_forms import DryRunForm, default_day
from records.admin.rules import keeps_rules
from records.choices import Effect, RecordKindCode, SubjectKind, Tier
from records.kinds import kind_of, registered
from records.models import DryRun, DryRunRow, PublicationProposal, PublicationRule, Subject
from records.services import dry_runs

PAGE, GROUPS = 50, 200
reads_runs = desk.roles(Role.CREDIT_OFFICE, Role.AUDITOR)
TONES = {
    Effect.APPEARS: "开始公示", Effect.VANISHES: "停止公示", Effect.FIELDS: "公示的字段或写法改变",
    Effect.TERMS: "内容不变，公示依据或截止日改变", Effect.EXPIRES: "最长公示期届满，停止公示",
}  # fmt: skip
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
HEADER = (
    "信用记录编号", "公示变化", "种类", "细类", "决定机关", "主体", "主体类别", "失信程度", "文书号", "决定日期",
    "原规则", "新规则", "原公示截止日", "新公示截止日", "新增公开字段", "不再公开字段", "内容变化字段",
)  # fmt: skip
NAMES = {"subject": "主体名称", "title": "标题"}


@desk.page("policy/<int:pk>/dry-run/", "policy_dry_run", may=keeps_rules)
def policy_dry_run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """试算 a proposal."""
    proposal = get_object_or_404(PublicationProposal, pk=pk)
    return _ask(request, proposal, reverse("admin:policy_proposal", args=[pk]))


@desk.page("policy/expiring/", "policy_expiring", may=keeps_rules)
def policy_expiring(request: HttpRequest) -> HttpResponseBase:
    """到期预览: what the calendar and the approved rules do until a day."""
    return _ask(request, None, reverse("admin:policy"))


def _ask(request: HttpRequest, proposal: PublicationProposal | None, cancel: str) -> HttpResponseBase:
    rules = list(proposal.rules.all()) if proposal else []
    form = DryRunForm(request.POST or None, day=default_day(rules, timezone.localdate()))

    def act() -> HttpResponseBase:
        run = dry_runs.start_dry_run(
            proposal.pk if proposal else None, form.cleaned_data["day"], actor=actor_of(request)
        )
        return redirect("admin:dry_run", run.pk)

    intro = (
        "列出提案施行后，到所选日期哪些信息会新公开、停止公开或变化；不改变任何信息。"
        if proposal
        else "列出按现行和已批准的规则，到所选日期哪些信息会期满、停止公开或新公开；不改变任何信息。"
    )
    title = f"试算：{proposal.title}" if proposal else "到期预览"
    return form_page(request, form, act, title=title, submit="试算", cancel=cancel, intro=intro)


@desk.page("dry-runs/<int:pk>/", "dry_run", may=reads_runs)
def dry_run(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Counts, fields, and the list of one effect, by pages."""
    run = get_object_or_404(DryRun.objects.select_related("proposal", "asked_by"), pk=pk)
    totals: Counter[str] = Counter()
    for effect, *_, count in run.summary["groups"]:
        totals[effect] += count
    tab = request.GET.get("effect", "")
    tab = tab if tab in totals else next((e for e in Effect.values if e in totals), "")
    rows = run.rows.filter(effect=tab).order_by("record_id")
    if (after := request.GET.get("after", "")).isdecimal():
        rows = rows.filter(record_id__gt=int(after))
    found = list(rows.select_related("record__subject", "agency", "rule_before", "rule_after")[: PAGE + 1])
    context = {
        "title": f"试算：{run.proposal.title}" if run.proposal else "到期预览",
        "run": run,
        "progress": dry_runs.progress(run),
        "running": run.finished_at is None and not run.problem,
        "kept": not run.affected or bool(found) or bool(after),
        "tabs": [(e, Effect(e).label, TONES[Effect(e)], totals[e]) for e in Effect.values if e in totals],
        "tab": tab,
        "groups": _groups(run, tab),
        "group_cap": GROUPS,
        "fields": _fields(run),
        "by_proposal": run.rows.filter(rule_after__proposal=run.proposal_id).count() if run.proposal_id else 0,
        "rows": [_line(row) for row in found[:PAGE]],
        "following": found[PAGE - 1].record_id if len(found) > PAGE else "",
        "moved": dry_runs.moved_since(run) if run.finished_at else 0,
        "moved_cap": dry_runs.CAP,
        "back": reverse("admin:policy_proposal", args=[run.proposal_id])
        if run.proposal_id
        else reverse("admin:policy"),
    }
    return render(request, "admin/policy/dry_run.html", context)


def _groups(run: DryRun, tab: str) -> list[dict[str, Any]]:
    """Kind × agency × subject kind × category × tier with counts, the largest first."""
    mine = sorted((g for g in run.summary["groups"] if g[0] == tab), key=lambda g: -g[-1])[:GROUPS]
    names = dict(Subject.objects.filter(pk__in={g[2] for g in mine}).values_list("pk", "name"))
    return [
        {
            "kind": kind_of(kind).named(category), "agency": names.get(agency, ""), "count": count,
            "subject_kind": SubjectKind(subject_kind).label, "tier": Tier(tier).label if tier else "—",
        }
        for _, kind, agency, subject_kind, category, tier, count in mine
    ]  # fmt: skip


def _fields(run: DryRun) -> list[dict[str, Any]]:
    """Which fields appear, vanish or change, in how many records."""
    return [
        {"kind": kind_of(kind).label, "label": labels.get(name, name), "added": a, "removed": r, "altered": c}
        for kind, counts in sorted(run.summary["fields"].items())
        if (labels := _labels(kind)) is not None
        for name, (a, r, c) in counts.items()
    ]


def _labels(kind: str) -> dict[str, str]:
    return {**{field.name: field.label for field in kind_of(kind).fields}, **NAMES}


def _line(row: DryRunRow) -> dict[str, Any]:
    labels = _labels(row.kind)
    return {
        "row": row,
        "subject": subject_of(row.record.subject),
        "before": row.rule_before.title if row.rule_before else "没有规则",
        "after": row.rule_after.title if row.rule_after else "没有规则",
        "added": [labels.get(n, n) for n in row.fields_added],
        "removed": [labels.get(n, n) for n in row.fields_removed],
        "altered": [labels.get(n, n) for n in row.fields_altered],
    }


def subject_of(subject: Subject) -> str:
    """A person's name is not needed to judge a rule."""
    return mask_person_name(subject.name) if subject.is_person else subject.name


@desk.page("dry-runs/<int:pk>/progress/", "dry_run_progress", may=reads_runs)
def dry_run_progress(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Part of the page that asks again while a worker is at it."""
    run = get_object_or_404(DryRun, pk=pk)
    running = run.finished_at is None and not run.problem
    context = {"run": run, "progress": dry_runs.progress(run), "running": running}
    response = render(request, "admin/policy/progress.html", context)
    if not running:
        response["HX-Refresh"] = "true"
    return response


@desk.page("dry-runs/<int:pk>/export.<str:format_>", "dry_run_export", may=reads_runs)
def dry_run_export(request: HttpRequest, pk: int, format_: str) -> HttpResponseBase:
    """Every row, streamed; taking it out is itself noted."""
    run = get_object_or_404(DryRun, pk=pk)
    if format_ not in TYPES:
        raise Http404
    audit.record("records.dry_run_exported", run, actor=actor_of(request))
    name = f"试算明细-{run.day:%Y%m%d}-{run.pk}"
    rows = _lines(run)
    body = stream_csv(HEADER, rows) if format_ == "csv" else stream_xlsx(HEADER, rows, title="试算明细")
    response = StreamingHttpResponse(body, content_type=TYPES[format_])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{format_}')}"
    response["X-Accel-Buffering"] = "no"
    return response


def _lines(run: DryRun) -> Iterator[list[Any]]:
    titles: dict[int | None, str] = defaultdict(lambda: "没有规则")
    titles |= dict(PublicationRule.objects.values_list("pk", "title"))
    labels = {kind.code: _labels(kind.code) for kind in registered()}
    categories = {kind.code: dict(kind.categories) for kind in registered()}
    rows = run.rows.order_by("record_id").select_related("record__subject", "agency")
    for row in rows.iterator(chunk_size=2_000):
        record, named = row.record, labels[row.kind]
        yield [
            record.pk, Effect(row.effect).label, RecordKindCode(row.kind).label,
            categories[row.kind].get(record.category, ""), row.agency.name, subject_of(record.subject),
            SubjectKind(row.subject_kind).label, Tier(row.tier).label if row.tier else "", record.document_number,
            record.decided_on, titles[row.rule_before_id], titles[row.rule_after_id],
            row.until_before, row.until_after,
            *("、".join(named.get(n, n) for n in names)
              for names in (row.fields_added, row.fields_removed, row.fields_altered)),
        ]  # fmt: skip


desk.add_places(Place(Section.RULES, "到期预览", "policy_expiring", keeps_rules, order=14))
