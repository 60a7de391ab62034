"""公务员名册 as a workbook: who holds which post, compared with what is on record."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from core.actors import Actor
from records.choices import OfficialState, RowStatus
from records.imports.importers import Checked, Columns, RawRow, Taken
from records.imports.registry import RegistryColumn, RegistryImporter, RegistrySession
from records.models import ImportBatch, ImportRow, Subject
from records.rosters import RESIDENT_CARD, Comparison, Outcome, Post, clean_number, compare
from records.services.officials import enter_posts

COLUMNS = (
    RegistryColumn("name", "XM", "姓名", required=True, example="张示例", group="人员"),
    RegistryColumn(
        "id_type", "ZJLX", "证件类型", example="身份证", group="人员", help="不填即身份证。", aliases=("证件种类",)
    ),
    RegistryColumn(
        "id_number", "ZJHM", "证件号码", required=True, group="人员", personal=True, example="11010519491231002X",
        aliases=("身份证号", "身份证号码", "公民身份号码"), help="加密保存；人员按证件号码确定，同名不会自动对应。",
    ),
    RegistryColumn(
        "agency", "DW", "单位名称/代码", group="任职", example="惠州市惠城区示例局", help="不填即本单位。",
        aliases=("单位名称", "单位", "单位代码", "工作单位", "统一社会信用代码"),
    ),
    RegistryColumn("post", "ZW", "职务", required=True, group="任职", example="股长", aliases=("现任职务",)),
    RegistryColumn("rank", "ZJ", "职级", group="任职", example="一级科员"),
    RegistryColumn(
        "started_on", "RZQ", "任职起", "date", required=True, group="任职", example="2023-05-01",
        aliases=("任职日期", "任职时间", "任职开始日期"),
    ),
    RegistryColumn(
        "ended_on", "RZZ", "任职止", "date", group="任职", help="仍在任的留空。", aliases=("任职结束日期", "免职日期")
    ),
    RegistryColumn("is_head", "ZYFZR", "是否主要负责人", "yes", group="任职", example="否", aliases=("主要负责人",)),
    RegistryColumn(
        "state", "ZT", "状态", "choice", choices=tuple((str(v), str(label)) for v, label in OfficialState.choices),
        group="人员", example="在职", aliases=("人员状态",),
    ),
    RegistryColumn(
        "instrument", "RMWH", "任免文号", group="任职", example="惠城府任〔2023〕5号", aliases=("任职文号",)
    ),
)  # fmt: skip


class OfficialsImporter(RegistryImporter):
    code, label = "officials", "公务员名册"
    template_name = "公务员名册模板"
    heads = (("name", "姓名"), ("post", "职务"))
    indispensable = ("name", "post")
    columns = COLUMNS
    guide = (
        "一行是一段任职；同一人在几个职务上任过职，填几行。",
        "以“【示例】”开头的一行是示例，导入时自动跳过，可以删除。",
        "上传后先逐行显示会新增、变更（原值 → 新值）或没有变化，核对后才入库；名册中没有的人不会被删除。",
        "证件号码加密保存，不在任何公开页面出现。",
    )

    def session(
        self, batch: ImportBatch, agency: Subject, columns: Columns | None, *, today: date
    ) -> "OfficialsSession":
        return OfficialsSession(self, batch, agency, columns, today)


class OfficialsSession(RegistrySession):
    def check(self, rows: Sequence[RawRow]) -> list[Checked]:
        converted = [self.convert(row.raw) for row in rows]
        posts = self._posts([values for values, _ in converted])
        good = [i for i, (_, errors) in enumerate(converted) if not errors and not isinstance(posts[i], dict)]
        judged = dict(zip(good, compare([posts[i] for i in good], today=self.today), strict=True))  # type: ignore[misc]
        answers = []
        for i, (row, (values, errors)) in enumerate(zip(rows, converted, strict=True)):
            if isinstance(problem := posts[i], dict):
                errors = [*errors, problem]
            if (comparison := judged.get(i)) is None:
                answers.append(self.checked(row, values, errors, [], ""))
                continue
            said = [{"field": "", "code": str(comparison.outcome), "message": comparison.sentence}]
            said += comparison.warnings
            answers.append(self.checked(row, values, comparison.errors, said, str(comparison.outcome)))
        return answers

    def _posts(self, rows: Sequence[dict[str, Any]]) -> list[Post | dict[str, str]]:
        """Posts; where the agency is nobody we know or not this one's to keep, the error instead."""
        agencies = self.find_agencies([values.get("agency") or "" for values in rows])
        posts: list[Post | dict[str, str]] = []
        for values in rows:
            text = values.get("agency") or ""
            agency = agencies[text]
            problem = self.agency_error(text, agency, "agency")
            posts.append(problem or _post(values, agency))  # type: ignore[arg-type]
        return posts

    def posts_of(self, checked: Sequence[Checked]) -> list[Post]:
        """Of rows that were found right."""
        posts = self._posts([self.load(one.values) for one in checked])
        return [post for post in posts if isinstance(post, Post)]

    def commit(self, rows: Sequence[ImportRow], *, actor: Actor) -> list[Taken]:
        """What is still right goes in; the registry may have moved on since the check."""
        loaded = self._posts([self.load(row.values) for row in rows])
        fit = [i for i, post in enumerate(loaded) if isinstance(post, Post)]
        posts = [loaded[i] for i in fit]
        found = dict(zip(fit, enter_posts(posts, actor=actor, today=self.today), strict=True))  # type: ignore[arg-type]
        return [_taken(row, found.get(i), loaded[i]) for i, row in enumerate(rows)]

    def sentence_of(self, values: dict[str, Any]) -> str:
        [post] = self._posts([values])
        return compare([post], today=self.today)[0].sentence if isinstance(post, Post) else post["message"]


def _post(values: dict[str, Any], agency: Subject) -> Post:
    id_type = (values.get("id_type") or RESIDENT_CARD).replace("居民身份证", RESIDENT_CARD)
    return Post(
        agency.pk, values.get("post") or "", values.get("started_on") or date.min, name=values.get("name") or "",
        id_type=id_type, id_number=clean_number(values.get("id_number") or ""), rank=values.get("rank") or "",
        ended_on=values.get("ended_on"), is_head=bool(values.get("is_head")), state=values.get("state") or "",
        instrument=values.get("instrument") or "",
    )  # fmt: skip


def _taken(row: ImportRow, comparison: Comparison | None, post: Post | dict[str, str]) -> Taken:
    if comparison is None:
        return Taken(row.pk, RowStatus.INVALID, None, [post] if isinstance(post, dict) else [])
    if comparison.outcome == Outcome.REFUSED:
        return Taken(row.pk, RowStatus.INVALID, None, comparison.errors)
    if comparison.outcome == Outcome.UNCHANGED:
        said = [{"field": "", "code": "unchanged", "message": comparison.sentence}]
        return Taken(row.pk, RowStatus.DUPLICATE, None, said)
    return Taken(row.pk, RowStatus.COMMITTED)


OFFICIALS = OfficialsImporter()
