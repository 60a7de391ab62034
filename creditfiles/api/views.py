"""POST /api/v1/lookups/: a list, and one answer per line."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actors import Actor
from core.api import JsonParser
from creditfiles.choices import LookupAbout, MatchedBy, Purpose, Verdict
from creditfiles.services.lookup_calls import MOST_LINES, receive_lookup
from records.api.authentication import HasKey, KeyAuthentication
from records.api.throttles import KeyThrottle
from records.models import ApiKey

ABOUT = f"""有权单位的业务系统为登记的目的核查一份名单，一次最多{MOST_LINES}行，应答中逐行给出结论。
须写明查询目的、查询依据和文号；每个对应到的主体都会留痕，主体本人可以看到哪个单位因何查询。
自然人和公务员不会只凭姓名对应：给出证件号码，公务员也可以给出任职单位。只找得到本单位的人员；目的的规则允许的，
其他单位的人员须姓名和完整证件号码都相符才能找到，不相符的与没有登记的答复相同。证件号码核查后即清除，应答中不出现。"""
BATCH_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="批次号，1至64个字符。同一份名单重试时保持不变：只查询一次，再次提交得到当时的结果。",
)


class LookupLineIn(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(required=False, allow_blank=True, allow_null=True, help_text="名称或姓名")
    code = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, help_text="统一社会信用代码等代码，或证件号码"
    )
    unit = serializers.CharField(required=False, allow_blank=True, allow_null=True, help_text="公务员的任职单位")


class LookupSchema(serializers.Serializer[dict[str, Any]]):
    about = serializers.ChoiceField(choices=LookupAbout.choices, help_text="名单上是哪一类对象")
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    legal_basis = serializers.CharField(max_length=300)
    reference = serializers.CharField(max_length=128)
    lines = LookupLineIn(many=True)


class FoundSchema(serializers.Serializer[dict[str, Any]]):
    record = serializers.IntegerField()
    version = serializers.IntegerField()
    kind = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    document_number = serializers.CharField(required=False)
    agency = serializers.CharField(required=False)
    decided_on = serializers.DateField(required=False)
    effective_to = serializers.CharField(required=False, allow_blank=True, help_text="ISO 日期；没有期限的为空")
    state = serializers.CharField(required=False)


class LookupLineOut(serializers.Serializer[dict[str, Any]]):
    line = serializers.IntegerField(help_text="本次提交中的行号，从1开始")
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    subject = serializers.CharField(allow_blank=True, help_text="对应的主体的现名")
    matched_by = serializers.ChoiceField(choices=MatchedBy.choices, allow_blank=True)
    advice = serializers.CharField(allow_blank=True, help_text="需要补充或核对什么")
    found_count = serializers.IntegerField()
    found = FoundSchema(many=True, help_text="与目的有关的记录，最近的在前，字段限于规则所列")


class LookupRuleSchema(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    in_force_from = serializers.DateField()
    basis = serializers.CharField()


class LookupAnswerSchema(serializers.Serializer[dict[str, Any]]):
    lookup = serializers.IntegerField(help_text="名单查询编号")
    batch_key = serializers.CharField()
    replayed = serializers.BooleanField(help_text="该批次号以前提交过，这里是当时的结果")
    day = serializers.DateField(help_text="查询日")
    counts = serializers.DictField(child=serializers.IntegerField())
    rules = LookupRuleSchema(many=True)
    lines = LookupLineOut(many=True)


class LookupErrorSchema(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class LookupView(APIView):
    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasKey,)
    throttle_classes = (KeyThrottle,)
    parser_classes = (JsonParser,)

    @extend_schema(
        operation_id="lookups", summary="名单查询", tags=["名单查询"], description=ABOUT, parameters=[BATCH_KEY],
        request=LookupSchema,
        examples=[
            OpenApiExample(
                "一行", request_only=True,
                value={
                    "about": "bodies", "purpose": "project_approval", "legal_basis": "《实施方案》第三条",
                    "reference": "惠城发改函〔2026〕8号", "lines": [{"name": "惠州市示例建筑工程有限公司"}],
                },
            )
        ],
        responses={200: LookupAnswerSchema, **dict.fromkeys((400, 401, 403, 404, 409, 415, 429), LookupErrorSchema)},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        key, actor = cast(ApiKey, request.auth), cast(Actor, request.user)
        answer = receive_lookup(
            request.data, agency_id=key.agency_id, batch_key=request.headers.get("Idempotency-Key", ""), actor=actor,
            today=timezone.localdate(),
        )  # fmt: skip
        return Response(answer)
