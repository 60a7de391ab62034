"""What waits, counted for the first page; and the places of this room in the navigation."""

from collections.abc import Callable
from datetime import date

from django.db.models import Q

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.desk import Place, Queue, Section
from records.admin.lists import OPEN, deadline_is
from records.choices import ChangeStatus, RecordStatus
from records.clerks import handled_by
from records.models import ChangeRequest, CreditRecord, EntryDraft

S = RecordStatus
enters = desk.roles(Role.CLERK)
reviews = desk.roles(Role.REVIEWER, Role.CREDIT_OFFICE)
oversees = desk.roles(Role.CREDIT_OFFICE)
enters_or_oversees = desk.roles(Role.CLERK, Role.CREDIT_OFFICE)
reads = desk.roles(Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR)


def reviews_own(actor: Actor) -> bool:
    return reviews(actor) and not oversees(actor)


def only_reviews(actor: Actor) -> bool:
    return reviews(actor) and not enters_or_oversees(actor)


def _records(where: Callable[[Actor, date], Q]) -> Callable[[Actor, date], int]:
    """A count of visible records, no further than the desk's cap."""

    def count(actor: Actor, today: date) -> int:
        rows = CreditRecord.objects.visible_to(actor).filter(where(actor, today)).order_by()
        return int(rows[: desk.CAP + 1].count())

    return count


def _to_review(actor: Actor, today: date) -> Q:
    """Submitted by others: what this actor can decide."""
    return Q(status=S.SUBMITTED) & ~handled_by(actor.user_id)


def _changes(actor: Actor, today: date) -> int:
    rows = ChangeRequest.objects.visible_to(actor).filter(status=ChangeStatus.PROPOSED)
    return int(rows.exclude(proposed_by=actor.user_id)[: desk.CAP + 1].count())


def _due(word: str) -> Callable[[Actor, date], int]:
    return _records(lambda actor, today: Q(status__in=OPEN) & deadline_is(word, today))


def _due_to_review(word: str) -> Callable[[Actor, date], int]:
    return _records(lambda actor, today: _to_review(actor, today) & deadline_is(word, today))


DUE = "今天是公示期限的最后一天，尚未公示"
LATE = "已超过公示期限，尚未公示"


def _drafts(actor: Actor, today: date) -> int:
    return int(EntryDraft.objects.visible_to(actor).order_by()[: desk.CAP + 1].count())


desk.add_queues(
    Queue("待我审核", "经办人已提交、由您审核的记录", "review_queue", reviews_own, _records(_to_review), "who=others"),
    Queue(
        "待我审核",
        "各单位已提交、由其审核人或信用办审核的记录",
        "review_queue",
        oversees,
        _records(_to_review),
        "who=others",
    ),
    Queue("变更待复核", "他人提出的更正、撤下申请", "changes", reviews, _changes, "tab=proposed&who=others"),
    Queue(
        "被退回",
        "审核人退回，请按理由修改后重新提交",
        "entries",
        enters,
        _records(lambda actor, today: Q(status=S.RETURNED)),
        "tab=returned",
        urgent=True,
    ),
    # Who only reviews sees what waits for review; drafts of others are none of their work.
    Queue("今日到期", DUE, "entries", enters_or_oversees, _due("today"), "tab=open&late=today", urgent=True),
    Queue("逾期", LATE, "entries", enters_or_oversees, _due("late"), "tab=open&late=late", urgent=True),
    Queue("今日到期", DUE, "review_queue", only_reviews, _due_to_review("today"), "late=today&who=others", urgent=True),
    Queue("逾期", LATE, "review_queue", only_reviews, _due_to_review("late"), "late=late&who=others", urgent=True),
    Queue(
        "草稿",
        "没有填完、已保存的录入，本单位经办人都可以继续填写",
        "entry_drafts",
        enters,
        _drafts,
    ),
    Queue(
        "待提交",
        "已填写完整、尚未提交审核",
        "entries",
        enters,
        _records(lambda actor, today: Q(status=S.DRAFT)),
        "tab=draft",
    ),
)
desk.add_places(
    Place(Section.ENTRY, "录入草稿", "entry_drafts", enters, order=35),
    Place(Section.ENTRY, "录入记录", "entries", desk.roles(Role.CLERK, Role.CREDIT_OFFICE, Role.AUDITOR), order=40),
    Place(
        Section.REVIEW, "待审核", "review_queue", desk.roles(Role.REVIEWER, Role.CREDIT_OFFICE, Role.AUDITOR), order=10
    ),
    Place(Section.PUBLISHED, "公示管理", "published", reads, order=10),
    Place(Section.PUBLISHED, "变更申请", "changes", reads, order=20),
)
