"""From a published revision to three receipts, and every way in which that can go wrong."""

import threading
import time
from datetime import timedelta

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from records import services as records
from records.models import CreditRecord, Revision
from sharing import services
from sharing.client import Unreachable
from sharing.models import Attempt, Delivery, Platform
from sharing.payload import Item, record_key
from sharing.services import outcomes
from sharing.services.claims import claim_batch
from tests.factories.records import make_subject, published_licence, published_penalty
from tests.sharing.street import OnePlatformCase, SharingCase

LATER = timedelta(hours=2)


def withdraw(case: SharingCase, record: CreditRecord, reason: str = "行政处罚决定被依法撤销") -> None:
    basis = "《行政处罚法》第四十八条"
    change = records.propose_withdrawal(record.pk, actor=case.cast.clerk, reason=reason, basis=basis)
    records.accept_change(change.pk, actor=case.cast.reviewer)


def correct(case: SharingCase, record: CreditRecord, facts: str) -> None:
    change = records.propose_correction(record.pk, {"facts": facts}, actor=case.cast.clerk, reason="录入有误")
    records.accept_change(change.pk, actor=case.cast.reviewer)


def dispute(case: SharingCase, record: CreditRecord) -> None:
    """The quickest way to a new version with other columns (备注)."""
    records.mark_disputed(record.pk, actor=case.cast.office, reason="当事人提出异议")


class RoadTests(SharingCase):
    def test_a_published_record_is_stored_by_all_three_platforms(self) -> None:
        penalty, licence = published_penalty(self.cast), published_licence(self.cast)
        self.deliver()
        for code in self.codes:
            assert self.states(penalty, code) == self.states(licence, code) == ["stored"]
            delivery = self.delivery(penalty, code)
            assert (delivery.receipt_code, delivery.attempts) == ("200", 1)
            assert self.held(penalty, code) == [1, delivery.digest, False]

    def test_nothing_is_made_or_sent_twice(self) -> None:
        published_penalty(self.cast)
        self.deliver()
        before = [len(receiver.journal()) for receiver in self.receivers.values()]
        assert self.deliver(timezone.now() + LATER) == {}
        assert Delivery.objects.count() == 3
        assert [len(receiver.journal()) for receiver in self.receivers.values()] == before

    def test_a_withdrawal_is_acknowledged_by_all_three(self) -> None:
        record = published_penalty(self.cast)
        self.deliver()
        withdraw(self, record)
        self.deliver()
        for code in self.codes:
            assert self.states(record, code) == ["stored", "recalled"]
            assert self.held(record, code) == [2, "", True]

    def test_a_platform_gets_only_the_kinds_it_is_entitled_to(self) -> None:
        Platform.objects.filter(code="national").update(kinds=["licence"])
        penalty, licence = published_penalty(self.cast), published_licence(self.cast)
        self.deliver()
        assert self.held(penalty, "national") is None and self.held(licence, "national")
        assert not Delivery.objects.filter(record=penalty, platform__code="national").exists()

    def test_a_platform_that_is_switched_off_catches_up_later(self) -> None:
        Platform.objects.filter(code="national").update(enabled=False)
        record = published_penalty(self.cast)
        self.deliver()
        assert self.states(record, "national") == []
        Platform.objects.filter(code="national").update(enabled=True)
        self.deliver()
        assert self.states(record, "national") == ["stored"]

    def test_a_platform_without_address_keeps_its_queue(self) -> None:
        with override_settings(SHARING_PLATFORMS={code: {"url": "", "signing_key": ""} for code in self.codes}):
            record = published_penalty(self.cast)
            assert self.deliver() == {}
        assert self.states(record) == ["pending"]


class PersonalDataTests(OnePlatformCase):
    def test_a_persons_number_and_name_are_in_no_body(self) -> None:
        number = "441302198901010010"
        person = make_subject("李秘密", kind="natural_person")
        facts = f"李秘密（身份证号{number}）占道经营。"
        detail = {"party_id_type": "身份证", "party_id_number": number, "facts": facts}
        company = {"representative_id_type": "身份证", "representative_id_number": number}
        record = published_penalty(self.cast, person, detail=detail)
        published_penalty(self.cast, detail=company)
        self.deliver()
        page = self.receiver.request("GET", "/")[1].decode()
        for secret in (number, number[:14], "李秘密"):
            assert secret not in page
        for delivery in Delivery.objects.filter(record=record):
            assert delivery.state in ("stored",), delivery.receipt_text


class RefusalTests(OnePlatformCase):
    def test_a_refusal_is_final_and_carries_code_column_and_text(self) -> None:
        record = published_penalty(self.cast, document_number="惠城市监罚〔2026〕9001号")
        rule = {"code": "1001", "column": "CF_XDR_MC", "text": "主体不匹配"}
        self.receiver.control(refuse=[rule | {"match": {"CF_WSH": "惠城市监罚〔2026〕9001号"}}])
        self.deliver()
        delivery = self.delivery(record)
        assert delivery.state == "refused"
        assert (delivery.receipt_code, delivery.receipt_column, delivery.receipt_text) == (
            "1001", "CF_XDR_MC", "主体不匹配",
        )  # fmt: skip
        assert self.deliver(timezone.now() + LATER) == {}

    def test_a_refused_record_is_corrected_and_goes_again(self) -> None:
        record = published_penalty(self.cast)
        rule = {"match": {"CF_SY": "当事人未在规定期限内*"}, "code": "1003", "column": "CF_SY", "text": "违法事实不清"}
        self.receiver.control(refuse=[rule])
        self.deliver()
        assert list(Delivery.objects.refused()) == [self.delivery(record)]
        correct(self, record, facts="该公司未在2026年6月30日前公示2025年度报告。")
        self.deliver()
        assert self.states(record) == ["refused", "stored"]
        assert not Delivery.objects.refused().exists()

    def test_one_refused_item_does_not_hold_up_the_others(self) -> None:
        records_ = [published_penalty(self.cast) for _ in range(5)]
        bad = record_key(records_[2].pk, "441302")
        self.receiver.control(refuse=[{"match": {"record": bad}, "code": "1003", "text": "不符"}])
        self.deliver()
        assert [self.states(r) for r in records_] == [["stored"]] * 2 + [["refused"]] + [["stored"]] * 2

    def test_a_row_without_a_required_value_is_refused_before_it_is_sent(self) -> None:
        record = published_penalty(self.cast)
        self.platform.field_maps.filter(column="CF_NR").update(source="fields.nowhere")
        self.deliver()
        delivery = self.delivery(record)
        assert (delivery.state, delivery.receipt_column) == ("refused", "CF_NR")
        assert "处罚内容" in delivery.receipt_text and self.receiver.journal() == []

    def test_a_kind_without_field_map_is_refused_with_a_sentence(self) -> None:
        record = published_penalty(self.cast)
        self.platform.field_maps.filter(kind="penalty").delete()
        self.deliver()
        assert "字段对应" in self.delivery(record).receipt_text

    def test_a_batch_that_is_rejected_whole_ends_with_the_culprit_alone(self) -> None:
        records_ = [published_penalty(self.cast) for _ in range(4)]
        self.receiver.control(fail_next=1, fail_status=422)
        self.deliver()
        assert [self.states(r) for r in records_] == [["stored"]] * 4
        outcomes = list(Attempt.objects.order_by("id").values_list("outcome", "size"))
        assert outcomes == [("rejected", 4), ("answered", 4)]
        self.receiver.control(fail_next=100, fail_status=422)
        single = published_penalty(self.cast)
        self.deliver()
        assert self.states(single) == ["refused"] and "422" in self.delivery(single).receipt_text


class RecallTests(OnePlatformCase):
    def test_a_refused_recall_is_chased_until_acknowledged(self) -> None:
        record = published_penalty(self.cast)
        self.deliver()
        key = record_key(record.pk, "441302")
        withdraw(self, record)
        self.receiver.control(refuse=[{"match": {"operation": "recall"}, "code": "500", "text": "暂不受理撤回"}])
        self.deliver()
        assert self.states(record) == ["stored", "recalling"]
        assert self.delivery(record).receipt_text == "暂不受理撤回"
        assert list(Delivery.objects.chased()) == [self.delivery(record)]
        self.receiver.control(refuse=[])
        assert self.receiver.manifest()[key][2] is False
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored", "recalled"]
        assert self.receiver.manifest()[key][2] is True

    def test_recalls_go_before_reports(self) -> None:
        record = published_penalty(self.cast)
        self.deliver()
        for _ in range(3):
            published_penalty(self.cast)
        withdraw(self, record)
        self.deliver()
        operations = [row["operation"] for row in self.receiver.journal()]
        assert operations == ["upsert", "recall", "upsert", "upsert", "upsert"]

    def test_the_reason_goes_with_the_recall_and_the_content_does_not(self) -> None:
        record = published_penalty(self.cast)
        withdraw(self, record)
        self.deliver()
        assert self.states(record) == ["superseded", "recalled"]
        assert len(self.receiver.journal()) == 1


class OrderTests(OnePlatformCase):
    def test_a_newer_version_replaces_an_unsent_older_one(self) -> None:
        record = published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        dispute(self, record)
        self.deliver()
        assert self.states(record) == ["superseded", "stored"]
        assert [row["version"] for row in self.receiver.journal()] == [2]

    def test_a_version_waits_while_an_older_one_is_on_its_way(self) -> None:
        record = published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        now = timezone.now()
        first = claim_batch(self.platform.pk, worker="one", now=now)
        assert first is not None
        dispute(self, record)
        records.seal()
        services.fan_out(self.platform.pk)
        assert self.states(record) == ["pending", "pending"]
        assert claim_batch(self.platform.pk, worker="two", now=timezone.now()) is None

    def test_a_version_that_failed_while_a_newer_one_came_is_never_sent_again(self) -> None:
        record = published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        batch = claim_batch(self.platform.pk, worker="one", now=timezone.now())
        assert batch is not None
        dispute(self, record)
        records.seal()
        services.fan_out(self.platform.pk)
        items = [Item(parcel.id, "key", b"", parcel.digest) for parcel in batch.parcels]
        result = outcomes.Result(Unreachable("没有连通"), items, [])
        outcomes.record(batch, result, outcomes.judge(result, "send"), now=timezone.now())
        assert self.states(record) == ["superseded", "pending"]
        # Even one that was overlooked stays behind the newer one.
        Delivery.objects.filter(version=1).update(state="pending", attempts=0, next_try_at=timezone.now())
        following = claim_batch(self.platform.pk, worker="one", now=timezone.now() + LATER)
        assert following is not None and [parcel.version for parcel in following.parcels] == [2]

    def test_what_a_dead_worker_held_is_freed_and_replaced(self) -> None:
        record = published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        claim_batch(self.platform.pk, worker="dead", now=timezone.now())
        dispute(self, record)
        assert self.deliver() == {}
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["superseded", "stored"]
        assert list(Attempt.objects.values_list("outcome", flat=True).order_by("id")) == ["abandoned", "answered"]

    def test_two_workers_never_hold_the_same_delivery(self) -> None:
        for _ in range(20):
            published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        held: list[int] = []

        def work(name: str) -> None:
            with override_settings(SHARING_BATCH=3):
                while batch := claim_batch(self.platform.pk, worker=name, now=timezone.now()):
                    held.extend(parcel.id for parcel in batch.parcels)
            connection.close()

        threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(held) == sorted(set(held)) and len(held) == 20


class TroubleTests(OnePlatformCase):
    def test_a_failing_platform_is_tried_again_after_growing_waits(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.control(fail_next=2)
        now = timezone.now()
        waits = []
        for _ in range(2):
            self.deliver(now)
            delivery = self.delivery(record)
            waits.append((delivery.next_try_at - now).total_seconds())
            assert delivery.state == "pending" and self.deliver(now) == {}
            now = delivery.next_try_at
        assert 8 <= waits[0] <= 12 and 24 <= waits[1] <= 36
        self.deliver(now)
        assert self.states(record) == ["stored"] and self.delivery(record).attempts == 3

    def test_a_lost_answer_means_sent_again_with_the_same_key(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.control(drop_next=1)
        self.deliver()
        assert self.states(record) == ["pending"] and self.held(record)
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored"]
        assert len(self.receiver.journal()) == 1 and self.receiver.control()["duplicates"] == 1

    def test_a_receiver_that_is_down_opens_the_circuit_and_loses_nothing(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.stop()
        now = timezone.now()
        for _ in range(5):
            self.deliver(now)
            now += LATER
        platform = self.platform
        assert platform.failures == 5 and platform.circuit_open_until > timezone.now()
        assert "连续 5 次失败" in platform.circuit_reason
        assert self.deliver(platform.circuit_open_until - timedelta(seconds=1)) == {}
        self.receiver.start()
        self.deliver(now)
        assert self.states(record) == ["stored"]
        assert (self.platform.failures, self.platform.circuit_open_until) == (0, None)

    def test_after_a_pause_one_item_feels_the_way(self) -> None:
        for _ in range(4):
            published_penalty(self.cast)
        Platform.objects.filter(code="municipal").update(failures=5)
        self.deliver()
        assert list(Attempt.objects.order_by("id").values_list("size", flat=True)) == [1, 3]

    def test_a_slow_platform_times_out_without_a_transaction_being_open(self) -> None:
        record = published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)
        self.receiver.control(slow_seconds=1.5)
        with override_settings(SHARING_TIMEOUT_SECONDS=1):
            thread = threading.Thread(target=self._push_and_close)
            thread.start()
            time.sleep(0.4)  # the request is under way now
            began = time.monotonic()
            Platform.objects.filter(code="municipal").update(name="惠州平台")
            Delivery.objects.filter(record=record).update(receipt_text="")
            assert time.monotonic() - began < 0.5
            thread.join()
        assert self.states(record) == ["pending"] and Attempt.objects.get().outcome == "unreachable"
        self.receiver.control(slow_seconds=0)
        time.sleep(0.7)  # the receiver finishes what it was told to do slowly
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored"] and len(self.receiver.journal()) == 1

    def _push_and_close(self) -> None:
        services.push(self.platform.pk)
        connection.close()

    def test_a_busy_platform_is_left_alone_as_long_as_it_asks(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.control(fail_next=1, fail_status=429)
        self.deliver()
        assert self.delivery(record).attempts == 0 and self.platform.paused(timezone.now())
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored"]

    def test_a_key_that_the_platform_does_not_know_pauses_instead_of_refusing_everything(self) -> None:
        record = published_penalty(self.cast)
        stranger = {"municipal": {"url": self.receiver.url, "signing_key": _new_key()}}
        with override_settings(SHARING_PLATFORMS=stranger):
            self.deliver()
        assert self.states(record) == ["pending"] and "7002" in self.platform.circuit_reason
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored"]

    def test_without_a_usable_key_nothing_is_claimed_and_the_reason_is_kept(self) -> None:
        record = published_penalty(self.cast)
        with override_settings(SHARING_PLATFORMS={"municipal": {"url": self.receiver.url, "signing_key": "{}"}}):
            self.deliver()
        assert self.states(record) == ["pending"] and "make_signing_keys" in self.platform.circuit_reason

    def test_one_poisonous_item_ends_up_alone_and_the_rest_go_through(self) -> None:
        records_ = [published_penalty(self.cast) for _ in range(40)]
        poison = record_key(records_[17].pk, "441302")
        self.receiver.control(crash_on=[poison])
        now = timezone.now()
        with override_settings(SHARING_BATCH=16):
            for _ in range(12):
                self.deliver(now)
                now += LATER
        stored = [self.states(r) for r in records_].count(["stored"])
        assert stored == 39 and self.states(records_[17]) == ["pending"]


def _new_key() -> str:
    from core.signing import ED25519, generate_key

    return generate_key(ED25519, "stranger").to_json()


class DeferredTests(OnePlatformCase):
    def test_accepted_is_not_stored_until_the_platform_says_so(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.control(defer_seconds=0.5)
        self.deliver()
        assert self.states(record) == ["accepted"]
        self.deliver(timezone.now() + timedelta(seconds=15))
        assert self.states(record) == ["accepted"]
        time.sleep(0.6)
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored"] and len(self.receiver.journal()) == 1

    def test_a_recall_that_is_only_accepted_is_not_yet_acknowledged(self) -> None:
        record = published_penalty(self.cast)
        self.deliver()
        self.receiver.control(defer_seconds=0.5)
        withdraw(self, record)
        self.deliver()
        assert self.states(record)[-1] == "recalling" and self.delivery(record).accepted_at
        time.sleep(0.6)
        self.deliver(timezone.now() + LATER)
        assert self.states(record)[-1] == "recalled"

    def test_what_the_platform_forgot_is_sent_again(self) -> None:
        record = published_penalty(self.cast)
        self.receiver.control(defer_seconds=60)
        self.deliver()
        self.receiver.control(reset=True)
        self.deliver(timezone.now() + LATER)
        assert self.states(record) == ["stored"]


class FanOutTests(OnePlatformCase):
    def test_an_unsealed_revision_waits(self) -> None:
        record = published_penalty(self.cast)
        assert services.fan_out(self.platform.pk) == 0 and Revision.objects.filter(seq=None).exists()
        # Numbering is the ledger's own work, by one entry of beat: the sweep leaves it alone.
        services.sweep(enqueue=lambda platform_id: None)
        assert self.states(record) == [] and Revision.objects.filter(seq=None).exists()
        records.seal()
        services.sweep(enqueue=lambda platform_id: None)
        assert len(self.states(record)) == 1

    def test_fanning_out_again_from_the_start_adds_nothing(self) -> None:
        for _ in range(3):
            published_penalty(self.cast)
        records.seal()
        assert services.fan_out(self.platform.pk) == 3
        Platform.objects.filter(code="municipal").update(cursor_seq=0)
        assert services.fan_out(self.platform.pk) == 0
        assert Delivery.objects.count() == 3
