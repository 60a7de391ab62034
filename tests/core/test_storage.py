"""Uploaded files are ciphertext on disk and come back as they were."""

import io
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import override_settings

from core.encryption import EncryptionError
from core.key_rotation import files_by_key, rotate_files
from core.storage import SealedFileSystemStorage
from tests.support.files import own_files

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


# --- rotation

OLD, NEW = "old:" + "11" * 32, "new:" + "22" * 32


@pytest.fixture
def uploads(tmp_path, settings):
    """Three files of the old key, in two folders."""
    settings.FIELD_ENCRYPTION_KEYS = OLD
    storage = SealedFileSystemStorage(location=tmp_path, base_url=None, file_permissions_mode=0o640)
    for n in range(3):
        storage.save(f"imports/2026/1{n % 2}/{n}.upload", ContentFile(SECRET + bytes([n])))
    settings.FIELD_ENCRYPTION_KEYS = f"{NEW},{OLD}"
    return storage


def test_rotation_seals_every_file_anew_and_the_old_key_can_go(uploads, settings) -> None:
    assert files_by_key(uploads) == {"new": 0, "old": 3, "": 0}
    names = sorted(uploads.names())
    assert sorted(rotate_files(uploads)) == names and len(names) == 3
    assert files_by_key(uploads) == {"new": 3, "old": 0, "": 0}
    before = [Path(uploads.path(name)).read_bytes() for name in names]
    assert list(rotate_files(uploads)) == []
    assert [Path(uploads.path(name)).read_bytes() for name in names] == before
    settings.FIELD_ENCRYPTION_KEYS = NEW
    assert {uploads.open(name).read() for name in names} == {SECRET + bytes([n]) for n in range(3)}
    assert {Path(uploads.path(name)).stat().st_mode & 0o777 for name in names} == {0o640}


def test_a_rotation_that_was_broken_off_goes_on_where_it_stopped(uploads) -> None:
    first = next(rotate_files(uploads))
    done = Path(uploads.path(first)).read_bytes()
    # Killed between writing the new file and putting it in place, twice; one of the files has gone since.
    second = next(name for name in uploads.names() if name != first)
    for name in (second, "imports/2026/10/gone.upload"):
        Path(uploads.path(name) + ".resealing").write_bytes(b"half a file")
    assert len(list(rotate_files(uploads))) == 2
    assert Path(uploads.path(first)).read_bytes() == done
    assert files_by_key(uploads) == {"new": 3, "old": 0, "": 0}
    assert uploads.open(second).read().startswith(SECRET)
    assert list(Path(uploads.location).rglob("*.resealing")) == []


def test_a_file_whose_time_is_over_does_not_stop_the_rotation(uploads) -> None:
    rotation = rotate_files(uploads)
    next(rotation)
    gone = [name for name in uploads.names() if uploads.key_of(name) == "old"][0]
    uploads.delete(gone)
    assert len(list(rotation)) == 1
    assert uploads.reseal(gone) is False and files_by_key(uploads) == {"new": 2, "old": 0, "": 0}


def test_a_file_of_an_unknown_key_is_named(uploads, settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = NEW
    assert files_by_key(uploads) == {"new": 0, "": 3}
    with pytest.raises(EncryptionError, match=r"imports/2026/10/0\.upload"):
        list(rotate_files(uploads))


@pytest.mark.django_db
def test_the_command_rotates_the_uploaded_files_too() -> None:
    with own_files():
        with override_settings(FIELD_ENCRYPTION_KEYS=OLD):
            name = default_storage.save("a.upload", ContentFile(SECRET))
        with override_settings(FIELD_ENCRYPTION_KEYS=f"{NEW},{OLD}"):
            with pytest.raises(CommandError, match="1 个文件未使用最新密钥"):
                call_command("rotate_keys", "--check", stdout=io.StringIO())
            out = io.StringIO()
            call_command("rotate_keys", stdout=out)
            assert "上传的文件：重新加密 1 个" in out.getvalue() and "旧密钥可以移除" in out.getvalue()
        with override_settings(FIELD_ENCRYPTION_KEYS=NEW), default_storage.open(name) as file:
            assert file.read() == SECRET
