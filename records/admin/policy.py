"""公示规则: the rules that hold, and proposals of new ones by one person that another approves."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core import desk, formats
from core.actors import Actor
from core.admin import Act, actor_of
from core.desk import Place, Queue, Section
from core.errors import Invalid
from core.lifecycle import first_reason
from core.pages import ReasonForm, add_refusal, form_page, render
from records.admin.forms import OpinionForm
from records.admin.policy_forms import ClassForm, DryRunForm, ProposalForm, VersionForm, class_label, default_day
from records.admin.rules import DatedAdmin, keeps_rules, reads_rules
from records.admin.words import PROPOSAL as BADGES
from records.choices import RuleStatus, SubjectKind, Tier
from records.kinds import kind_of
from records.lifecycle import PROPOSAL
from records.models import PublicationProposal, PublicationRule
from records.permissions import may_change_proposal
from records.policy import PublicationPolicy
from records.projection import ALL_FIELDS
from records.services import dry_runs, policies

PAGE = 50
TABS = RuleStatus.choices


def months(rule: PublicationRule) -> str:
    least = f"最短{rule.min_months}个月，" if rule.min_months is not None else ""
    return least + (f"最长{rule.max_months}个月" if rule.max_months is not None else "至有效期届满")


def opened(rule: PublicationRule) -> str:
    if ALL_FIELDS in rule.fields:
        return "该种类标准中可公开的全部字段"
    labels = {f.name: f.label for f in kind_of(rule.kind).fields}
    return "、".join(labels.get(name, name) for name in rule.fields) or "（不公开任何字段）"


@admin.register(PublicationRule)
class PublicationRuleAdmin(DatedAdmin):
    new_version = "admin:publication_rule_new"
    intro = "哪一类信息公开到什么程度、公示多久。没有规则写明公开的，一律不公示。新规则由一人提出、另一人批准。"
    list_display = ("title", "scope", "visibility", "months", "begins", "force")
    list_filter = ("kind", "visibility", "tier")
    search_fields = ("title", "basis")
    search_help_text = "名称或依据"
    fieldsets = (
        (None, {"fields": ("title", "code", "scope")}),
        (
            "公示",
            {
                "fields": (
                    "visibility", "opened", "months", "in_force_from", "in_force_to", "applies_to_earlier",
                    "applied_on", "force",
                )
            },
        ),
        ("依据", {"fields": ("basis", "edition", "certainty", "proposal")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request).filter(status=RuleStatus.APPROVED)
        return rows

    def versions(self) -> Any:
        return PublicationRule.objects.approved()

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        acts = [Act("公示规则提案", reverse("admin:policy"))]
        return [*acts, Act("提出新规则", reverse("admin:policy_new"), quiet=False)] if keeps_rules(actor) else acts

    @admin.display(description="适用范围", ordering="kind")
    def scope(self, rule: PublicationRule) -> str:
        return class_label(rule.kind, rule.category, rule.subject_kind, rule.tier)

    @admin.display(description="施行日期", ordering="in_force_from")
    def begins(self, rule: PublicationRule) -> str:
        return formats.day(rule.in_force_from) + ("，溯及已有记录" if rule.applies_to_earlier else "")

    @admin.display(description="公示期")
    def months(self, rule: PublicationRule) -> str:
        return months(rule)

    @admin.display(description="公开字段")
    def opened(self, rule: PublicationRule) -> str:
        return opened(rule)


# ---------------------------------------------------------------- proposals


@desk.page("policy/", "policy", may=reads_rules)
def proposals(request: HttpRequest) -> HttpResponseBase:
    """提案, newest first."""
    actor = actor_of(request)
    tab = request.GET.get("tab") if request.GET.get("tab") in dict(TABS) else "proposed"
    rows = PublicationProposal.objects.filter(status=tab).select_related("proposed_by").prefetch_related("rules")
    if (after := request.GET.get("after", "")).isdecimal():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    context = {
        "title": "公示规则提案",
        "tabs": TABS,
        "tab": tab,
        "may_propose": keeps_rules(actor),
        "rows": [{"proposal": p, "badge": BADGES[RuleStatus(p.status)]} for p in found[:PAGE]],
        "following": found[PAGE - 1].pk if len(found) > PAGE else "",
    }
    return render(request, "admin/policy/list.html", context)


def _found(pk: int) -> PublicationProposal:
    found: PublicationProposal = get_object_or_404(
        PublicationProposal.objects.select_related("proposed_by", "decided_by", "revoked_by"), pk=pk
    )
    return found


@desk.page("policy/<int:pk>/", "policy_proposal", may=reads_rules)
def proposal(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What is proposed, before → after; the latest dry run; the decision of a second person."""
    found, form = _found(pk), OpinionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _decide(request, pk, form.cleaned_data["opinion"])
        except Invalid as refusal:
            add_refusal(form, refusal)
    context = proposal_context(found, actor_of(request), form, timezone.localdate())
    return render(request, "admin/policy/proposal.html", context, status=400 if form.errors else 200)


def _decide(request: HttpRequest, pk: int, opinion: str) -> HttpResponseBase:
    actor = actor_of(request)
    if request.POST.get("decision") == "reject":
        policies.refuse_proposal(pk, actor=actor, opinion=opinion)
        messages.success(request, "已退回提案，现行规则不变。")
    else:
        policies.approve_proposal(pk, actor=actor, opinion=opinion, seen=request.POST.get("seen", ""))
        messages.success(request, "已批准。规则自施行之日起适用，溯及已有记录的当日自动处理。")
    return redirect("admin:policy_proposal", pk)


def proposal_context(found: PublicationProposal, actor: Actor, form: OpinionForm, today: date) -> dict[str, Any]:
    rules = list(found.rules.order_by("kind", "subject_kind", "category", "tier", "in_force_from"))
    waiting = found.status == RuleStatus.PROPOSED
    refusal = first_reason(PROPOSAL.transition("ratify").may, found, actor)
    run, digest = dry_runs.latest_dry_run(found), policies.content_digest(rules)
    sees_runs = actor.has("credit_office", "auditor")
    return {
        "title": found.title,
        "proposal": found,
        "badge": BADGES[RuleStatus(found.status)],
        "rules": [_compared(rule) for rule in rules],
        "digest": digest,
        "form": form,
        "waiting": waiting,
        "may_decide": waiting and not refusal,
        "why_not": refusal if waiting and keeps_rules(actor) else None,
        "may_change": waiting and may_change_proposal(found, actor) is None,
        "single": len(rules) == 1,
        "class_form": ClassForm(),
        "run": run if sees_runs else None,
        "sees_runs": sees_runs,
        "may_try": waiting and keeps_rules(actor),
        "stale": run is not None and run.proposal_digest != digest,
        "moved": dry_runs.moved_since(run) if run and waiting and sees_runs else 0,
        "dry_run_form": DryRunForm(day=default_day(rules, today)),
        "may_revoke": found.status == RuleStatus.APPROVED
        and keeps_rules(actor)
        and all(rule.in_force_from > today for rule in rules),
        "late": [rule for rule in rules if waiting and rule.in_force_from <= today],
    }


def _compared(rule: PublicationRule) -> dict[str, Any]:
    """A proposed version beside what would hold without it on its first day, for the same class."""
    new, old = _lines(rule), [(tier, _lines(other)) for tier, other in _before(rule)]
    return {
        "rule": rule,
        "label": class_label(rule.kind, rule.category, rule.subject_kind, rule.tier),
        "lines": [(name, _said([(tier, lines.get(name)) for tier, lines in old]), text) for name, text in new.items()],
    }


def _before(rule: PublicationRule) -> list[tuple[str, PublicationRule | None]]:
    """Tier → rule; one for all tiers ("") where the class has a tier, or they have the same rule."""
    day, policy = rule.in_force_from, PublicationPolicy()
    others = PublicationPolicy([r for r in policy.rules if r.pk != rule.pk])
    tiers = [rule.tier] if rule.tier else sorted({r.tier for r in others.rules if r.kind == rule.kind} | {""})
    subject_kind = rule.subject_kind or SubjectKind.ENTERPRISE
    found = {
        tier: others.rule_for(rule.kind, subject_kind, tier, day, on=day, category=rule.category) for tier in tiers
    }
    if len(found) > 1 and found[""] is None:
        del found[""]  # every record of this kind has a tier
    same = {other.pk if other else 0 for other in found.values()}
    return [("", next(iter(found.values())))] if len(same) == 1 else list(found.items())


def _said(answers: Sequence[tuple[str, str | None]]) -> str:
    parts = [(str(Tier(tier).label), text or "没有规则，不公示") for tier, text in answers]
    return parts[0][1] if len(parts) == 1 else "；".join(f"{tier}：{text}" for tier, text in parts)


def _lines(rule: PublicationRule | None) -> dict[str, str]:
    if rule is None:
        return {}
    return {
        "公开方式": rule.get_visibility_display(), "公开字段": opened(rule), "公示期": months(rule), "依据": rule.basis,
    }  # fmt: skip


# ---------------------------------------------------------------- proposing


@desk.page("policy/new/", "policy_new", may=keeps_rules)
def policy_new(request: HttpRequest) -> HttpResponseBase:
    """提出新规则: first the class of records, then the version."""
    form = ClassForm(request.GET if "kind" in request.GET else None)
    if not form.is_valid():
        context = {"title": "提出新规则", "form": form, "cancel": reverse("admin:policy")}
        return render(request, "admin/policy/class.html", context, status=400 if form.is_bound else 200)
    about = form.cleaned_data
    return _propose(request, about, _present(about), reverse("admin:policy"))


@desk.page("publication-rules/<int:pk>/new/", "publication_rule_new", may=keeps_rules)
def publication_rule_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """新增版本 of a rule that holds, as a proposal of its own."""
    base = get_object_or_404(PublicationRule.objects.approved(), pk=pk)
    about = {name: getattr(base, name) for name in ClassForm.base_fields}
    return _propose(request, about, base, reverse("admin:records_publicationrule_change", args=[pk]))


def _present(about: dict[str, str]) -> PublicationRule | None:
    """The newest rule that was written for exactly this class, to start from."""
    return PublicationRule.objects.approved().filter(**about).order_by("-in_force_from").first()


def _propose(
    request: HttpRequest, about: dict[str, str], base: PublicationRule | None, cancel: str
) -> HttpResponseBase:
    form = ProposalForm(about, request.POST or None, base=base)

    def act() -> HttpResponseBase:
        data = form.cleaned_data
        made = policies.propose_rules(
            [form.version()], title=data["proposal_title"], reason=data["reason"], actor=actor_of(request)
        )
        messages.success(request, "提案已登记。可以追加规则、试算，然后由信用办的另一位工作人员批准。")
        return redirect("admin:policy_proposal", made.pk)

    title = f"提出新规则：{class_label(**about)}"
    intro = "提案经信用办另一位工作人员批准后，自施行日期起适用。批准前不影响任何信息的公示。"
    return form_page(request, form, act, title=title, submit="提出", cancel=cancel, intro=intro)


@desk.page("policy/<int:pk>/add/", "policy_add", may=keeps_rules)
def policy_add(request: HttpRequest, pk: int) -> HttpResponseBase:
    """追加规则 to a proposal that waits."""
    found, chosen = _found(pk), ClassForm(request.GET)
    if not chosen.is_valid():
        context = {"title": "追加规则", "form": chosen, "cancel": reverse("admin:policy_proposal", args=[pk])}
        return render(request, "admin/policy/class.html", context, status=400)
    about = chosen.cleaned_data
    form = VersionForm(about, request.POST or None, base=_present(about))

    def act() -> HttpResponseBase:
        policies.add_version(pk, form.version(), actor=actor_of(request))
        messages.success(request, "已追加。提案有变化，请重新试算。")
        return redirect("admin:policy_proposal", pk)

    cancel = reverse("admin:policy_proposal", args=[pk])
    title = f"追加规则：{class_label(**about)}"
    return form_page(request, form, act, title=title, submit="追加", cancel=cancel, intro=f"提案：{found.title}")


@desk.page("policy/<int:pk>/remove/<int:rule>/", "policy_remove", may=keeps_rules)
@require_POST
def policy_remove(request: HttpRequest, pk: int, rule: int) -> HttpResponseBase:
    if not PublicationProposal.objects.filter(pk=pk).exists():
        raise Http404
    policies.remove_version(pk, rule, actor=actor_of(request))
    messages.success(request, "已移除。提案有变化，请重新试算。")
    return redirect("admin:policy_proposal", pk)


@desk.page("policy/<int:pk>/revoke/", "policy_revoke", may=keeps_rules)
def policy_revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    """撤销 before the first day."""
    found, form = _found(pk), ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        policies.revoke_proposal(pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "已撤销，现行规则不变。")
        return redirect("admin:policy_proposal", pk)

    intro = f"提案：{found.title}。它的规则都还没有施行；撤销之后不再施行，现行规则继续适用，没有信息因此变化。"
    cancel = reverse("admin:policy_proposal", args=[pk])
    return form_page(request, form, act, title="撤销公示规则提案", submit="撤销", cancel=cancel, intro=intro)


def _waiting(actor: Actor, today: date) -> int:
    rows = PublicationProposal.objects.filter(status=RuleStatus.PROPOSED).exclude(proposed_by=actor.user_id)
    return int(rows.count())


desk.add_queues(
    Queue("公示规则待批准", "信用办同事提出的公示规则，请看过试算后批准或退回", "policy", keeps_rules, _waiting)
)
desk.add_places(
    Place(Section.RULES, "公示规则", "records_publicationrule_changelist", reads_rules, order=10),
    Place(Section.RULES, "公示规则提案", "policy", reads_rules, order=12),
)
