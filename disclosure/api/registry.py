"""POST /api/v1/intake/officials/: an agency's whole roster, as a preview (`dry_run`) or for good."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actors import Actor
from core.api import JsonParser
from core.errors import Invalid
from disclosure.api.serializers import IntakeErrorSchema
from records.api.authentication import HasKey, KeyAuthentication
from records.api.throttles import KeyThrottle
from records.imports.officials import OFFICIALS
from records.imports.roster_sync import MOST_ROWS, sync_officials
from records.models import ApiKey

ABOUT = """人事系统报送本单位的完整公务员名册。先用 `dry_run: true` 看每一行会新增、变更（原值 → 新值）还是没有变化，
再正式报送；有一行不合格，整份名册不采用。名册中没有而库中仍在任的人员在 `missing` 中列出，不会删除；
离任的请填写任职止和状态。证件号码加密保存，应答中不出现。"""


class RosterSchema(serializers.Serializer[dict[str, Any]]):
    officials = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST_ROWS)
    dry_run = serializers.BooleanField(default=False, help_text="只比较，不写入")


class RosterProblemSchema(serializers.Serializer[dict[str, Any]]):
    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class RosterRowSchema(serializers.Serializer[dict[str, Any]]):
    row = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["new", "changed", "unchanged", "rejected"])
    change = serializers.CharField(allow_blank=True, help_text="会发生什么，一句话")
    errors = RosterProblemSchema(many=True)  # type: ignore[assignment]
    warnings = RosterProblemSchema(many=True)


class MissingSchema(serializers.Serializer[dict[str, Any]]):
    official = serializers.IntegerField()
    name = serializers.CharField(help_text="脱敏")
    post = serializers.CharField()
    started_on = serializers.DateField()


class RosterAnswerSchema(serializers.Serializer[dict[str, Any]]):
    dry_run = serializers.BooleanField()
    applied = serializers.BooleanField()
    received = serializers.IntegerField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    rows = RosterRowSchema(many=True)
    missing = MissingSchema(many=True)


def _columns() -> str:
    lines = ["| 列 | 代码 | 必填 | 说明 |", "|---|---|---|---|"]
    for c in OFFICIALS.columns:
        choices = f"取值：{'、'.join(label for _, label in c.choices)}。" if c.choices else ""
        lines.append(f"| {c.label} | {c.code} | {'是' if c.required else ''} | {choices}{c.help} |")
    return "\n".join(lines)


class OfficialsView(APIView):
    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasKey,)
    throttle_classes = (KeyThrottle,)
    parser_classes = (JsonParser,)

    @extend_schema(
        operation_id="intake_officials", summary="报送公务员名册", tags=["部门报送"],
        description=f"{ABOUT}\n\n{_columns()}", request=RosterSchema,
        examples=[
            OpenApiExample(
                "一行", request_only=True,
                value={
                    "dry_run": True,
                    # No identity number, not even a made-up one, on a public page.
                    "officials": [{c.code: c.example for c in OFFICIALS.columns if c.example and not c.personal}],
                },
            )
        ],
        responses={200: RosterAnswerSchema, **dict.fromkeys((400, 401, 403, 415, 429), IntakeErrorSchema)},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = request.data if isinstance(request.data, dict) else {}
        dry_run = body.get("dry_run", False)
        if not isinstance(dry_run, bool):
            raise Invalid("dry_run", "dry_run 应为 true 或 false，没有处理任何内容。")
        key, actor = cast(ApiKey, request.auth), cast(Actor, request.user)
        answer = sync_officials(
            body.get("officials"), agency_id=key.agency_id, dry_run=dry_run, actor=actor, today=timezone.localdate()
        )
        return Response(answer)
