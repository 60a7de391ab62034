"""Unsafe combinations of settings about signing in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def second_factor_is_required(**kwargs: Any) -> list[CheckMessage]:
    if settings.REQUIRE_SECOND_FACTOR:
        return []
    return [
        Warning(
            "工作人员登录未要求动态口令（REQUIRE_SECOND_FACTOR 为关闭）。",
            hint="等保三级要求两种以上鉴别方式；正式运行请设 REQUIRE_SECOND_FACTOR=1。",
            id="accounts.W001",
        )
    ]
