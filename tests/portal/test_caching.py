"""Kept pages: the same answer for everybody until the next revision, never a stale one after it."""

from django.test import override_settings

from portal import caching, kept
from records.models import PublicRecord
from tests.factories.records import published_penalty
from tests.portal.stories import Site, end


@override_settings(KEEP_PAGES=True, STAMP_SECONDS=0)
class KeptPageTests(Site):
    def setUp(self) -> None:
        caching.clear()
        kept.clear()
        self.addCleanup(caching.clear)
        self.addCleanup(kept.clear)

    def test_a_second_reader_costs_one_query(self) -> None:
        self.text("/disclosure/penalties/")
        with self.assertNumQueries(1):  # the stamp
            self.text("/disclosure/penalties/")

    def test_a_new_revision_is_seen_at_once(self) -> None:
        self.text("/disclosure/penalties/")
        record = published_penalty(self.cast)
        assert record.document_number in self.text("/disclosure/penalties/")
        end(record, "withdraw", self.cast, "测试。")
        assert record.document_number not in self.text("/disclosure/penalties/")

    def test_within_the_stamps_second_this_process_sees_its_own_writes(self) -> None:
        with override_settings(STAMP_SECONDS=3600):
            self.text("/disclosure/penalties/")
            with self.captureOnCommitCallbacks(execute=True):
                record = published_penalty(self.cast)
            assert record.document_number in self.text("/disclosure/penalties/")

    def test_readers_with_other_settings_get_their_own_page(self) -> None:
        assert 'class="elder"' not in self.text("/")
        self.client.cookies["elder"] = "1"
        assert 'class="elder"' in self.text("/")
        response = self.client.get("/")
        assert "Cookie" in response.headers["Vary"]

    def test_a_reader_who_has_the_page_is_told_so(self) -> None:
        etag = self.client.get("/").headers["ETag"]
        response = self.client.get("/", headers={"If-None-Match": etag})
        assert response.status_code == 304 and response.content == b""

    def test_errors_are_not_kept(self) -> None:
        self.text("/disclosure/penalties/?year=x", 400)
        assert not any("year=x" in key for key in caching._pages)

    def test_memory_is_bounded(self) -> None:
        for year in range(1950, 1950 + caching.MAX_PAGES + 20):
            if year <= 2100:
                self.client.get(f"/feeds/newest.atom?x={year}")
        assert len(caching._pages) <= caching.MAX_PAGES

    def test_a_page_kept_before_an_expiry_is_dropped_by_it(self) -> None:
        self.text("/disclosure/licences/")
        end(PublicRecord.objects.get(pk=self.licence.pk).record, "expire", self.cast, "公示期满。")
        assert f"/records/{self.licence.pk}/" not in self.text("/disclosure/licences/")
