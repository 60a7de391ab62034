"""POST /api/v1/intake/{licences,penalties}/: parse, call the service, answer."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actors import Actor
from core.api import JsonParser
from disclosure.api.serializers import IntakeAnswerSchema, IntakeErrorSchema, IntakeSchema, columns_help, example
from records.api.authentication import HasKey, KeyAuthentication
from records.api.throttles import KeyThrottle
from records.choices import RecordKindCode
from records.imports.intake import receive
from records.models import ApiKey

View = TypeVar("View", bound=Callable[..., Response])
BATCH_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="批次号，1至64个字符。同一批数据重试时保持不变：只处理一次，再次提交得到当时的结果。",
)
REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 409, 415, 429), IntakeErrorSchema)
ABOUT = """部门业务系统报送双公示数据。规则与表格导入、网页填报相同，每行单独给出结果；
合格的行进入待审核队列，由本单位审核人审核后公示。"""


class IntakeView(APIView):
    """One call, one batch, one answer per row."""

    kind: ClassVar[str]
    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasKey,)
    throttle_classes = (KeyThrottle,)
    parser_classes = (JsonParser,)

    def take(self, request: Request) -> Response:
        body = request.data
        key, actor = cast(ApiKey, request.auth), cast(Actor, request.user)
        answer = receive(
            self.kind,
            body.get("rows") if isinstance(body, dict) else None,
            agency_id=key.agency_id,
            batch_key=request.headers.get("Idempotency-Key", ""),
            actor=actor,
            today=timezone.localdate(),
        )
        return Response(answer)


def _described(kind: str) -> Callable[[View], View]:
    label = RecordKindCode(kind).label
    described: Callable[[View], View] = extend_schema(
        operation_id=f"intake_{kind}", summary=f"报送{label}", tags=["部门报送"], parameters=[BATCH_KEY],
        description=f"{ABOUT}\n\n{columns_help(kind)}", examples=[example(kind)],
        request=IntakeSchema, responses={200: IntakeAnswerSchema, **REFUSALS},
    )  # fmt: skip
    return described


class LicenceIntakeView(IntakeView):
    kind = RecordKindCode.LICENCE

    @_described(RecordKindCode.LICENCE)
    def post(self, request: Request) -> Response:
        return self.take(request)


class PenaltyIntakeView(IntakeView):
    kind = RecordKindCode.PENALTY

    @_described(RecordKindCode.PENALTY)
    def post(self, request: Request) -> Response:
        return self.take(request)
