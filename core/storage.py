"""Uploaded files at rest: sealed with the field keys, because a workbook holds the identity numbers of its rows.

A file is `v1:<key id>:` followed by nonce, ciphertext and tag (core/encryption.py). It is opened whole, in memory:
uploads are bounded (core.tabular.Limits). `rotate_keys` writes what older keys sealed with the newest one.
"""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from core.encryption import NONCE, VERSION, EncryptionError, keyring

PLACE = b"file"
# Beside a file while it is sealed anew; what is left of a broken run is written over, or goes with its file.
DRAFT = ".resealing"
# As much of a file as holds version and key id (core.encryption.parse_keys).
HEAD = 64


class SealedFileSystemStorage(FileSystemStorage):
    """Writes ciphertext, reads plain text; names and sizes are those of the sealed file."""

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        content.seek(0)
        sealed_file = File(io.BytesIO(_sealed(content.read())))
        saved: str = super()._save(name, sealed_file)  # type: ignore[misc]
        return saved

    def url(self, name: str | None) -> str:
        raise ValueError("A sealed file is not accessible via a URL.")

    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        if mode != "rb":
            raise ValueError("sealed files are read as bytes and written whole")
        with super()._open(name, mode) as file:  # type: ignore[misc]
            stored = file.read()
        version, key_id, body = (*stored.split(b":", 2), b"", b"")[:3]
        cipher = keyring().ciphers.get(key_id.decode("ascii", "replace"))
        if version != VERSION.encode() or cipher is None:
            raise EncryptionError(f"file {name}: not sealed by a known key; put the old key back behind the newest")
        try:
            return File(io.BytesIO(cipher.decrypt(body[:NONCE], body[NONCE:], PLACE)), name)
        except Exception as error:
            raise EncryptionError(f"file {name}: changed after it was sealed") from error

    # --- rotation (core/key_rotation.py)

    def names(self) -> Iterator[str]:
        """Every file, folder by folder."""
        root = Path(self.location)
        for folder, folders, files in os.walk(root):
            folders.sort()
            for file in sorted(files):
                path = Path(folder, file)
                if path.suffix != DRAFT:
                    yield path.relative_to(root).as_posix()
                elif not path.with_suffix("").exists():
                    path.unlink(missing_ok=True)

    def key_of(self, name: str) -> str | None:
        """The id of the key that sealed the file; "" when that key is not in the ring, None when the file is gone."""
        try:
            with open(self.path(name), "rb") as file:
                version, key_id, _ = (*file.read(HEAD).split(b":", 2), b"", b"")[:3]
        except FileNotFoundError:
            return None
        known = version == VERSION.encode() and key_id.decode("ascii", "replace")
        return known if known and known in keyring().ciphers else ""

    def reseal(self, name: str) -> bool:
        """Write the file with the newest key; False when it is gone. Readers see the old file or the new, whole."""
        path = Path(self.path(name))
        draft = path.with_name(path.name + DRAFT)
        try:
            with self.open(name) as file:
                content = _sealed(file.read())
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            shutil.copymode(path, draft)
            if not path.exists():
                raise FileNotFoundError(path)
            os.replace(draft, path)
        except FileNotFoundError:  # its time was over meanwhile (records.forget_files)
            draft.unlink(missing_ok=True)
            return False
        return True


def _sealed(content: bytes) -> bytes:
    ring, nonce = keyring(), os.urandom(NONCE)
    return ring.prefix.encode() + nonce + ring.ciphers[ring.newest].encrypt(nonce, content, PLACE)
