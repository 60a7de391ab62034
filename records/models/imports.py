"""Staged imports (批量导入): a workbook's rows wait here, are corrected here, and go in from here."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actors import Door
from records.choices import BatchStatus, RowStatus
from records.models.subjects import Subject
from records.querysets import ImportBatchQuerySet


class ImportBatch(models.Model):
    """导入批次: one uploaded file, or one call of the department API, for one importer and one agency.

    `checked_rows` and `committed_rows` are written in the transaction of the chunk they count, so a killed worker
    resumes exactly where it was.
    """

    importer = models.CharField("导入种类", max_length=40)
    agency = models.ForeignKey(Subject, verbose_name="单位", on_delete=models.PROTECT, related_name="import_batches")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField("上传时间", default=timezone.now)
    door = models.CharField("入口", max_length=12, choices=Door, default=Door.IMPORT)
    file = models.FileField("文件", upload_to="imports/%Y/%m", max_length=300, blank=True)
    filename = models.CharField("文件名", max_length=255)
    digest = models.CharField("文件摘要", max_length=64, db_index=True)
    key = models.CharField("批次号", max_length=64, blank=True, help_text="部门接口：同一批次号重复提交只处理一次")
    status = models.CharField("状态", max_length=12, choices=BatchStatus, default=BatchStatus.CHECKING)
    problem = models.TextField("问题", blank=True)
    sheet = models.CharField("工作表", max_length=100, blank=True)
    header_row = models.PositiveIntegerField("表头行", default=0)
    headers = models.JSONField("原始表头", default=list, blank=True)
    mapping = models.JSONField("列对应", default=dict, blank=True, help_text="列序号 → 字段名")
    notices = models.JSONField("提示", default=list, blank=True)
    total_rows = models.PositiveIntegerField("总行数", default=0)
    checked_rows = models.PositiveIntegerField("已检查行数", default=0)
    committed_rows = models.PositiveIntegerField("已入库行数", default=0)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    claim = models.CharField("处理者", max_length=64, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    # 整批审核 in the background: by whom it was asked and not done yet, and why the last one was not carried out.
    approval_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="整批审核人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    approval_at = models.DateTimeField("整批审核时间", null=True)
    approval_problem = models.TextField("整批审核问题", blank=True, default="", db_default="")

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "导入批次"
        verbose_name_plural = "导入批次"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "importer", "key"],
                condition=~Q(key=""),
                name="batch_key_once",
                violation_error_message="该批次号已经提交过。",
            )
        ]
        indexes = [
            models.Index(
                fields=["heartbeat_at"],
                condition=Q(status__in=["checking", "committing"]),
                name="batch_running",
            ),
            models.Index(fields=["agency"], condition=Q(approval_at__isnull=False), name="batch_approving"),
        ]

    def __str__(self) -> str:
        return f"{self.filename}（{timezone.localtime(self.uploaded_at):%Y-%m-%d %H:%M}）"


class ImportRow(models.Model):
    """导入行: the cells as they were, as converted, and everything that was wrong with them.

    `errors` and `warnings`: [{"field", "code", "message"}]. `failed_first` stays true after correction: it feeds the
    合规率. `corrections` are what was typed over the cells; identity numbers stand here only sealed
    (records/imports/cells.py). `fingerprint` tells which decision the row speaks of: it finds duplicates inside the
    file, and of a rejected row those that say the same. `record_id`: the record it became, or that answered it.
    """

    # No index of its own: `row_once` and `row_by_status` begin with the batch.
    batch = models.ForeignKey(
        ImportBatch, verbose_name="导入批次", on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    number = models.PositiveIntegerField("行号")
    cells = models.JSONField("原始单元格")
    corrections = models.JSONField("改正内容", default=dict, blank=True)
    values = models.JSONField("换算后的值", default=dict)
    errors = models.JSONField("错误", default=list)
    warnings = models.JSONField("提示", default=list)
    status = models.CharField("状态", max_length=10, choices=RowStatus)
    failed_first = models.BooleanField("首次未通过", default=False)
    month = models.DateField("所属月份", null=True)
    fingerprint = models.CharField("去重指纹", max_length=64, blank=True)
    record_id = models.BigIntegerField("信用记录编号", null=True)

    class Meta:
        verbose_name = "导入行"
        verbose_name_plural = "导入行"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="row_once")]
        indexes = [
            models.Index(fields=["batch", "status", "number"], name="row_by_status"),
            models.Index(fields=["fingerprint"], condition=Q(failed_first=True), name="row_failed_first"),
        ]

    def __str__(self) -> str:
        return f"第{self.number}行"
