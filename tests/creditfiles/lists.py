"""A street to look up lists in: bodies with older codes and former names, officials of one name, a private person."""

from datetime import date
from typing import Any

from core.actors import Actor
from core.identifiers import make_resident_id
from core.text import fold_text
from creditfiles.lists import pasted
from creditfiles.models import Lookup, LookupLine
from creditfiles.services import open_lookup
from records.matching import identity_index
from records.models import Subject, SubjectIdentifier, SubjectName
from records.services.merges import merge_subjects
from tests.factories.records import make_subject, published_licence, published_penalty
from tests.factories.registry import id_number, make_agency, make_tenure
from tests.people import Cast, make_cast

STATEMENTS = {"legal_basis": "《实施方案》第三条", "reference": "惠城人社函〔2026〕8号"}
TODAY = date(2026, 11, 25)
PERSONS_NUMBER = make_resident_id("441302", date(1991, 3, 4), 321)


class Street:
    """One of everything that a line can mean."""

    cast: Cast

    def __init__(self) -> None:
        self.cast = cast = make_cast()
        self.firm = make_subject("惠州市示例建筑工程有限公司")
        self.penalty = published_penalty(cast, self.firm)
        published_licence(cast, self.firm)
        self.clear = make_subject("惠州市示例清白贸易有限公司")
        published_licence(cast, self.clear)
        self.twins = [make_subject("惠州市示例同名商行") for _ in range(2)]
        SubjectName.objects.create(
            subject=self.firm, name="惠州市示例老字号工程队", name_folded=fold_text("惠州市示例老字号工程队")
        )
        SubjectIdentifier.objects.create(subject=self.clear, scheme="business_registration", value="441302000012345")
        self.merged = make_subject("惠州市示例旧名册商行", kind="other_organisation")
        Subject.objects.filter(pk=self.merged.pk).update(code=None)
        merge_subjects(self.merged.pk, self.firm.pk, actor=cast.office, evidence="登记机关档案")
        self.older = published_penalty(cast, self.merged)
        self.agency = cast.agency
        self.elsewhere = make_agency("惠城区示例文化局")
        self.head = self.official(1, "司徒示例", cast.agency, post="局长")
        self.same = self.official(2, "司徒示例", self.elsewhere)
        self.pair = [self.official(n, "上官示例", cast.agency) for n in (3, 4)]
        self.gone = self.official(5, "诸葛示例", cast.agency, ended_on=date(2023, 1, 1))
        self.person = make_subject("欧阳示例", kind="natural_person", id_number_index=identity_index(PERSONS_NUMBER))

    def official(self, n: int, name: str, agency: Subject, **fields: Any) -> Subject:
        return make_tenure(agency, n, date(2020, 1, 1), name=name, **fields).official

    def look_up(
        self, text: str, *, about: str = "bodies", purpose: str = "supervision", actor: Actor | None = None, **more: Any
    ) -> Lookup:
        more = {**STATEMENTS, "about": about, "purpose": purpose, "today": TODAY, **more}
        return open_lookup(pasted(text), actor=actor or self.cast.office, **more)

    def answer(self, text: str, **more: Any) -> LookupLine:
        """Of a list of one line."""
        return self.look_up(text, **more).lines.select_related("subject").get()


__all__ = ["PERSONS_NUMBER", "STATEMENTS", "TODAY", "Street", "id_number"]
