"""One subject once: what may be a duplicate, what was judged, what was merged and can be undone."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from records.choices import DuplicateState
from records.models.subjects import Subject


class SubjectMerge(models.Model):
    """主体合并: two rows of the library turned out to be one subject. Nothing is moved, so everything can be undone.

    The row that holds (`undone_at` empty) is the reason why `Subject.merged_into` is set.
    """

    merged = models.ForeignKey(Subject, verbose_name="被并入主体", on_delete=models.PROTECT, related_name="merges")
    survivor = models.ForeignKey(Subject, verbose_name="保留主体", on_delete=models.PROTECT, related_name="absorptions")
    evidence = models.TextField("合并依据")
    reason = models.TextField("理由", blank=True)
    merged_at = models.DateTimeField("合并时间", default=timezone.now)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="合并人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField("恢复时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="恢复人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    undone_reason = models.TextField("恢复理由", blank=True)

    class Meta:
        verbose_name = "主体合并"
        verbose_name_plural = "主体合并"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(merged=F("survivor")),
                name="merge_of_two",
                violation_error_message="主体不能并入自己。",
            ),
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at__isnull=True),
                name="merged_once",
                violation_error_message="该主体已经并入其他主体。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.survivor}"


class DuplicateCandidate(models.Model):
    """疑似重复: two bodies that may be one, with the evidence; what was judged stays, and is not asked again.

    `evidence`: [{"ground", "text"}]; the smaller key is `first`.
    """

    first = models.ForeignKey(Subject, verbose_name="主体甲", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Subject, verbose_name="主体乙", on_delete=models.CASCADE, related_name="+")
    evidence = models.JSONField("线索", default=list)
    score = models.PositiveSmallIntegerField("相似度", help_text="0至100")
    state = models.CharField("状态", max_length=10, choices=DuplicateState, default=DuplicateState.OPEN)
    found_at = models.DateTimeField("发现时间", default=timezone.now)
    judged_at = models.DateTimeField("判断时间", null=True, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="判断人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    judgement = models.TextField("判断理由", blank=True)

    class Meta:
        verbose_name = "疑似重复"
        verbose_name_plural = "疑似重复"
        ordering = ["-score", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="candidate_in_order",
                violation_error_message="一对疑似重复的主体只登记一次，编号小的在前。",
            ),
            models.UniqueConstraint(
                fields=["first", "second"],
                name="candidate_once",
                violation_error_message="这一对主体已在疑似重复名单中。",
            ),
        ]
        indexes = [
            models.Index(fields=["-score", "id"], condition=Q(state="open"), name="candidate_open"),
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"
