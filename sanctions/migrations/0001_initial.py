import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("records", "0021_sealed_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MeasureEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("national", "全国基础清单"),
                            ("province", "省补充清单"),
                            ("city", "市补充清单"),
                            ("district", "区实施方案"),
                        ],
                        max_length=10,
                        verbose_name="清单层级",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="清单名称")),
                ("edition", models.CharField(max_length=100, verbose_name="版本")),
                ("issued_by", models.CharField(max_length=200, verbose_name="印发机关")),
                ("document_number", models.CharField(blank=True, max_length=128, verbose_name="文书号")),
                ("basis", models.CharField(max_length=500, verbose_name="依据")),
                ("certainty", models.CharField(blank=True, max_length=200, verbose_name="依据核实情况")),
                ("in_force_from", models.DateField(verbose_name="施行日期")),
                ("in_force_to", models.DateField(blank=True, null=True, verbose_name="废止日期")),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "待批准"), ("approved", "已批准"), ("refused", "已退回")],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="提案时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="批准时间")),
                ("decision_reason", models.TextField(blank=True, verbose_name="批准意见")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提案人",
                    ),
                ),
            ],
            options={
                "verbose_name": "清单版本",
                "verbose_name_plural": "清单版本",
                "ordering": ["-in_force_from", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="清单序号")),
                (
                    "category",
                    models.CharField(
                        choices=[("impairment", "减损权益"), ("management", "管理措施"), ("other", "其他")],
                        max_length=12,
                        verbose_name="惩戒措施类别",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="措施名称")),
                ("content", models.TextField(verbose_name="惩戒内容")),
                ("subject_kinds", models.JSONField(default=list, verbose_name="惩戒对象")),
                ("legal_bases", models.TextField(verbose_name="法规政策依据")),
                ("executing_body", models.CharField(max_length=500, verbose_name="实施主体")),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="measures",
                        to="sanctions.measureedition",
                        verbose_name="清单版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "惩戒措施",
                "verbose_name_plural": "惩戒措施",
                "ordering": ["edition", "number"],
            },
        ),
        migrations.CreateModel(
            name="Sanction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="执行起始日")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="执行截止日")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "待批准"),
                            ("active", "执行中"),
                            ("lifted", "已解除"),
                            ("declined", "不予采取"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.TextField(verbose_name="理由")),
                ("notice", models.TextField(blank=True, verbose_name="通报内容")),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="提案时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="批准时间")),
                ("decision_reason", models.TextField(blank=True, verbose_name="批准意见")),
                ("executed_on", models.DateField(blank=True, null=True, verbose_name="执行日期")),
                ("evidence", models.TextField(blank=True, verbose_name="执行情况")),
                (
                    "scan",
                    models.FileField(blank=True, max_length=300, upload_to="sanctions/%Y/%m", verbose_name="执行凭证"),
                ),
                ("scan_type", models.CharField(blank=True, max_length=40, verbose_name="扫描件类型")),
                ("scan_digest", models.CharField(blank=True, max_length=64, verbose_name="扫描件摘要")),
                ("lifted_on", models.DateField(blank=True, null=True, verbose_name="解除日期")),
                (
                    "lift_ground",
                    models.CharField(
                        blank=True,
                        choices=[("expired", "到期"), ("cause_ended", "原因记录终止"), ("decided", "决定解除")],
                        max_length=12,
                        verbose_name="解除情形",
                    ),
                ),
                ("lift_reason", models.TextField(blank=True, verbose_name="解除理由")),
                ("stopped_on", models.DateField(blank=True, null=True, verbose_name="停止执行日期")),
                (
                    "cause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sanctions",
                        to="records.creditrecord",
                        verbose_name="原因记录",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="批准人",
                    ),
                ),
                (
                    "executed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="执行登记人",
                    ),
                ),
                (
                    "executor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executed_sanctions",
                        to="records.subject",
                        verbose_name="执行单位",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sanctions",
                        to="sanctions.measure",
                        verbose_name="惩戒措施",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提案人",
                    ),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="停止执行确认人",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sanctions",
                        to="records.subject",
                        verbose_name="惩戒主体",
                    ),
                ),
                (
                    "tenure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.tenure",
                        verbose_name="任职经历",
                    ),
                ),
            ],
            options={
                "verbose_name": "惩戒",
                "verbose_name_plural": "惩戒",
                "ordering": ["-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="measureedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    ("proposed_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="edition_four_eyes",
                violation_error_message="提案人与批准人不能是同一人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="measureedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "proposed"),
                    ("proposed_by__isnull", True),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="edition_decided_by_somebody",
                violation_error_message="批准或退回须写明由谁、在何时作出。",
            ),
        ),
        migrations.AddConstraint(
            model_name="measureedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("in_force_to__isnull", True), ("in_force_to__gte", models.F("in_force_from")), _connector="OR"
                ),
                name="edition_ends_after_start",
                violation_error_message="废止日期不能早于施行日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="measureedition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "proposed")),
                fields=("level",),
                name="edition_one_open",
                violation_error_message="该层级已有一份待批准的清单，请先处理。",
            ),
        ),
        migrations.AddConstraint(
            model_name="measureedition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_force_to__isnull", True), ("status", "approved")),
                fields=("level",),
                name="edition_one_standing",
                violation_error_message="同一层级只能有一份没有废止日期的清单。",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.UniqueConstraint(
                fields=("edition", "number"),
                name="measure_number_once",
                violation_error_message="同一清单中序号不能重复。",
            ),
        ),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.UniqueConstraint(
                fields=("edition", "name"),
                name="measure_name_once",
                violation_error_message="同一清单中惩戒措施不能重复。",
            ),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("status__in", ["proposed", "active"])), fields=["cause"], name="sanction_standing"
            ),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(condition=models.Q(("status", "active")), fields=["ends_on"], name="sanction_ending"),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("executed_on__isnull", True), ("status", "active")),
                fields=["executor"],
                name="sanction_to_execute",
            ),
        ),
        migrations.AddIndex(
            model_name="sanction",
            index=models.Index(
                condition=models.Q(("status", "lifted"), ("stopped_on__isnull", True)),
                fields=["executor"],
                name="sanction_to_stop",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    ("proposed_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="sanction_four_eyes",
                violation_error_message="提案人与批准人不能是同一人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["active", "lifted"]), _negated=True),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="sanction_decided_by_somebody",
                violation_error_message="未经批准的惩戒不能执行。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="sanction_ends_after_start",
                violation_error_message="执行截止日不能早于执行起始日。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lifted_on__isnull", False),
                        ("status", "lifted"),
                        models.Q(("lift_ground", ""), _negated=True),
                        models.Q(("lift_reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "lifted"), _negated=True), ("lift_ground", ""), ("lifted_on__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="sanction_lifted_with_ground",
                violation_error_message="解除须写明日期、情形和理由。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("executed_on__isnull", True), ("scan", "")),
                    models.Q(("executed_on__isnull", False), models.Q(("evidence", ""), _negated=True)),
                    _connector="OR",
                ),
                name="sanction_executed_with_evidence",
                violation_error_message="登记执行须写明执行情况。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.CheckConstraint(
                condition=models.Q(("stopped_on__isnull", True), ("status", "lifted"), _connector="OR"),
                name="sanction_stopped_after_lift",
                violation_error_message="解除之后才能确认停止执行。",
            ),
        ),
        migrations.AddConstraint(
            model_name="sanction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["proposed", "active"])),
                fields=("measure", "cause", "executor"),
                name="sanction_once",
                violation_error_message="该记录已有同一单位执行的同一惩戒措施。",
            ),
        ),
    ]
