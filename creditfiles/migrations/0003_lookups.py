"""Lists that are looked up, and reports about them. SQLite makes a table anew to change it: its triggers go with it."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import core.encryption

TABLES = ("creditfiles_querylog", "creditfiles_creditreport")


def append_only(apps, schema_editor):
    """As 0002 made them."""
    if schema_editor.connection.vendor == "postgresql":
        return
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            name = f"{table}_append_only_{act.lower()}"
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                params=None,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_seed_rulebook_and_calendar"),
        ("creditfiles", "0002_append_only_looks_and_lookup_rules"),
        ("records", "0013_policy_rules_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, append_only),
        migrations.CreateModel(
            name="LookupLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="行号")),
                ("typed_name", models.CharField(blank=True, max_length=200, verbose_name="所填名称")),
                ("typed_code", models.CharField(blank=True, max_length=50, verbose_name="所填代码")),
                ("typed_unit", models.CharField(blank=True, max_length=200, verbose_name="所填单位")),
                ("id_number", core.encryption.EncryptedTextField(blank=True, default="", verbose_name="证件号码")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("found", "有记录"),
                            ("ambiguous", "待补充"),
                            ("unknown", "未找到"),
                            ("malformed", "填写有误"),
                            ("clear", "无记录"),
                        ],
                        max_length=10,
                        verbose_name="核查结论",
                    ),
                ),
                (
                    "matched_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("code", "统一社会信用代码"),
                            ("older_code", "其他代码"),
                            ("name", "全称"),
                            ("former_name", "曾用名"),
                            ("id_number", "证件号码"),
                            ("tenure", "姓名和任职单位"),
                        ],
                        max_length=12,
                        verbose_name="对应方式",
                    ),
                ),
                ("advice", models.CharField(blank=True, max_length=300, verbose_name="补充说明")),
                ("found", models.JSONField(default=list, verbose_name="所涉记录")),
                ("found_count", models.PositiveIntegerField(default=0, verbose_name="所涉记录数")),
            ],
            options={
                "verbose_name": "名单行",
                "verbose_name_plural": "名单行",
                "ordering": ["number"],
            },
        ),
        migrations.AlterField(
            model_name="creditreport",
            name="subject",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="records.subject",
                verbose_name="信用主体",
            ),
        ),
        migrations.CreateModel(
            name="Lookup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                ("day", models.DateField(verbose_name="查询日")),
                ("user_name", models.CharField(max_length=100, verbose_name="查询人姓名")),
                ("unit", models.CharField(blank=True, max_length=200, verbose_name="查询单位")),
                ("asked_as", models.JSONField(default=dict, verbose_name="查询身份")),
                (
                    "door",
                    models.CharField(
                        choices=[
                            ("staff", "工作台"),
                            ("portal", "门户"),
                            ("api", "接口"),
                            ("import", "批量导入"),
                            ("task", "定时任务"),
                            ("command", "命令行"),
                        ],
                        max_length=12,
                        verbose_name="入口",
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[("bodies", "单位和企业"), ("officials", "公务员"), ("persons", "自然人")],
                        max_length=12,
                        verbose_name="查询对象",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("honours", "评优评先"),
                            ("promotion", "职务晋升"),
                            ("recruitment", "录用审查"),
                            ("project_approval", "项目审批"),
                            ("fiscal_funds", "财政资金安排"),
                            ("supervision", "监督检查"),
                            ("subject_request", "主体本人申请"),
                        ],
                        max_length=24,
                        verbose_name="查询目的",
                    ),
                ),
                ("legal_basis", models.CharField(max_length=300, verbose_name="查询依据")),
                ("reference", models.CharField(max_length=128, verbose_name="查询文号")),
                ("key", models.CharField(blank=True, max_length=64, verbose_name="批次号")),
                ("digest", models.CharField(max_length=64, verbose_name="名单摘要")),
                ("total_rows", models.PositiveIntegerField(verbose_name="总行数")),
                ("judged_rows", models.PositiveIntegerField(default=0, verbose_name="已核查行数")),
                ("cursor", models.PositiveIntegerField(default=0, verbose_name="已核查到行号")),
                ("counts", models.JSONField(default=dict, verbose_name="各结论行数")),
                (
                    "status",
                    models.CharField(
                        choices=[("waiting", "等待核查"), ("running", "核查中"), ("done", "核查完成")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("heartbeat_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="最近进展")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("erased_on", models.DateField(blank=True, null=True, verbose_name="名单清除日")),
                (
                    "agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.subject",
                        verbose_name="单位",
                    ),
                ),
                (
                    "list_rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.rule",
                        verbose_name="名单规则",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.rule",
                        verbose_name="规则",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="查询人",
                    ),
                ),
            ],
            options={
                "verbose_name": "名单查询",
                "verbose_name_plural": "名单查询",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="creditreport",
            name="lookup",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="creditfiles.lookup",
                verbose_name="名单查询",
            ),
        ),
        migrations.AddField(
            model_name="querylog",
            name="lookup",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="looks",
                to="creditfiles.lookup",
                verbose_name="名单查询",
            ),
        ),
        migrations.AddIndex(
            model_name="querylog",
            index=models.Index(fields=["at"], name="querylog_at"),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lookup__isnull", True), ("subject__isnull", False)),
                    models.Q(("lookup__isnull", False), ("subject__isnull", True)),
                    _connector="OR",
                ),
                name="report_of_one_thing",
                violation_error_message="报告或者关于一个主体，或者是一次名单查询的结果。",
            ),
        ),
        migrations.AddField(
            model_name="lookupline",
            name="lookup",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="creditfiles.lookup",
                verbose_name="名单查询",
            ),
        ),
        migrations.AddField(
            model_name="lookupline",
            name="subject",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="records.subject",
                verbose_name="信用主体",
            ),
        ),
        migrations.AddIndex(
            model_name="lookup",
            index=models.Index(fields=["user", "purpose", "day"], name="lookup_user_day"),
        ),
        migrations.AddIndex(
            model_name="lookup",
            index=models.Index(fields=["at"], name="lookup_at"),
        ),
        migrations.AddConstraint(
            model_name="lookup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", ""), _negated=True),
                fields=("agency", "key"),
                name="lookup_key_once",
                violation_error_message="该批次号已经提交过。",
            ),
        ),
        migrations.AddIndex(
            model_name="lookupline",
            index=models.Index(fields=["lookup", "verdict", "number"], name="line_by_verdict"),
        ),
        migrations.AddConstraint(
            model_name="lookupline",
            constraint=models.UniqueConstraint(fields=("lookup", "number"), name="lookup_line_once"),
        ),
        migrations.RunPython(append_only, migrations.RunPython.noop),
    ]
