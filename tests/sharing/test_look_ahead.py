"""While one batch is on its way the next one is made ready; what that must not change."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from records import services as records
from records.models import CreditRecord
from sharing import services
from sharing.models import Attempt, Delivery
from sharing.services.claims import claim_batch, give_back
from sharing.services.sweeping import sweep
from tests.factories.records import published_penalty
from tests.sharing.street import OnePlatformCase


class LookAheadTests(OnePlatformCase):
    def queue(self, count: int) -> list[CreditRecord]:
        made = [published_penalty(self.cast) for _ in range(count)]
        records.seal()
        services.fan_out(self.platform.pk)
        return made

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """A push in a thread of its own; joined at the end."""

        def push() -> None:
            services.push(self.platform.pk)
            connection.close()

        thread = threading.Thread(target=push)
        thread.start()
        try:
            yield
        finally:
            thread.join()

    @override_settings(SHARING_BATCH=2)
    def test_the_next_batch_is_claimed_while_one_is_on_its_way_and_arrives_after_it(self) -> None:
        self.queue(6)
        self.receiver.control(slow_seconds=0.6)
        with self.pushing():
            time.sleep(0.4)  # the first request is under way now
            assert self.receiver.journal() == []
            assert list(Attempt.objects.order_by("id").values_list("outcome", "size")) == [("open", 2)] * 2
            assert Delivery.objects.filter(claimed_at__isnull=False).count() == 4
            self.receiver.control(slow_seconds=0)
        journal = [int(row["record"].split("-")[1]) for row in self.receiver.journal()]
        assert journal == sorted(journal) and len(journal) == 6
        assert set(Delivery.objects.values_list("state", "attempts")) == {("stored", 1)}
        assert not Attempt.objects.exclude(outcome="answered").exists()

    @override_settings(SHARING_BATCH=2)
    def test_after_a_failure_the_next_batch_goes_back_unsent_and_untried(self) -> None:
        made = self.queue(4)
        self.receiver.control(fail_next=1)
        services.push(self.platform.pk)
        assert self.receiver.journal() == []
        assert [self.delivery(record).attempts for record in made] == [1, 1, 0, 0]
        back = self.delivery(made[3])
        assert back.state == "pending" and back.claimed_at is None and back.next_try_at <= timezone.now()
        failed, unsent = Attempt.objects.order_by("id")
        assert (failed.outcome, unsent.outcome) == ("failed", "abandoned") and "未发送" in unsent.message
        self.deliver()
        assert [self.states(record) for record in made[2:]] == [["stored"]] * 2

    def test_what_goes_back_makes_room_for_a_newer_version(self) -> None:
        [record] = self.queue(1)
        batch = claim_batch(self.platform.pk, worker="one", now=timezone.now())
        assert batch is not None
        records.mark_disputed(record.pk, actor=self.cast.office, reason="当事人提出异议")
        records.seal()
        services.fan_out(self.platform.pk)
        give_back(batch, now=timezone.now())
        assert self.states(record) == ["superseded", "pending"]

    def test_what_another_worker_took_over_is_not_given_back(self) -> None:
        [record] = self.queue(1)
        lost = claim_batch(self.platform.pk, worker="one", now=timezone.now())
        assert lost is not None
        Delivery.objects.update(claimed_at=None, next_try_at=timezone.now())
        taken = claim_batch(self.platform.pk, worker="two", now=timezone.now())
        give_back(lost, now=timezone.now())
        delivery = self.delivery(record)
        assert taken is not None and delivery.attempt_id == taken.attempt.pk and delivery.claimed_at is not None

    @override_settings(SHARING_BATCH=2, SHARING_CLAIM_SECONDS=3, SHARING_TIMEOUT_SECONDS=2.7)
    def test_a_claim_that_might_end_on_the_way_is_made_anew(self) -> None:
        made = self.queue(4)
        self.receiver.control(slow_seconds=0.8)
        services.push(self.platform.pk)
        outcomes = list(Attempt.objects.order_by("id").values_list("outcome", flat=True))
        assert outcomes == ["answered", "abandoned", "answered"]
        assert [self.states(record) for record in made] == [["stored"]] * 4
        assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}

    @override_settings(SHARING_PUSHERS=2)
    def test_two_batches_of_one_worker_take_one_place(self) -> None:
        self.queue(1)
        for worker, woken in (("one", 1), ("one", 1), ("two", 0)):
            Attempt.objects.create(platform=self.platform, worker=worker, size=1)
            assert sweep(enqueue=lambda key: None)["pushed"] == woken, worker


class StrangeAnswers(OnePlatformCase):
    """A platform that answers 200 and nonsense."""

    def told(self, results: str) -> Delivery:
        """The delivery after a push to a platform that says this, KEY standing for its key."""
        published_penalty(self.cast)
        records.seal()
        services.fan_out(self.platform.pk)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = results.replace("KEY", body["items"][0]["key"]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.handle_request).start()
            url = f"http://127.0.0.1:{server.server_port}"
            with override_settings(
                SHARING_PLATFORMS={"municipal": {"url": url, "signing_key": self.receiver.key.to_json()}}
            ):
                services.push(self.platform.pk)
        return Delivery.objects.latest("id")

    def test_lists_and_numbers_where_texts_should_stand_are_kept_as_text(self) -> None:
        delivery = self.told('{"results": [{"key": "KEY", "status": "refused", "code": 1001, "text": ["不符"]}]}')
        assert (delivery.state, delivery.receipt_code) == ("refused", "1001")
        assert delivery.receipt_text == "['不符']" and delivery.receipt_column == ""

    def test_text_that_is_no_text_is_an_incomplete_answer(self) -> None:
        delivery = self.told('{"results": [{"key": "KEY", "status": "stored", "text": "\\ud800"}]}')
        assert delivery.state == "pending" and delivery.attempts == 1
        assert "不完整" in Attempt.objects.get().message
