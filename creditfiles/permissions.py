"""Who may hand out own-access codes (本人查阅码), and how whoever gets one must have been identified."""

from collections.abc import Iterable
from datetime import date

from core.actors import Actor
from core.text import fold_text
from creditfiles.choices import IdentityCheck
from records.choices import SubjectKind
from records.models import Subject, Tenure

C = IdentityCheck


def may_issue(subject: Subject, actor: Actor, today: date) -> str | None:
    """The credit office for everybody; an agency's administrator for the officials who work there on this day.

    Nobody for himself: the code stands for another person having looked at the card. Accounts are not tied to
    officials' files, so the name decides; a namesake goes to the credit office, or there to a colleague.
    """
    if not actor.has("credit_office"):
        if not actor.has("agency_admin"):
            return "本人查阅码由信用办签发；公务员的，也可以由所在单位的部门管理员签发。"
        here = Tenure.objects.on(today).filter(official=subject.pk, agency__in=sorted(actor.unit_ids))
        if subject.kind != SubjectKind.OFFICIAL or not here.exists():
            return "部门管理员只能为本单位现任公务员签发本人查阅码；其他主体请持有效证件到信用办领取。"
    if subject.is_person and fold_text(actor.name) == fold_text(subject.name):
        return "不能给自己签发本人查阅码：须由另一人当面核对身份。请到信用办，由其他工作人员签发；同名的也请这样办理。"
    return None


def issuable(subjects: Iterable[Subject], actor: Actor, today: date) -> set[int]:
    """Of these subjects, those for whom this actor's page of codes is: one query, for lists."""
    keys = {s.pk for s in subjects if s.merged_into_id is None}
    if actor.has("credit_office"):
        return keys
    if not actor.has("agency_admin"):
        return set()
    posts = Tenure.objects.on(today).filter(official__in=keys, agency__in=sorted(actor.unit_ids))
    return set(posts.values_list("official", flat=True))


def checks_for(subject: Subject, actor: Actor) -> list[tuple[str, str]]:
    """How this actor may have identified whoever asks for the code of this subject."""
    if not subject.is_person:
        ways = [C.REPRESENTATIVE, C.MANDATE, C.UNIT_LETTER]
    elif actor.has("credit_office"):
        ways = [C.ID_CARD, C.MANDATE]
    else:
        ways = [C.AGENCY]
    return [(way.value, str(way.label)) for way in ways]
