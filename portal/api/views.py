"""Views of the open API: parse, read, write JSON. Errors have one shape (core.api)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from core.errors import NotFound
from portal.api import reading, schema
from portal.filters import Asked
from portal.throttles import MinuteThrottle, client_of, within

Asking = HttpRequest | Request
ERRORS = {400: schema.ErrorSchema, 429: schema.ErrorSchema}
MISSING = {404: schema.ErrorSchema, 429: schema.ErrorSchema}


def written(body: str) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


def as_json(value: Any) -> HttpResponse:
    return written(json.dumps(value, ensure_ascii=False))


class OpenView(APIView):
    """Anyone may read; an address may ask so many times a minute."""

    throttle_classes = [MinuteThrottle]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """There is no one to authenticate and one format to answer in, so for nearly every request all that the
        framework would look into is known; looking costs as much as the search. It still answers whatever else comes.
        """
        if _is_plain(request) and within("api", client_of(request), settings.API_RATE_PER_MINUTE):
            # A refusal is written by portal.errors, in the API's shape.
            response: HttpResponse = self.get(request, *args, **kwargs)  # type: ignore[attr-defined]
            response["Allow"] = "GET, HEAD, OPTIONS"
            return response
        return super().dispatch(request, *args, **kwargs)


def _is_plain(request: HttpRequest) -> bool:
    """A GET that takes JSON."""
    accepted = request.META.get("HTTP_ACCEPT", "*/*")
    takes_json = accepted == "*/*" or accepted.split(";")[0] == "application/json"
    return request.method == "GET" and takes_json and "format" not in request.GET


def _next(request: Asking, after: str | int) -> str:
    """The same question, continued; the address is relative to the site's root."""
    kept = {name: value for name, value in request.GET.items() if name != "after" and value}
    return f"{request.path}?{urlencode({**kept, 'after': after})}"


def _page(request: Asking, results: list[str], following: str) -> HttpResponse:
    onward = json.dumps(_next(request, following)) if following else "null"
    return written(f'{{"results":[{",".join(results)}],"next":{onward}}}')


class RecordsView(OpenView):
    @extend_schema(
        operation_id="records", summary="公示信息列表", tags=["公示信息"],
        parameters=schema.RECORD_FILTERS, responses={200: schema.RecordPageSchema, **ERRORS},
    )  # fmt: skip
    def get(self, request: Asking) -> HttpResponse:
        query: Mapping[str, str] = request.GET
        results, following = reading.records(Asked.of(query), reading.size_of(query))
        return _page(request, results, following)


class RecordView(OpenView):
    @extend_schema(
        operation_id="record", summary="一条公示信息", tags=["公示信息"],
        responses={200: schema.RecordSchema, 410: schema.ErrorSchema, **MISSING},
    )  # fmt: skip
    def get(self, request: Asking, record_id: int) -> HttpResponse:
        return written(reading.record(record_id))


class SubjectsView(OpenView):
    @extend_schema(
        operation_id="subjects", summary="主体列表", tags=["主体"],
        parameters=schema.SUBJECT_FILTERS, responses={200: schema.SubjectPageSchema, **ERRORS},
    )  # fmt: skip
    def get(self, request: Asking) -> HttpResponse:
        query: Mapping[str, str] = request.GET
        results, following = reading.subjects(query, reading.size_of(query))
        return as_json({"results": results, "next": _next(request, following) if following else None})


class SubjectView(OpenView):
    @extend_schema(
        operation_id="subject", summary="一个主体", tags=["主体"],
        description="已并入其他主体的，转到保留的主体（301）。",
        responses={200: schema.SubjectSchema, 301: None, **MISSING},
    )  # fmt: skip
    def get(self, request: Asking, subject_id: int) -> HttpResponse:
        try:
            return as_json(reading.subject(subject_id))
        except NotFound:
            if survivor := reading.merged_into(subject_id):
                return HttpResponsePermanentRedirect(reverse("api:subject", args=[survivor]))
            raise


class RevisionsView(OpenView):
    @extend_schema(
        operation_id="revisions", summary="修订", tags=["修订"],
        description="按连续的序号列出每一次变更。记住 last，下次用 after=last 接着读，不会漏掉任何一条。",
        parameters=schema.REVISION_FILTERS, responses={200: schema.RevisionPageSchema, **ERRORS},
    )  # fmt: skip
    def get(self, request: Asking) -> HttpResponse:
        query: Mapping[str, str] = request.GET
        size = reading.size_of(query, reading.FEED_SIZE, reading.MAX_FEED_SIZE)
        results, last = reading.revisions(query, size)
        return as_json({"results": results, "last": last, "next": _next(request, last)})
