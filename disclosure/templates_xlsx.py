"""The import templates: the 2018 national columns, read off the standard."""

from core.tabular.writing import TemplateColumn
from disclosure import standard
from disclosure.standard import Column, Type

GUIDE = (
    "本模板按《行政许可和行政处罚等信用信息公示数据归集标准》（2018）编制。第一行是名称，第二行是国家标准代码，请勿改动。",
    "以“【示例】”开头的一行是示例，导入时自动跳过，可以删除。",
    "法人及非法人组织、个体工商户、自然人填在同一张表中，由“行政相对人类别”区分。",
    "金额的单位是万元：罚款2000元填0.2。长期有效的日期填2099-12-31或“长期”。",
    "自作出决定之日起7个工作日内报送并公示。个人证件号码加密保存，任何情况下不公示；事实栏中请不要写个人号码、住址、电话。",
)

# Conditions that the label alone does not tell.
CONDITIONS = {
    "uscc": "法人及非法人组织、个体工商户必填；确实没有的至少填其他一种代码。",
    "representative": "法人及非法人组织必填。",
    "party_id_type": "自然人必填。",
    "party_id_number": "自然人必填。",
}
KINDS = {Type.DATE: "date", Type.AMOUNT: "number"}


def template_columns(kind: str) -> list[TemplateColumn]:
    return [_template_column(c) for c in standard.columns(kind) if c.stored != "merged"]


def _template_column(column: Column) -> TemplateColumn:
    note = "\n".join(dict.fromkeys(filter(None, (column.help, CONDITIONS.get(column.name, "")))))
    return TemplateColumn(
        code=column.code,
        label=column.label,
        required=column.required,
        kind=KINDS.get(column.type, "text"),  # type: ignore[arg-type]
        choices=column.choices,
        several=column.type == Type.CATEGORIES or "其他" in column.choices or column.name.endswith("id_type"),
        note=note,
        example=column.example,
    )
