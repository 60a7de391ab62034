"""The uploaded file itself: kept sealed, and not for ever."""

import io
from datetime import date, timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.test import TestCase
from django.utils import timezone

from core.models import AuditEvent
from records import imports
from records.models import ImportBatch
from tests.people import make_cast


class UploadedFileTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def test_an_uploaded_workbook_is_ciphertext_on_disk(self) -> None:
        upload = io.BytesIO("证件号码\n441302198901010010\n".encode())
        batch = imports.create_batch(
            upload, importer="penalty", agency_id=self.cast.agency.pk, filename="a.csv", actor=self.cast.clerk,
            by_worker=False,
        )  # fmt: skip
        assert b"441302198901010010" not in Path(batch.file.path).read_bytes()

    def _batch(self, status: str, days: int) -> ImportBatch:
        batch = ImportBatch(importer="penalty", agency=self.cast.agency, filename="a.csv", digest="x", status=status)
        batch.uploaded_at = timezone.now() - timedelta(days=days)
        batch.file.save("x.upload", ContentFile(b"x"))
        return batch

    def test_files_of_ended_batches_are_deleted_after_their_time(self) -> None:
        old, young, waiting = self._batch("committed", 181), self._batch("committed", 10), self._batch("checked", 400)
        today: date = timezone.localdate()
        path = Path(old.file.path)
        assert imports.forget_files(today=today, days=180) == 1
        assert imports.forget_files(today=today, days=180) == 0
        assert not path.exists() and Path(young.file.path).exists() and Path(waiting.file.path).exists()
        assert AuditEvent.objects.filter(action="records.import_file_deleted", object_id=old.pk).count() == 1
