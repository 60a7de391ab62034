"""机构资料 as a workbook: the base fields of agencies, compared with what is on record."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from core.actors import Actor
from core.errors import RuleViolation
from core.identifiers import check_uscc, normalise_code
from core.text import fold_text
from records.choices import AgencyKind, AgencyLevel, RowStatus, SubjectKind
from records.imports.importers import Checked, Columns, RawRow, Taken
from records.imports.registry import Errors, RegistryColumn, RegistryImporter, RegistrySession
from records.matching import Party
from records.models import AgencyProfile, ImportBatch, ImportRow, Subject
from records.services.agencies import OF_PROFILE, save_agency
from records.services.subjects import create_subjects

FIELDS = ("kind", "level", "parent_id", "region_code", "address", "contact", "established_on", "dissolved_on")
COLUMNS = (
    RegistryColumn(
        "name", "DWMC", "单位名称", required=True, example="惠州市惠城区示例局", aliases=("机构名称", "部门名称")
    ),
    RegistryColumn(
        "uscc", "TYSHXYDM", "统一社会信用代码", required=True, example="11441302MBDM00018X",
        aliases=("单位代码", "机构代码", "社会信用代码"), help="单位按代码确定。",
    ),
    RegistryColumn("kind", "DWXZ", "单位性质", "choice", choices=tuple(AgencyKind.choices), example="政府部门"),
    RegistryColumn("level", "DWCJ", "单位层级", "choice", choices=tuple(AgencyLevel.choices), example="区县"),
    RegistryColumn("parent", "SJDW", "上级单位", help="名称或统一社会信用代码。", aliases=("主管单位", "上级单位代码")),
    RegistryColumn("region_code", "XZQHDM", "行政区划代码", example="441302"),
    RegistryColumn("address", "ZS", "住所", aliases=("地址", "办公地址")),
    RegistryColumn(
        "contact", "LXFS", "公开联系方式", aliases=("联系电话", "联系方式"), help="向社会公开的电话或邮箱。"
    ),
    RegistryColumn("established_on", "CLRQ", "成立日期", "date", aliases=("设立日期",)),
    RegistryColumn("dissolved_on", "CCRQ", "裁撤日期", "date", help="仍在的留空。"),
)  # fmt: skip


class AgenciesImporter(RegistryImporter):
    code, label = "agencies", "机构资料"
    template_name = "机构资料模板"
    heads = (("name", "单位名称"), ("uscc", "统一社会信用代码"))
    indispensable = ("name", "uscc")
    columns = COLUMNS
    guide = (
        "一行是一个单位，按统一社会信用代码确定；留空的栏目不改动库中已有的内容。",
        "以“【示例】”开头的一行是示例，导入时自动跳过，可以删除。",
        "部门管理员只能导入本单位的资料；库中没有的单位由信用办导入时建立。名称不同的不会改名，请先办理更名。",
    )

    def session(
        self, batch: ImportBatch, agency: Subject, columns: Columns | None, *, today: date
    ) -> "AgenciesSession":
        return AgenciesSession(self, batch, agency, columns, today)


class AgenciesSession(RegistrySession):
    def check(self, rows: Sequence[RawRow]) -> list[Checked]:
        converted = [self.convert(row.raw) for row in rows]
        compared = self._compare([values for values, _ in converted])
        answers = []
        for row, (values, errors), (agency, problems, changes) in zip(rows, converted, compared, strict=True):
            outcome = "new" if agency is None else "changed" if changes else "unchanged"
            said = [{"field": "", "code": outcome, "message": _sentence(agency, changes)}]
            found = errors + [p for p in problems if p["field"] not in {e["field"] for e in errors}]
            answers.append(self.checked(row, values, found, said, outcome))
        return answers

    def _compare(self, rows: Sequence[dict[str, Any]]) -> list[tuple[Subject | None, Errors, dict[str, list[str]]]]:
        """(agency, what is wrong, what would change) of each row; a fixed number of queries."""
        codes = [normalise_code(values.get("uscc") or "") for values in rows]
        known = {a.code: a for a in Subject.objects.filter(code__in=codes).select_related("agency_profile", "parent")}
        parents = self.find_agencies([values.get("parent") or "" for values in rows])
        seen: set[str] = set()
        found = []
        for values, code in zip(rows, codes, strict=True):
            agency = known.get(code)
            problems = list(self._problems(values, code, agency, parents.get(values.get("parent") or "")))
            if code and code in seen:
                problems.append(
                    {"field": "uscc", "code": "twice", "message": "本文件中同一单位不止一行，请合并为一行。"}
                )
            seen.add(code)
            found.append((agency, problems, _changes(agency, values, parents) if agency else {}))
        return found

    def _problems(self, values: dict[str, Any], code: str, agency: Subject | None, parent: Subject | None) -> Any:
        for finding in check_uscc(code) if code else ():
            if finding.level == "error":
                yield {"field": "uscc", "code": finding.code, "message": finding.message}
        if agency is None and not self.wide:
            yield self.agency_error(code, None, "uscc")
        elif agency is not None and (problem := self.agency_error(code, agency, "uscc")):
            yield problem
        if agency is not None and agency.kind != SubjectKind.AGENCY:
            yield {
                "field": "uscc",
                "code": "not_an_agency",
                "message": f"“{agency.name}”在主体库中不是政府机构，请联系信用办。",
            }
        elif agency is not None and fold_text(values.get("name") or "") != agency.name_folded:
            message = f"该代码在主体库中的名称是“{agency.name}”。导入不会改名：确已更名的，请先由信用办办理更名。"
            yield {"field": "name", "code": "other_name", "message": message}
        if values.get("parent") and parent is None:
            yield {
                "field": "parent",
                "code": "unknown_agency",
                "message": f"主体库中没有上级单位“{values['parent']}”，请核对。",
            }

    def commit(self, rows: Sequence[ImportRow], *, actor: Actor) -> list[Taken]:
        loaded = [self.load(row.values) for row in rows]
        compared = self._compare(loaded)
        parents = self.find_agencies([values.get("parent") or "" for values in loaded])
        return [
            self._commit(row, values, agency, problems, parents, actor)
            for row, values, (agency, problems, _) in zip(rows, loaded, compared, strict=True)
        ]

    def _commit(
        self, row: ImportRow, values: dict[str, Any], agency: Subject | None, problems: Errors, parents: Any,
        actor: Actor,
    ) -> Taken:  # fmt: skip
        if problems:
            return Taken(row.pk, RowStatus.INVALID, None, problems)
        pk = agency.pk if agency else self._create(values, actor)
        try:
            save_agency(pk, _given(values, parents), actor=actor, reason="导入机构资料")
        except RuleViolation as refusal:
            return Taken(
                row.pk, RowStatus.INVALID, None, [{"field": "", "code": refusal.code, "message": refusal.message}]
            )
        return Taken(row.pk, RowStatus.COMMITTED)

    @staticmethod
    def _create(values: dict[str, Any], actor: Actor) -> int:
        code = normalise_code(values["uscc"])
        return create_subjects(
            [Party(SubjectKind.AGENCY, values["name"], fold_text(values["name"]), code)], actor=actor
        )[0]

    def sentence_of(self, values: dict[str, Any]) -> str:
        [(agency, problems, changes)] = self._compare([values])
        return problems[0]["message"] if problems else _sentence(agency, changes)


def _given(values: dict[str, Any], parents: dict[str, Subject | None]) -> dict[str, Any]:
    """Only what stands in the row: an empty cell says nothing."""
    given = {name: values[name] for name in FIELDS if values.get(name)}
    if text := values.get("parent"):
        parent = parents.get(text)
        given |= {"parent_id": parent.pk} if parent else {}
    return given


def _changes(agency: Subject, values: dict[str, Any], parents: dict[str, Subject | None]) -> dict[str, list[str]]:
    profile = getattr(agency, "agency_profile", None) or AgencyProfile(subject=agency)
    labels = {c.name: c.label for c in COLUMNS} | {"parent_id": "上级单位"}
    changes = {}
    for name, new in _given(values, parents).items():
        old = getattr(profile if name in OF_PROFILE else agency, name)
        if name == "parent_id":
            parent = parents.get(values["parent"])
            new, old = parent.name if parent else "", agency.parent.name if agency.parent else ""
        if old != new:
            changes[labels[name]] = [_shown(name, old), _shown(name, new)]
    return changes


def _shown(name: str, value: Any) -> str:
    choices = {"kind": AgencyKind, "level": AgencyLevel}.get(name)
    return str(choices(value).label) if choices and value else str(value or "")


def _sentence(agency: Subject | None, changes: dict[str, list[str]]) -> str:
    if agency is None:
        return "新建单位"
    if not changes:
        return "与库中一致，无需改动"
    return "变更：" + "；".join(f"{label} {old or '（空）'} → {new}" for label, (old, new) in changes.items())


AGENCIES = AgenciesImporter()
