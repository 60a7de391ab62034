"""Shapes of the answers, for the OpenAPI description only: the views write JSON without serializers."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from portal.filters import ORDERS
from records.choices import PublicState, RecordKindCode, RevisionAct, SubjectKind


class BodySchema(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField(allow_null=True, help_text="自然人没有编号")
    name = serializers.CharField(help_text="自然人只显示姓氏")
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    kind_label = serializers.CharField()
    code = serializers.CharField(allow_blank=True, help_text="统一社会信用代码")


class AgencySchema(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    code = serializers.CharField()


class PolicySchema(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    basis = serializers.CharField()
    edition = serializers.CharField(allow_blank=True)


class FieldSchema(serializers.Serializer[dict[str, object]]):
    name = serializers.CharField()
    code = serializers.CharField(help_text="国家标准的列代码")
    label = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField()
    value = serializers.CharField(help_text="日期为 ISO 格式，金额为万元")


class RecordSummarySchema(serializers.Serializer[dict[str, object]]):
    record = serializers.IntegerField(help_text="公示信息编号")
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=RecordKindCode.choices)
    kind_label = serializers.CharField()
    state = serializers.ChoiceField(choices=PublicState.choices)
    subject = BodySchema()
    agency = AgencySchema()
    title = serializers.CharField()
    document_number = serializers.CharField(allow_blank=True)
    decided_on = serializers.DateField()
    effective_from = serializers.DateField(allow_null=True)
    effective_to = serializers.DateField(allow_null=True)
    tier = serializers.CharField(allow_blank=True)
    tier_label = serializers.CharField(allow_blank=True)
    due_on = serializers.DateField(help_text="公示期限")
    submitted_on = serializers.DateField(allow_null=True)
    on_time = serializers.BooleanField()
    published_on = serializers.DateField()
    publish_until = serializers.DateField(allow_null=True)
    repairable_from = serializers.DateField(allow_null=True)


class RecordSchema(RecordSummarySchema):
    policy = PolicySchema()
    fields = FieldSchema(many=True)  # type: ignore[assignment]


class RecordPageSchema(serializers.Serializer[dict[str, object]]):
    results = RecordSummarySchema(many=True)
    next = serializers.CharField(allow_null=True, help_text="下一页的地址；最后一页为 null")


class SubjectRowSchema(serializers.Serializer[dict[str, object]]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    kind_label = serializers.CharField()
    code = serializers.CharField(allow_blank=True)


class SubjectSchema(SubjectRowSchema):
    region_code = serializers.CharField(allow_blank=True)
    former_names = serializers.ListField(child=serializers.CharField())
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    contact = serializers.CharField(allow_blank=True)


class SubjectPageSchema(serializers.Serializer[dict[str, object]]):
    results = SubjectRowSchema(many=True)
    next = serializers.CharField(allow_null=True)


class RevisionSchema(serializers.Serializer[dict[str, object]]):
    seq = serializers.IntegerField(help_text="连续的序号，没有空缺")
    record = serializers.IntegerField()
    version = serializers.IntegerField()
    act = serializers.ChoiceField(choices=RevisionAct.choices)
    at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True)
    basis = serializers.CharField(allow_blank=True)
    digest = serializers.CharField(help_text="加盐摘要：证明内容未被改动，不泄露内容")
    superseded = serializers.BooleanField(help_text="已被更新的版本取代，或已停止公示；此时 public 为 null")
    public = serializers.JSONField(allow_null=True, help_text="公开内容；停止公示的只有原因和依据")


class RevisionPageSchema(serializers.Serializer[dict[str, object]]):
    results = RevisionSchema(many=True)
    last = serializers.IntegerField(help_text="最后读到的序号；没有新修订时等于 after")
    next = serializers.CharField(help_text="接着读的地址，总会给出")


class ErrorSchema(serializers.Serializer[dict[str, object]]):
    code = serializers.CharField()
    message = serializers.CharField(help_text="哪里不对，下一步怎么办")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


def _parameter(name: str, description: str, kind: object = OpenApiTypes.STR, **more: object) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **more)  # type: ignore[arg-type]


AFTER = _parameter("after", "翻页位置：上一页 next 中给出的值")
SIZE = _parameter("size", "每页条数", OpenApiTypes.INT)
Q = _parameter("q", "名称、曾用名、统一社会信用代码、文书号中任意连续两个字以上")
RECORD_FILTERS = [
    Q,
    _parameter("kind", "种类", enum=RecordKindCode.values),
    _parameter("agency", "决定机关编号", OpenApiTypes.INT),
    _parameter("subject", "主体编号（单位和企业）", OpenApiTypes.INT),
    _parameter("year", "决定年份", OpenApiTypes.INT),
    _parameter("state", "状态", enum=PublicState.values),
    _parameter("on_time", "是否按期公示", enum=["yes", "no"]),
    _parameter("sort", "排序", enum=list(ORDERS)),
    AFTER,
    SIZE,
]
SUBJECT_FILTERS = [Q, _parameter("kind", "主体类别", enum=SubjectKind.values), AFTER, SIZE]
REVISION_FILTERS = [_parameter("after", "从这个序号之后读起", OpenApiTypes.INT), SIZE]
