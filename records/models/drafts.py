"""Unfinished entries (录入草稿): what was typed, before it is a record or a change of one."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.encryption import EncryptedTextField
from records.choices import RecordKindCode
from records.models.ledger import CreditRecord
from records.models.subjects import Subject
from records.querysets import EntryDraftQuerySet


class EntryDraft(models.Model):
    """录入草稿: a form as it was typed, wrong and half-filled fields too; the ledger holds only what is valid.

    It belongs to the agency: any clerk of it goes on with it. Sealed as a whole, because a number may be typed into
    any field. With a `record` it holds the changes of a draft or returned record; it goes when these are submitted.
    `version` counts the saves, so that the second of two people who save at once is told.
    """

    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    agency = models.ForeignKey(Subject, verbose_name="单位", on_delete=models.PROTECT, related_name="entry_drafts")
    record = models.OneToOneField(
        CreditRecord,
        verbose_name="信用记录",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="entry_draft",
    )
    typed = EncryptedTextField("所填内容", help_text="各栏原样，整体加密")
    missing = models.PositiveSmallIntegerField("未填栏数", default=0)
    wrong = models.PositiveSmallIntegerField("有误栏数", default=0)
    version = models.PositiveIntegerField("版本", default=1)
    clerks = models.JSONField("保存过的人", default=list, help_text="用户主键；提交后均视为经办人")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="保存人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField("保存时间", default=timezone.now)

    objects = EntryDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "录入草稿"
        verbose_name_plural = "录入草稿"
        ordering = ["-id"]
        indexes = [models.Index(fields=["agency", "-id"], name="draft_of_agency")]

    def __str__(self) -> str:
        # Nothing of what was typed: this text goes into the audit trail.
        return f"{self.get_kind_display()}录入草稿（编号{self.pk}）"

    @property
    def fields(self) -> dict[str, list[str]]:
        """{form field: what was sent in it}"""
        found: dict[str, list[str]] = json.loads(self.typed)
        return found

    @fields.setter
    def fields(self, fields: Mapping[str, Any]) -> None:
        self.typed = json.dumps(fields)
