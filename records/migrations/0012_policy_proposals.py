import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0011_registry_rule"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DryRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="试算日期")),
                ("proposal_digest", models.CharField(blank=True, max_length=64, verbose_name="提案摘要")),
                ("ledger_mark", models.BigIntegerField(verbose_name="审计记录位置")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="发起时间")),
                ("cursor", models.BigIntegerField(default=0, verbose_name="处理到的编号")),
                ("last_key", models.BigIntegerField(default=0, verbose_name="最后编号")),
                ("checked", models.PositiveIntegerField(default=0, verbose_name="已检查条数")),
                ("affected", models.PositiveIntegerField(default=0, verbose_name="有变化条数")),
                ("summary", models.JSONField(default=dict, verbose_name="汇总")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="结果摘要")),
                ("problem", models.TextField(blank=True, verbose_name="问题")),
                ("heartbeat_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="最近进展")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
            ],
            options={
                "verbose_name": "试算",
                "verbose_name_plural": "试算",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DryRunRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("appears", "新公开"),
                            ("vanishes", "停止公开"),
                            ("fields", "公开内容变化"),
                            ("terms", "依据或期限变化"),
                            ("expires", "公示期满"),
                        ],
                        max_length=10,
                        verbose_name="公示变化",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("licence", "行政许可"), ("penalty", "行政处罚")],
                        max_length=24,
                        verbose_name="信用记录种类",
                    ),
                ),
                (
                    "subject_kind",
                    models.CharField(
                        choices=[
                            ("agency", "政府机构"),
                            ("enterprise", "企业"),
                            ("sole_trader", "个体工商户"),
                            ("institution", "事业单位"),
                            ("social_organisation", "社会组织"),
                            ("village_collective", "农村集体经济组织"),
                            ("other_organisation", "其他组织"),
                            ("official", "公务员"),
                            ("natural_person", "自然人"),
                        ],
                        max_length=24,
                        verbose_name="主体类别",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        blank=True,
                        choices=[("", "不分级"), ("minor", "轻微"), ("general", "一般"), ("serious", "严重")],
                        max_length=10,
                        verbose_name="失信程度",
                    ),
                ),
                ("until_before", models.DateField(null=True, verbose_name="原公示截止日")),
                ("until_after", models.DateField(null=True, verbose_name="新公示截止日")),
                ("fields_added", models.JSONField(default=list, verbose_name="新增公开字段")),
                ("fields_removed", models.JSONField(default=list, verbose_name="不再公开字段")),
                ("fields_altered", models.JSONField(default=list, verbose_name="内容变化字段")),
            ],
            options={
                "verbose_name": "试算明细",
                "verbose_name_plural": "试算明细",
                "ordering": ["record"],
            },
        ),
        migrations.CreateModel(
            name="PublicationProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="提案名称")),
                ("reason", models.TextField(verbose_name="提案说明")),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "待批准"), ("approved", "已批准"), ("refused", "已退回")],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="提案时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="批准时间")),
                ("decision_reason", models.TextField(blank=True, verbose_name="批准意见")),
            ],
            options={
                "verbose_name": "公示规则提案",
                "verbose_name_plural": "公示规则提案",
                "ordering": ["-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="publicationrule",
            name="publication_rule_once",
        ),
        migrations.RemoveIndex(
            model_name="revision",
            name="revision_corrections",
        ),
        migrations.AddField(
            model_name="creditrecord",
            name="opened_on",
            field=models.DateField(blank=True, null=True, verbose_name="依规则公开日"),
        ),
        migrations.AddField(
            model_name="publicationrule",
            name="applied_on",
            field=models.DateField(null=True, verbose_name="执行完毕日"),
        ),
        migrations.AddField(
            model_name="publicationrule",
            name="applies_to_earlier",
            field=models.BooleanField(default=False, verbose_name="溯及已有记录"),
        ),
        migrations.AddField(
            model_name="publicationrule",
            name="cursor",
            field=models.BigIntegerField(default=0, verbose_name="处理到的编号"),
        ),
        migrations.AddField(
            model_name="publicationrule",
            name="status",
            field=models.CharField(
                choices=[("proposed", "待批准"), ("approved", "已批准"), ("refused", "已退回")],
                default="proposed",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="publicrecord",
            name="about_agency",
            field=models.BooleanField(db_default=False, default=False, verbose_name="关于政府机构"),
        ),
        migrations.AlterField(
            model_name="revision",
            name="act",
            field=models.CharField(
                choices=[
                    ("published", "公示"),
                    ("corrected", "更正"),
                    ("disputed", "异议受理"),
                    ("dispute_closed", "异议办结"),
                    ("repaired", "信用修复"),
                    ("withdrawn", "撤下"),
                    ("expired", "公示期满"),
                    ("rule_changed", "公示规则变更"),
                    ("rule_closed", "依规则停止公示"),
                ],
                max_length=16,
                verbose_name="行为",
            ),
        ),
        migrations.AddIndex(
            model_name="publicrecord",
            index=models.Index(
                condition=models.Q(("about_agency", True)),
                fields=["-decided_on", "-record"],
                name="public_about_agency",
            ),
        ),
        migrations.AddIndex(
            model_name="publicrecord",
            index=models.Index(
                condition=models.Q(("about_agency", True)),
                fields=["kind", "-decided_on", "-record"],
                name="public_about_agency_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                condition=models.Q(("act__in", ["published", "expired", "rule_changed", "rule_closed"]), _negated=True),
                fields=["-id"],
                name="revision_corrections",
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                condition=models.Q(("act", "rule_changed")), fields=["-id"], name="revision_rule_changes"
            ),
        ),
        migrations.AddIndex(
            model_name="revision",
            index=models.Index(
                condition=models.Q(("act", "rule_closed")), fields=["-id"], name="revision_rule_closings"
            ),
        ),
        migrations.AddField(
            model_name="dryrun",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="发起人",
            ),
        ),
        migrations.AddField(
            model_name="dryrunrow",
            name="agency",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="records.subject",
                verbose_name="决定机关",
            ),
        ),
        migrations.AddField(
            model_name="dryrunrow",
            name="record",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="records.creditrecord",
                verbose_name="信用记录",
            ),
        ),
        migrations.AddField(
            model_name="dryrunrow",
            name="rule_after",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="records.publicationrule",
                verbose_name="新规则",
            ),
        ),
        migrations.AddField(
            model_name="dryrunrow",
            name="rule_before",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="records.publicationrule",
                verbose_name="原规则",
            ),
        ),
        migrations.AddField(
            model_name="dryrunrow",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="records.dryrun",
                verbose_name="试算",
            ),
        ),
        migrations.AddField(
            model_name="publicationproposal",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="批准人",
            ),
        ),
        migrations.AddField(
            model_name="publicationproposal",
            name="proposed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提案人",
            ),
        ),
        migrations.AddField(
            model_name="dryrun",
            name="proposal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dry_runs",
                to="records.publicationproposal",
                verbose_name="公示规则提案",
            ),
        ),
        migrations.AddField(
            model_name="publicationrule",
            name="proposal",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rules",
                to="records.publicationproposal",
                verbose_name="公示规则提案",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationrule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "refused"), _negated=True),
                fields=("code", "in_force_from"),
                name="publication_rule_once",
                violation_error_message="同一公示规则在同一施行日期只能有一个版本。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("subject_kind__in", ["natural_person", "official"]), _negated=True),
                    models.Q(("visibility", "public"), _negated=True),
                    _connector="OR",
                ),
                name="publication_persons_masked",
                violation_error_message="公务员和自然人的信息只能脱敏公开，不能原样公开。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("applied_on__isnull", True), ("status", "approved"), _connector="OR"),
                name="publication_rule_approved_first",
                violation_error_message="未经批准的公示规则不能执行。",
            ),
        ),
        migrations.AddIndex(
            model_name="dryrunrow",
            index=models.Index(fields=["run", "effect", "record"], name="dry_run_effect"),
        ),
        migrations.AddConstraint(
            model_name="dryrunrow",
            constraint=models.UniqueConstraint(fields=("run", "record"), name="dry_run_row_once"),
        ),
        migrations.AddConstraint(
            model_name="publicationproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    ("proposed_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="policy_four_eyes",
                violation_error_message="提案人与批准人不能是同一人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicationproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "proposed"),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="policy_decided_by_somebody",
                violation_error_message="批准或退回须写明由谁、在何时作出。",
            ),
        ),
    ]
