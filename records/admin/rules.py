"""规则与日历: dated rules and the working-day calendar, changed by new rows only. 公示规则: records/admin/policy.py."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce, ExtractYear
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of
from core.desk import Place, Section
from core.errors import Invalid
from core.models import CalendarDay, CalendarYear, Clock, Rule
from core.pages import form_page, render
from core.services import add_rule_version, load_calendar_year, parse_calendar
from records.admin.forms import CalendarForm, RuleForm
from records.choices import Tier
from records.deadlines import OBJECT
from records.models import CreditRecord

READERS = frozenset({Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR})
keeps_rules = desk.roles(Role.CREDIT_OFFICE)
reads_rules = desk.roles(*READERS)
SHOWN = 200


class DatedAdmin(ReadingAdmin):
    """Rows with days between which they hold."""

    readers = READERS
    new_version = ""

    def get_queryset(self, request: HttpRequest) -> Any:
        later = self.versions().filter(code=OuterRef("code"), in_force_from__gt=OuterRef("in_force_from"))
        now = Exists(later.filter(in_force_from__lte=timezone.localdate()))
        return super().get_queryset(request).annotate(replaced=now)

    @admin.display(description="效力")
    def force(self, row: Any) -> str:
        """Whether this row, an earlier or a later one answers for today."""
        today = timezone.localdate()
        if row.in_force_from > today:
            return "尚未施行"
        ended = row.in_force_to is not None and row.in_force_to < today
        return "已被新版本取代" if ended or row.replaced else "现行"

    def versions(self) -> Any:
        """The rows that hold, or will."""
        return self.model._default_manager.all()

    def acts(self, obj: Any, actor: Actor) -> Sequence[Act]:
        latest = not self.versions().filter(code=obj.code, in_force_from__gt=obj.in_force_from).exists()
        return [Act("新增版本", reverse(self.new_version, args=[obj.pk]))] if latest and keeps_rules(actor) else []


@admin.register(Rule)
class RuleAdmin(DatedAdmin):
    new_version = "admin:rule_new"
    intro = "期限、分级界线、指标公式等，按施行日期分版本。每一条记录按其决定日期适用当时的版本。"
    list_display = ("title", "shown_value", "in_force_from", "force", "edition")
    search_fields = ("code", "title", "basis")
    search_help_text = "名称、代码或依据"
    fieldsets = (
        (None, {"fields": ("title", "code", "shown_value", "in_force_from", "in_force_to", "force")}),
        ("依据", {"fields": ("basis", "edition", "certainty")}),
    )

    @admin.display(description="内容")
    def shown_value(self, rule: Rule) -> str:
        """A period or a formula in words; other values as they are stored."""
        value = rule.value
        if "days" in value:
            return f"{value['days']}{'个工作日' if value.get('working', True) else '日'}"
        if "serious" in value and "minor" in value:
            return _tiers(value)
        return str(value["explanation"]) if "explanation" in value else json.dumps(value, ensure_ascii=False)


def _tiers(value: Mapping[str, Any]) -> str:
    """penalty.tier in words, in the order in which it is applied."""
    minor, serious = value["minor"], value["serious"]
    parts = ["简易程序"] if minor.get("simple_procedure") else []
    parts += [f"仅有{'、'.join(minor['only'])}的"] if minor.get("only") else []
    grave = [f"有{'、'.join(serious['any'])}之一的"] if serious.get("any") else []
    grave += [f"罚款达到{serious['fine_at_least']}万元的"] if serious.get("fine_at_least") else []
    rest = str(Tier(value.get("otherwise", Tier.GENERAL)).label)
    return f"严重：{'，或'.join(grave)}；轻微：{'，或'.join(parts)}；其余为{rest}。"


@admin.register(CalendarYear)
class CalendarYearAdmin(ReadingAdmin):
    readers = READERS
    intro = "国务院办公厅放假通知按年导入。没有导入的年度按周一至周五暂定，导入后相关期限自动重算。"
    list_display = ("year_label", "days", "origin", "notice", "loaded_at")
    fieldsets = ((None, {"fields": ("year_label", "origin", "notice", "loaded_at", "listed")}),)

    def get_queryset(self, request: HttpRequest) -> Any:
        days = CalendarDay.objects.annotate(year=ExtractYear("date")).filter(year=OuterRef("year"))
        counted = days.order_by().values("year").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(number=Coalesce(Subquery(counted), 0))

    @admin.display(description="来源", ordering="source")
    def origin(self, row: CalendarYear) -> str:
        """What came with the system names its library and version; what was loaded here names its file."""
        return f"系统自带节假日数据（{row.source}）" if row.source.startswith("chinesecalendar") else row.source

    @admin.display(description="年份", ordering="year")
    def year_label(self, row: CalendarYear) -> str:
        return f"{row.year}年"

    @admin.display(description="放假与调休天数")
    def days(self, row: CalendarYear) -> int:
        return int(row.number)  # type: ignore[attr-defined]

    @admin.display(description="放假与调休")
    def listed(self, row: CalendarYear) -> str:
        days = CalendarDay.objects.filter(date__year=row.year).order_by("date")
        return "\n".join(
            f"{d.date.month}月{d.date.day}日　{'上班' if d.is_workday else '放假'}　{d.name}" for d in days
        )

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        return [Act("导入年度", reverse("admin:calendar_load"), quiet=False)] if keeps_rules(actor) else []


@desk.page("rules/<int:pk>/new/", "rule_new", may=keeps_rules)
def rule_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """新增版本 of a rule."""
    rule = get_object_or_404(Rule, pk=pk)
    first = {"title": rule.title, "value": json.dumps(rule.value, ensure_ascii=False, indent=2), "basis": rule.basis}
    form = RuleForm(request.POST or None, initial=first)

    def act() -> HttpResponseBase:
        added = add_rule_version(rule.code, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "新版本已登记，自施行日期起适用。")
        return redirect("admin:core_rule_change", added.pk)

    cancel = reverse("admin:core_rule_change", args=[pk])
    intro = "登记一个新的版本，自施行日期起适用；此前的记录仍按原版本。已登记的版本不能修改。"
    return form_page(request, form, act, title=f"新增版本：{rule.title}", submit="登记", cancel=cancel, intro=intro)


@desk.page("calendar/load/", "calendar_load", may=keeps_rules)
def calendar_load(request: HttpRequest) -> HttpResponseBase:
    """导入年度: then says which deadlines moved."""
    form = CalendarForm(request.POST or None, request.FILES or None, initial={"year": timezone.localdate().year + 1})

    def act() -> HttpResponseBase:
        before = dict(Clock.objects.filter(provisional=True).values_list("pk", "due_on"))
        upload, data = form.cleaned_data["file"], form.cleaned_data
        days = parse_calendar(_text(upload.read()))
        result = load_calendar_year(
            data["year"], days, actor=actor_of(request), source=upload.name, notice=data["notice"]
        )
        context = {"title": f"{data['year']}年日历已导入", "result": result, "moved": _moved(before), "shown": SHOWN}
        return render(request, "admin/records/calendar_loaded.html", context)

    cancel = reverse("admin:core_calendaryear_changelist")
    intro = (
        "上传 JSON 文件：days 列表，每天有 date、name、isOffDay（true 为放假，false 为调休上班）。"
        "再次导入同一年度会整年替换。"
    )
    return form_page(request, form, act, title="导入年度日历", submit="导入", cancel=cancel, intro=intro)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("calendar_unreadable", "文件不是 UTF-8 编码的文本，没有导入任何内容。") from None


def _moved(before: dict[int, date]) -> list[dict[str, Any]]:
    """Deadlines of records that are on another day now, old and new."""
    clocks = Clock.objects.filter(pk__in=before, object_type=OBJECT)
    moved = [clock for clock in clocks if clock.due_on != before[clock.pk]][:SHOWN]
    records = CreditRecord.objects.select_related("subject").in_bulk([clock.object_id for clock in moved])
    return [{"record": records.get(c.object_id), "old": before[c.pk], "new": c.due_on} for c in moved]


desk.add_places(
    Place(Section.RULES, "期限与指标规则", "core_rule_changelist", reads_rules, order=20),
    Place(Section.RULES, "工作日历", "core_calendaryear_changelist", reads_rules, order=30),
)
