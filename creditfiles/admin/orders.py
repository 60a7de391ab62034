"""批量出具: order, watch, take the reports as one archive."""

import tempfile
import zipfile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.choices import Role
from core import desk
from core.admin import actor_of
from core.desk import Place, Section
from core.errors import WrongState
from core.pages import form_page, render
from creditfiles import services
from creditfiles.choices import OrderStatus
from creditfiles.forms import OrderForm
from creditfiles.models import ReportOrder

PAGE = 50
orders_reports = desk.roles(Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR)


@desk.page("files/orders/", "report_orders", may=orders_reports)
def report_orders(request: HttpRequest) -> HttpResponseBase:
    rows = ReportOrder.objects.visible_to(actor_of(request)).select_related("ordered_by")[:PAGE]
    return render(request, "admin/creditfiles/orders.html", {"title": "批量出具", "rows": rows})


@desk.page("files/orders/new/", "report_order_new", may=orders_reports)
def report_order_new(request: HttpRequest) -> HttpResponseBase:
    form = OrderForm(request.POST or None)

    def act() -> HttpResponseBase:
        order = services.order_reports(form.cleaned_data["codes"].splitlines(), actor=actor_of(request))
        messages.success(request, "已提交，正在后台出具，可以离开本页，稍后回来。")
        return redirect("admin:report_order", order.pk)

    cancel = reverse("admin:report_orders")
    return form_page(request, form, act, title="批量出具信用报告", submit="开始出具", cancel=cancel)


def own_order(request: HttpRequest, pk: int) -> ReportOrder:
    order: ReportOrder | None = ReportOrder.objects.visible_to(actor_of(request)).filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


@desk.page("files/orders/<int:pk>/", "report_order", may=orders_reports)
def report_order(request: HttpRequest, pk: int) -> HttpResponseBase:
    order = own_order(request, pk)
    running = order.status != OrderStatus.DONE
    context = {"title": "批量出具", "order": order, "running": running, "reports": order.reports.order_by("pk")[:500]}
    return render(request, "admin/creditfiles/order.html", context)


@desk.page("files/orders/<int:pk>/reports.zip", "report_order_zip", may=orders_reports)
def report_order_zip(request: HttpRequest, pk: int) -> HttpResponseBase:
    order = own_order(request, pk)
    if order.status != OrderStatus.DONE:
        raise WrongState("not_done", "报告还在出具中，完成后再下载。")
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for report in order.reports.order_by("pk").iterator(chunk_size=100):
            with report.file.open() as stored:
                archive.writestr(f"{report.subject_label}-{report.code}.pdf", stored.read())
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"信用报告-批次{order.pk}.zip")


desk.add_places(Place(Section.SUBJECTS, "批量出具报告", "report_orders", orders_reports, order=25))
