"""数据治理: possible duplicates with their evidence; merge, un-merge, “not the same”, each on record."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Queue, Section
from core.pages import ReasonForm, form_page, render
from records.admin.registry_forms import DifferentForm, MergeForm
from records.choices import DuplicateState
from records.duplicates import describe
from records.models import CreditRecord, DuplicateCandidate, Subject, SubjectMerge
from records.services.merges import judge_different, merge_subjects, undo_merge

LENGTH = 50
reads = desk.roles(Role.CREDIT_OFFICE, Role.AUDITOR)
steward = desk.roles(Role.CREDIT_OFFICE)


@desk.page("duplicates/", "duplicates", may=reads)
def duplicates(request: HttpRequest) -> HttpResponseBase:
    """Pairs in one state, the strongest evidence first."""
    state = request.GET.get("state", "")
    state = state if state in DuplicateState.values else DuplicateState.OPEN
    rows = DuplicateCandidate.objects.filter(state=state).select_related("first", "second", "judged_by")
    place = request.GET.get("after", "")
    if place.count("-") == 1 and all(part.isdecimal() and len(part) < 15 for part in place.split("-")):
        score, pk = map(int, place.split("-"))
        rows = rows.filter(score__lte=score).exclude(score=score, pk__lte=pk)
    found = list(rows.order_by("-score", "pk")[: LENGTH + 1])
    last = found[LENGTH - 1] if len(found) > LENGTH else None
    context = {
        "title": "疑似重复", "rows": found[:LENGTH], "state": state, "tabs": DuplicateState.choices,
        "following": f"{last.score}-{last.pk}" if last else "",
    }  # fmt: skip
    return render(request, "admin/registry/duplicates.html", context)


def _candidate(pk: int) -> DuplicateCandidate:
    found = DuplicateCandidate.objects.select_related("first", "second", "judged_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@desk.page("duplicates/<int:pk>/", "duplicate", may=reads)
def duplicate(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Two subjects side by side; 合并 by whoever may."""
    candidate, actor = _candidate(pk), actor_of(request)
    pair = (candidate.first, candidate.second)
    choices = [(s.pk, f"{s.name}（{s.code or '无统一社会信用代码'}，编号{s.pk}）") for s in pair]
    form = MergeForm(choices, request.POST or None)

    def act() -> HttpResponseBase:
        survivor = form.cleaned_data["survivor"]
        merged = next(s.pk for s in pair if s.pk != survivor)
        merge_subjects(merged, survivor, actor=actor, evidence=form.cleaned_data["evidence"])
        messages.success(request, "已合并。信用记录没有移动；误判的可以在“主体合并”中恢复。")
        return redirect("admin:duplicates")

    return form_page(
        request, form, act, title="疑似重复", submit="合并", cancel=reverse("admin:duplicates"),
        template="admin/registry/duplicate.html", candidate=candidate, pair=pair, rows=_rows(pair),
        may=steward(actor) and candidate.state == DuplicateState.OPEN,
        crumbs=[("疑似重复", reverse("admin:duplicates")), (str(candidate), "")],
    )  # fmt: skip


def _rows(pair: tuple[Subject, Subject]) -> list[tuple[str, str, str, bool]]:
    """(label, one's value, the other's, whether they differ)."""
    one, other = (describe(s) | {"信用记录": _records(s)} for s in pair)
    return [
        (label, one[label], other[label], one[label] != other[label]) for label in one if one[label] or other[label]
    ]


def _records(subject: Subject) -> str:
    count = CreditRecord.objects.filter(subject=subject)[: desk.CAP].count()
    return f"{count}条"


@desk.page("duplicates/<int:pk>/different/", "duplicate_different", may=steward)
def duplicate_different(request: HttpRequest, pk: int) -> HttpResponseBase:
    """不是同一主体: remembered."""
    candidate, form = _candidate(pk), DifferentForm(request.POST or None)

    def act() -> HttpResponseBase:
        judge_different(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已记住，不再提示这一对主体。")
        return redirect("admin:duplicates")

    return form_page(
        request, form, act, title="不是同一主体", submit="确认不是同一主体",
        cancel=reverse("admin:duplicate", args=[pk]), intro=str(candidate),
        crumbs=[("疑似重复", reverse("admin:duplicates")), ("不是同一主体", "")],
    )  # fmt: skip


@desk.page("merges/", "merges", may=reads)
def merges(request: HttpRequest) -> HttpResponseBase:
    """主体合并, newest first, undone ones too."""
    rows = SubjectMerge.objects.select_related("merged", "survivor", "merged_by", "undone_by").order_by("-pk")
    if (after := request.GET.get("after", "")).isdecimal() and len(after) < 15:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: LENGTH + 1])
    following: Any = found[LENGTH - 1].pk if len(found) > LENGTH else ""
    context = {
        "title": "主体合并",
        "rows": found[:LENGTH],
        "following": following,
        "steward": steward(actor_of(request)),
    }
    return render(request, "admin/registry/merges.html", context)


@desk.page("merges/<int:pk>/undo/", "merge_undo", may=steward)
def merge_undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """恢复."""
    found = SubjectMerge.objects.select_related("merged", "survivor").filter(pk=pk).first()
    if found is None:
        raise Http404
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        undo_merge(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已恢复，两个主体各自独立，与合并前完全一致。")
        return redirect("admin:merges")

    intro = f"“{found.merged.name}”将不再并入“{found.survivor.name}”。"
    crumbs = [("主体合并", reverse("admin:merges")), ("恢复", "")]
    return form_page(
        request, form, act, title="恢复合并的主体", submit="恢复", cancel=reverse("admin:merges"), intro=intro,
        crumbs=crumbs,
    )  # fmt: skip


def _open(actor: Actor, today: Any) -> int:
    return int(DuplicateCandidate.objects.filter(state=DuplicateState.OPEN)[: desk.CAP].count())


desk.add_queues(Queue("疑似重复的主体", "核对线索，合并或判断不是同一主体", "duplicates", steward, _open))
desk.add_places(
    Place(Section.SUBJECTS, "疑似重复", "duplicates", reads, order=60),
    Place(Section.SUBJECTS, "主体合并", "merges", reads, order=70),
)
