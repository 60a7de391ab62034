"""通报批评: the text is public, so nothing personal may stand in it."""

from core.masking import scrub
from records.choices import PERSONAL_KINDS
from records.models import Subject, Tenure
from sanctions.models import Measure


def notice_problem(measure: Measure, subject: Subject, text: str) -> str | None:
    """Why this text cannot be the notice; None for other measures that have none."""
    text = text.strip()
    if not measure.is_notice:
        return f"“{measure.name}”不需要通报内容，请留空。" if text else None
    if not text:
        return "通报批评须写明通报内容，它将向社会公开。"
    if scrub(text) != text:
        return "通报内容向社会公开，其中像是写有个人证件号码、手机号或银行账号，请删去。"
    names = set(Tenure.objects.filter(agency=subject.pk).values_list("official__name", flat=True))
    if subject.kind in PERSONAL_KINDS:
        names.add(subject.name)
    if named := sorted(name for name in names if name and name in text):
        return f"通报内容向社会公开，不要写公务员或其他个人的姓名（{'、'.join(named)}），请用职务代替。"
    return None
