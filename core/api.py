"""The API's one error shape: {"code", "message", "fields"}."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from core.errors import RuleViolation

MESSAGES = {
    400: ("invalid", "请求有误，请按 fields 中的说明修改后重新提交。"),
    401: ("not_authenticated", "缺少有效的接口密钥，请检查请求头 Authorization。"),
    403: ("not_allowed", "没有权限执行此操作，请联系本单位管理员。"),
    404: ("not_found", "没有找到您要的内容，请检查地址。"),
    405: ("method_not_allowed", "该地址不支持此请求方法。"),
    406: ("not_acceptable", "不支持所要求的返回格式，请使用 application/json。"),
    415: ("unsupported_media_type", "不支持的内容类型，请使用 application/json。"),
    429: ("throttled", "请求过于频繁，请稍后再试。"),
}


class JsonParser(JSONParser):
    """JSON that is nested deeper than any request of ours is as wrong as any other broken JSON."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError from None


def _fields(detail: Any) -> dict[str, list[str]]:
    if isinstance(detail, dict):
        return {k: [str(m) for m in (v if isinstance(v, list) else [v])] for k, v in detail.items()}
    return {}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF exception handler: every refusal in one shape; anything else stays a 500."""
    if isinstance(exc, RuleViolation):
        return Response(exc.as_dict(), status=exc.status)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    code, message = MESSAGES.get(exc.status_code, ("error", "请求未能完成，请稍后再试。"))
    headers = {}
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if auth := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth
    body = {"code": code, "message": message, "fields": _fields(exc.detail)}
    return Response(body, status=exc.status_code, headers=headers)
