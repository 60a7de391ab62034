"""Error pages: what was wrong, what was kept, what to do next. The API's addresses answer in the API's shape."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from core.api import MESSAGES
from core.errors import RuleViolation
from portal.presentation import Step
from portal.rendering import page


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str
    steps: tuple[Step, ...] = ()


WORDS = {
    400: Words("请求有误", "网址中的条件不完整或者写错了，请检查后重试，或者从首页重新查询。"),
    403: Words("没有权限", "您没有权限查看此页或进行此操作。", (Step("工作人员请确认已经登录，并具有相应的角色。"),)),
    404: Words(
        "没有找到这个页面",
        "网址可能写错了，或者这里从来没有公示过信息。",
        (
            Step("查某个单位或某份文书，请用信用查询。"),
            Step("从别的网站点来的，请告诉我们。", "/about/#report-error", "政府网站找错"),
        ),
    ),
    405: Words("请求方法不对", "此页只能查看，不能提交。"),
    409: Words("情况已经变化", "在您操作之前，内容已被改动。请刷新页面，看清最新内容后再试。"),
    410: Words("该信息已停止公示", "它曾经公示，现已依法停止公示。"),
    429: Words(
        "查询过于频繁",
        "请稍等一分钟再试。需要大量数据的，可以下载全部信息。",
        (Step("下载全部信息：", "/data/", "开放数据"),),
    ),
    500: Words("系统出了问题", "不是您的操作有误。问题已经记录，请稍后再试；已提交的内容不会因此重复。"),
    503: Words("暂时无法服务", "系统正在维护，请稍后再试。"),
}


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def error_page(
    request: HttpRequest, status: int, *, message: str = "", code: str = "", fields: dict[str, Any] | None = None
) -> HttpResponse:
    if is_api(request):
        default_code, default = MESSAGES.get(status, ("error", WORDS[500].text))
        body = {"code": code or default_code, "message": message or default, "fields": fields or {}}
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    words = WORDS.get(status, WORDS[500])
    context = {
        "status": f"错误 {status}",
        "title": words.title,
        "text": message or words.text,
        "steps": words.steps,
        "request_id": getattr(request, "request_id", "") if status >= 500 else "",
    }
    return page(request, "error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = "页面停留过久，安全校验已失效。请返回上一页刷新后重新提交，已填写的内容仍在浏览器中。"
    return error_page(request, 403, message=message)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


# The last resort when the ledger itself cannot be read: no template, no database.
PLAIN = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>系统出了问题</title></head>'
    f"<body><h1>{WORDS[500].title}</h1><p>{WORDS[500].text}</p></body></html>"
)


def server_error(request: HttpRequest) -> HttpResponse:
    try:
        return error_page(request, 500)
    except Exception:  # the cause of the 500 may be what the page needs, such as the database
        return HttpResponse(PLAIN, status=500)


class RuleViolationMiddleware:
    """A rule that refuses in a page's view answers with a page that says why (the API has its own handler)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RuleViolation):
            return None
        return error_page(
            request, exception.status, message=exception.message, code=exception.code, fields=exception.fields
        )
