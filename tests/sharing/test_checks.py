"""Settings that would leave reports waiting are named before they do."""

from pathlib import Path

import pytest
from django.test import override_settings

from core.signing import ED25519, SM2, generate_key
from sharing.checks import addresses_have_keys

URL = "https://platform.example.cn"


def found(tmp_path: Path, url: str, key: str) -> list[str]:
    platforms = {"municipal": {"url": url, "signing_key": key}}
    with override_settings(SHARING_PLATFORMS=platforms, SIGNING_KEYS_DIR=tmp_path):
        return [f"{message.id} {message.msg}" for message in addresses_have_keys()]


@pytest.mark.parametrize("algorithm", [SM2, ED25519])
def test_a_key_from_the_environment_or_from_its_file_will_do(tmp_path: Path, algorithm: str) -> None:
    key = generate_key(algorithm, "k1").to_json()
    assert found(tmp_path, URL, key) == []
    (tmp_path / "municipal.private.json").write_text(key)
    assert found(tmp_path, URL, "") == []


def test_a_platform_without_an_address_needs_no_key(tmp_path: Path) -> None:
    assert found(tmp_path, "", "") == []


@pytest.mark.parametrize("key", ["", "{", '{"key_id": "k1"}', generate_key(SM2, "k1").public_half().to_json()])
def test_an_address_whose_key_cannot_be_used_is_named_without_the_key(tmp_path: Path, key: str) -> None:
    (message,) = found(tmp_path, URL, key)
    assert message.startswith("sharing.E002 PLATFORM_MUNICIPAL_URL is set")


def test_a_cut_off_key_is_not_printed(tmp_path: Path) -> None:
    key = generate_key(ED25519, "k1")
    (message,) = found(tmp_path, URL, key.to_json().replace(key.private, key.private[:60]))
    assert key.private[:60] not in message
