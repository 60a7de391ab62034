"""Drafts of entries: anything is kept as typed, the agency's clerks share them, the second of two savers is told."""

from importlib import import_module

from django.apps import apps
from django.db import connection
from django.test import TestCase, TransactionTestCase

from core.errors import NotAllowed, NotFound, WrongState
from core.models import AuditEvent
from disclosure.drafts import submit_draft, submit_edit
from records import services
from records.models import CreditRecord, EarlierClerk, EntryDraft
from records.services import Typed
from tests.factories.records import TODAY, draft_penalty, submitted_penalty
from tests.people import Cast, make_cast
from tests.records.test_races import together
from tests.support.disclosure_tables import penalty_row

HALF = Typed({"party_name": ["惠州市试样"], "decided_on": ["2026-02-31"], "penalty_category": ["罚款", "其他"]}, 5, 1)
FULLER = Typed({"party_name": ["惠州市试样有限公司"]}, 4, 0)
OTHERS = ("reviewer", "agency_admin", "other_clerk", "office", "auditor", "system_admin")


def start(cast: Cast, typed: Typed = HALF) -> EntryDraft:
    return services.start_draft("penalty", typed, actor=cast.clerk, agency_id=cast.agency.pk)


def returned(cast: Cast) -> CreditRecord:
    record = submitted_penalty(cast)
    services.return_(record.pk, actor=cast.reviewer, reason="补充违法事实")
    record.refresh_from_db()
    return record


class DraftTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def test_what_was_typed_comes_back_exactly(self) -> None:
        draft = EntryDraft.objects.get(pk=start(self.cast).pk)
        assert draft.fields == {name: list(values) for name, values in HALF.fields.items()}
        assert (draft.missing, draft.wrong, draft.version, draft.saved_by_id) == (5, 1, 1, self.cast.clerk.user_id)

    def test_nothing_of_it_stands_readable_in_the_database_or_in_the_trail(self) -> None:
        draft = start(self.cast, Typed({"party_name": ["441302198901010010"], "facts": ["寒鸦"]}))
        services.keep_draft(draft.pk, FULLER, actor=self.cast.clerk, version=1)
        services.drop_draft(draft.pk, actor=self.cast.clerk, version=2)
        second = start(self.cast, Typed({"party_name": ["441302198901010010"], "facts": ["寒鸦"]}))
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM records_entrydraft")
            rows = str(cursor.fetchall())
        trail = str(list(AuditEvent.objects.values()))
        for word in ("441302198901010010", "寒鸦", "试样"):
            assert word not in rows and word not in trail
        assert EntryDraft.objects.get(pk=second.pk).fields["facts"] == ["寒鸦"]

    def test_a_colleague_goes_on_with_it(self) -> None:
        draft = start(self.cast)
        services.keep_draft(draft.pk, FULLER, actor=self.cast.actor("second_clerk"), version=1)
        draft.refresh_from_db()
        assert (draft.fields["party_name"], draft.version) == (["惠州市试样有限公司"], 2)
        assert draft.saved_by_id == self.cast.users["second_clerk"].pk

    def test_for_everybody_else_there_is_none(self) -> None:
        draft = start(self.cast)
        for name in OTHERS:
            actor = self.cast.actor(name)
            assert not EntryDraft.objects.visible_to(actor).exists(), name
            for act in (
                lambda a: services.keep_draft(draft.pk, FULLER, actor=a, version=1),
                lambda a: services.take_draft(draft.pk, actor=a, version=1),
                lambda a: services.drop_draft(draft.pk, actor=a, version=1),
            ):
                with self.assertRaises(NotFound):
                    act(actor)
            with self.assertRaises(NotAllowed):
                services.start_draft("penalty", HALF, actor=actor, agency_id=self.cast.agency.pk)
        assert EntryDraft.objects.get().version == 1

    def test_the_later_save_overwrites_nothing(self) -> None:
        draft = start(self.cast)
        services.keep_draft(draft.pk, FULLER, actor=self.cast.actor("second_clerk"), version=1)
        for act in (services.take_draft, services.drop_draft):
            with self.assertRaises(WrongState):
                act(draft.pk, actor=self.cast.clerk, version=1)
        with self.assertRaises(WrongState):
            services.keep_draft(draft.pk, HALF, actor=self.cast.clerk, version=1)
        assert EntryDraft.objects.get().fields == {"party_name": ["惠州市试样有限公司"]}

    def test_each_act_leaves_one_line_in_the_trail(self) -> None:
        draft = start(self.cast)
        services.keep_draft(draft.pk, FULLER, actor=self.cast.clerk, version=1)
        services.take_draft(draft.pk, actor=self.cast.clerk, version=2)
        services.drop_draft(start(self.cast).pk, actor=self.cast.clerk, version=1)
        events = AuditEvent.objects.filter(object_type="records.entrydraft").order_by("pk")
        assert [e.action.removeprefix("records.draft_") for e in events] == [
            "kept", "kept", "submitted", "kept", "dropped"
        ]  # fmt: skip
        assert not EntryDraft.objects.exists()


class EditTests(TestCase):
    """Changes of a record that wait: the record stays as it is."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.record = returned(cls.cast)

    def keep(self, version: int = 0, actor: str = "clerk") -> EntryDraft:
        return services.keep_edit(self.record.pk, HALF, actor=self.cast.actor(actor), version=version)

    def test_the_record_stays_as_it_is(self) -> None:
        before = CreditRecord.objects.filter(pk=self.record.pk).values().get()
        draft = self.keep()
        assert (draft.record_id, draft.agency_id, draft.kind) == (self.record.pk, self.cast.agency.pk, "penalty")
        assert CreditRecord.objects.filter(pk=self.record.pk).values().get() == before

    def test_one_per_record_and_the_second_first_save_is_told(self) -> None:
        self.keep()
        with self.assertRaises(WrongState):
            self.keep(actor="second_clerk")
        self.keep(version=1, actor="second_clerk")
        assert EntryDraft.objects.get().version == 2

    def test_only_a_draft_or_returned_record_of_ones_own_agency(self) -> None:
        waiting = submitted_penalty(self.cast)
        with self.assertRaises(WrongState):
            services.keep_edit(waiting.pk, HALF, actor=self.cast.clerk, version=0)
        with self.assertRaises(NotFound):
            self.keep(actor="other_clerk")
        for name in ("reviewer", "office", "auditor"):
            with self.assertRaises(NotAllowed):
                self.keep(actor=name)

    def test_the_record_is_not_submitted_past_them(self) -> None:
        self.keep()
        other = draft_penalty(self.cast.agency, clerk=self.cast.clerk)
        with self.assertRaises(WrongState):
            services.submit_many([other.pk, self.record.pk], actor=self.cast.clerk)
        assert set(CreditRecord.objects.values_list("status", flat=True)) == {"draft", "returned"}
        services.take_edit(self.record.pk, actor=self.cast.clerk, version=1)
        services.submit(self.record.pk, actor=self.cast.clerk)

    def test_a_draft_of_changes_is_no_new_entry(self) -> None:
        draft = self.keep()
        with self.assertRaises(NotFound):
            services.take_draft(draft.pk, actor=self.cast.clerk, version=1)
        with self.assertRaises(NotFound):
            services.keep_draft(draft.pk, FULLER, actor=self.cast.clerk, version=1)

    def test_they_go_with_a_record_that_is_put_away(self) -> None:
        self.keep()
        services.discard(self.record.pk, actor=self.cast.clerk, reason="录错")
        assert not EntryDraft.objects.exists()
        assert AuditEvent.objects.filter(action="records.draft_dropped").count() == 1


class FourEyesTests(TestCase):
    """Whoever saved a draft has typed some of the record that comes of it."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.both = cls.cast.actor("second_clerk", roles=frozenset({"clerk", "reviewer"}))

    def refused(self, record: CreditRecord) -> None:
        with self.assertRaisesMessage(NotAllowed, "本人经办"):
            services.approve(record.pk, actor=self.both)
        services.approve(record.pk, actor=self.cast.reviewer)

    def test_a_new_entry(self) -> None:
        draft = services.start_draft("penalty", HALF, actor=self.both, agency_id=self.cast.agency.pk)
        services.keep_draft(draft.pk, FULLER, actor=self.cast.clerk, version=1)
        record = submit_draft(draft.pk, penalty_row(1), actor=self.cast.clerk, today=TODAY, version=2)
        self.refused(record)

    def test_changes_of_a_returned_record(self) -> None:
        record = returned(self.cast)
        services.keep_edit(record.pk, HALF, actor=self.both, version=0)
        submit_edit(record.pk, {"remark": "已补充"}, actor=self.cast.clerk, version=1)
        self.refused(record)

    def test_what_was_before_is_read_from_the_trail(self) -> None:
        record = returned(self.cast)
        services.edit(record.pk, {"remark": "已补充"}, actor=self.both)
        services.submit(record.pk, actor=self.cast.clerk)
        draft = services.start_draft("penalty", HALF, actor=self.both, agency_id=self.cast.agency.pk)
        EarlierClerk.objects.all().delete()
        EntryDraft.objects.update(clerks=[])
        import_module("records.migrations.0019_earlier_clerks_from_the_trail").fill(apps, None)
        draft.refresh_from_db()
        assert draft.clerks == [self.both.user_id]
        self.refused(record)


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()

    def test_two_savers_of_one_draft(self) -> None:
        draft = start(self.cast)
        outcomes = together(
            lambda: services.keep_draft(draft.pk, HALF, actor=self.cast.actor("clerk"), version=1),
            lambda: services.keep_draft(draft.pk, FULLER, actor=self.cast.actor("second_clerk"), version=1),
        )
        assert outcomes == {"done": 1, "WrongState": 1}
        assert EntryDraft.objects.get().version == 2

    def test_two_first_savers_of_changes(self) -> None:
        record = returned(self.cast)
        outcomes = together(
            lambda: services.keep_edit(record.pk, HALF, actor=self.cast.actor("clerk"), version=0),
            lambda: services.keep_edit(record.pk, FULLER, actor=self.cast.actor("second_clerk"), version=0),
        )
        assert outcomes == {"done": 1, "WrongState": 1}

    def test_keeping_changes_and_submitting_the_record(self) -> None:
        record = returned(self.cast)
        outcomes = together(
            lambda: services.keep_edit(record.pk, HALF, actor=self.cast.actor("clerk"), version=0),
            lambda: services.submit(record.pk, actor=self.cast.actor("second_clerk")),
        )
        assert outcomes == {"done": 1, "WrongState": 1}
        record.refresh_from_db()
        assert EntryDraft.objects.exists() == (record.status == "returned")
