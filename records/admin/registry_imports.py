"""导入机构资料、公务员名册: the first step; the rest of the way is that of every import (records/admin/imports.py)."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.choices import Role
from core import desk
from core.admin import actor_of
from core.desk import Place, Section
from core.pages import form_page
from records import imports
from records.admin.forms import UploadForm
from records.admin.sheets import Sheet, register
from records.imports.agencies import AGENCIES
from records.imports.officials import OFFICIALS
from records.services import memberships

keeps = desk.roles(Role.AGENCY_ADMIN, Role.CREDIT_OFFICE)
TABLES = (OFFICIALS, AGENCIES)
for table in TABLES:
    register(Sheet(table.code, table.columns))


@desk.page("registry/import/", "registry_import", may=keeps)
def registry_import(request: HttpRequest) -> HttpResponseBase:
    """上传; then every row says what it would add or change."""
    actor = actor_of(request)
    agencies, kinds = memberships.agencies_of(actor), [(t.code, t.label) for t in TABLES]
    form = UploadForm(request.POST or None, request.FILES or None, agencies=agencies, kinds=kinds)

    def act() -> HttpResponseBase:
        upload, data = form.cleaned_data["file"], form.cleaned_data
        batch = imports.create_batch(
            upload, importer=data["kind"], agency_id=data["agency"], filename=upload.name, actor=actor
        )
        return redirect("admin:import_batch", batch.pk)

    return form_page(
        request, form, act, title="导入机构资料或公务员名册", submit="上传并检查", cancel=reverse("admin:imports"),
        template="admin/registry/import.html", kinds=kinds, lonely=not agencies,
    )  # fmt: skip


desk.add_places(Place(Section.SUBJECTS, "导入机构和名册", "registry_import", keeps, order=40))
