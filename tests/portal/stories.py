"""A small public ledger: a record in every state, a body with a former name, a natural person."""

from datetime import date

from django.db import transaction
from django.test import TestCase

from core.actors import system_actor
from core.locks import locked
from core.search import terms_literal
from core.text import fold_text
from records import services
from records.models import CreditRecord, PublicationRule, Subject
from records.services.endings import Ending, end_publication
from tests.factories.records import TODAY, make_subject, published_licence, published_penalty
from tests.people import Cast, make_cast

WITHDRAWN_BECAUSE = "行政复议机关撤销原决定。"
CORRECTED_BECAUSE = "罚款金额录入有误。"
PERSON = "欧阳示例"


def end(record: CreditRecord, act: str, cast: Cast, reason: str, today: date = TODAY) -> None:
    """Ends publication as the services do: two people withdraw, the system repairs and expires."""
    if act == "withdraw":
        change = services.propose_withdrawal(record.pk, actor=cast.clerk, reason=reason)
        services.accept_change(change.pk, actor=cast.reviewer, today=today)
        return
    with transaction.atomic():
        row = locked(CreditRecord.objects.all(), record.pk)
        end_publication([Ending(row, reason)], act, actor=system_actor(), today=today)


def correct(record: CreditRecord, cast: Cast, values: dict[str, str], reason: str = CORRECTED_BECAUSE) -> None:
    change = services.propose_correction(record.pk, values, actor=cast.clerk, reason=reason)
    services.accept_change(change.pk, actor=cast.reviewer)


def rename(subject: Subject, former: str) -> None:
    subject.names.create(name=former, name_folded=fold_text(former), valid_to=date(2019, 12, 31))
    subject.terms = terms_literal([subject.name_folded, fold_text(subject.code or ""), fold_text(former)])
    subject.save()


def open_persons_penalties() -> None:
    """A rule that opens penalties of natural persons, masked; without one they stay internal."""
    PublicationRule.objects.create(
        code="penalty.natural_person.test", title="自然人处罚脱敏公示", kind="penalty", subject_kind="natural_person",
        status="approved", visibility="masked", fields=["*"], min_months=3, max_months=12,
        in_force_from=date(2026, 4, 1), basis="《测试规则》",
    )  # fmt: skip


class Site(TestCase):
    """Every test of a page starts from this ledger."""

    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.company = make_subject("惠州市东江（示例）食品有限公司")
        rename(cls.company, "惠阳县东江食品加工厂")
        cls.penalty = published_penalty(cls.cast, cls.company, document_number="惠城市监罚〔2026〕9056号")
        cls.licence = published_licence(cls.cast, cls.company)
        cls.late = published_penalty(cls.cast, decided_on=date(2026, 10, 12), today=date(2026, 11, 9))
        cls.disputed = published_penalty(cls.cast)
        services.mark_disputed(cls.disputed.pk, actor=cls.cast.reviewer, reason="当事人提出异议，已受理。")
        cls.withdrawn = published_penalty(cls.cast, document_number="惠城市监罚〔2026〕9099号")
        end(cls.withdrawn, "withdraw", cls.cast, WITHDRAWN_BECAUSE)
        cls.repaired = published_penalty(cls.cast, make_subject("惠州市修复示例有限公司"))
        end(cls.repaired, "repair", cls.cast, "已完成信用修复。")
        cls.expired = published_penalty(cls.cast)
        end(cls.expired, "expire", cls.cast, "最长公示期已届满，停止公示。")
        open_persons_penalties()
        cls.person = make_subject(PERSON, kind="natural_person")
        cls.masked = published_penalty(cls.cast, cls.person, title=f"{PERSON}无证摆卖案")
        cls.about_agency = published_penalty(cls.cast, cls.cast.other_agency, title="未按规定公开预算案")
        services.seal()

    def text(self, path: str, status: int = 200) -> str:
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code)
        return response.content.decode()


def every_page(site: type[Site]) -> dict[str, str]:
    """Name → address of every public page, for tests that hold for all of them."""
    return {
        "home": "/",
        "search": "/search/",
        "search_results": "/search/?q=东江",
        "search_nothing": "/search/?q=查无此人有限公司",
        "licences": "/disclosure/licences/",
        "penalties": "/disclosure/penalties/",
        "penalties_filtered": "/disclosure/penalties/?on_time=no&sort=amount",
        "record_penalty": f"/records/{site.penalty.pk}/",
        "record_licence": f"/records/{site.licence.pk}/",
        "record_disputed": f"/records/{site.disputed.pk}/",
        "record_late": f"/records/{site.late.pk}/",
        "record_withdrawn": f"/records/{site.withdrawn.pk}/",
        "subject_company": f"/subjects/{site.company.pk}/",
        "subject_agency": f"/subjects/{site.cast.agency.pk}/",
        "integrity": "/integrity/",
        "measures": "/measures/",
        "notices": "/measures/notices/",
        "integrity_filtered": f"/integrity/?kind=penalty&year=2026&subject={site.cast.agency.pk}",
        "own": "/own/",
        "own_ended": "/own/?ended=1",
        "statistics": "/statistics/",
        "corrections": "/corrections/",
        "data": "/data/",
        "help": "/help/",
        "about": "/about/",
        "sitemap": "/sitemap/",
        "not_found": "/nothing-here/",
        "bad_filter": "/search/?year=last",
    }
