"""The product's addresses and, for comparison, a view that returns a constant."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from huicheng_credit.urls import urlpatterns as product

BODY = "<!doctype html><title>hello</title><p>你好</p>"


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BODY)


urlpatterns = [path("benchmark-hello/", hello), *product]
