"""Uploaded files at rest: sealed with the field keys, because a workbook holds the identity numbers of its rows.

A file is `v1:<key id>:` followed by nonce, ciphertext and tag (core/encryption.py). It is opened whole, in memory:
uploads are bounded (core.tabular.Limits). Files are not rewritten by `rotate_keys`: keep an old key until the files it
sealed are gone (they go by themselves, `IMPORT_FILE_DAYS`).
"""

import io
import os

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from core.encryption import NONCE, VERSION, EncryptionError, keyring

PLACE = b"file"


class SealedFileSystemStorage(FileSystemStorage):
    """Writes ciphertext, reads plain text; names and sizes are those of the sealed file."""

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        ring, nonce = keyring(), os.urandom(NONCE)
        content.seek(0)
        sealed = ring.ciphers[ring.newest].encrypt(nonce, content.read(), PLACE)
        sealed_file = File(io.BytesIO(ring.prefix.encode() + nonce + sealed))
        saved: str = super()._save(name, sealed_file)  # type: ignore[misc]
        return saved

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
