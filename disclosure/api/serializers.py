"""Shapes of request and answer, for the OpenAPI description; the validator judges the values."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from disclosure import standard
from records.imports.intake import MOST_ROWS


class IntakeSchema(serializers.Serializer[dict[str, Any]]):
    rows = serializers.ListField(
        child=serializers.DictField(help_text="键为国家标准列代码（也接受中文名称），值为文本、数字或文本列表"),
        min_length=1,
        max_length=MOST_ROWS,
        help_text=f"一次最多{MOST_ROWS}行",
    )


class NoticeSchema(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    message = serializers.CharField()


class RowErrorSchema(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), help_text="列代码 → 各条错误；空键为整行"
    )


class IntakeRowSchema(serializers.Serializer[dict[str, Any]]):
    row = serializers.IntegerField(help_text="本次提交中的行号，从1开始")
    status = serializers.ChoiceField(choices=["accepted", "rejected", "duplicate"])
    record = serializers.IntegerField(allow_null=True, help_text="信用记录编号；重复的为已有记录")
    error = RowErrorSchema(allow_null=True)
    warnings = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class IntakeAnswerSchema(serializers.Serializer[dict[str, Any]]):
    batch = serializers.IntegerField()
    batch_key = serializers.CharField()
    replayed = serializers.BooleanField(help_text="该批次号以前提交过，这里是当时的结果")
    received = serializers.IntegerField()
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    notices = NoticeSchema(many=True)
    rows = IntakeRowSchema(many=True)


class IntakeErrorSchema(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


def example(kind: str) -> OpenApiExample:
    """One row as the standard's own examples have it."""
    row = {c.code: c.example for c in standard.columns(kind) if c.example}
    return OpenApiExample("一行", value={"rows": [row]}, request_only=True)


def columns_help(kind: str) -> str:
    """The table of columns, in the description of the address."""
    lines = ["| 列代码 | 名称 | 必填 | 说明 |", "|---|---|---|---|"]
    for c in standard.columns(kind):
        if c.stored != "merged":
            choices = f"取值：{'、'.join(c.choices)}。" if c.choices else ""
            lines.append(f"| {c.code} | {c.label} | {'是' if c.required else ''} | {choices}{c.help} |")
    return "\n".join(lines)
