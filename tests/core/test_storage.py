"""Uploaded files are ciphertext on disk and come back as they were."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.encryption import EncryptionError
from core.storage import SealedFileSystemStorage

SECRET = "身份证 441302198901010010".encode() * 3


@pytest.fixture
def storage(tmp_path):
    return SealedFileSystemStorage(location=tmp_path, base_url=None)


def test_uploads_go_to_the_sealed_storage() -> None:
    assert not default_storage.exists("nothing")  # a lazy object until it is used
    assert type(default_storage._wrapped) is SealedFileSystemStorage


def test_the_disk_holds_no_plain_text_and_reading_gives_it_back(storage) -> None:
    name = storage.save("a.upload", ContentFile(SECRET))
    on_disk = Path(storage.path(name)).read_bytes()
    assert b"441302198901010010" not in on_disk and on_disk.startswith(b"v1:")
    with storage.open(name) as file:
        assert file.read() == SECRET


def test_a_changed_or_foreign_file_is_refused(storage) -> None:
    name = storage.save("a.upload", ContentFile(SECRET))
    stored = bytearray(Path(storage.path(name)).read_bytes())
    stored[-1] ^= 1
    Path(storage.path(name)).write_bytes(stored)
    with pytest.raises(EncryptionError, match="changed"):
        storage.open(name)
    Path(storage.path(name)).write_bytes(SECRET)
    with pytest.raises(EncryptionError, match="not sealed"):
        storage.open(name)
