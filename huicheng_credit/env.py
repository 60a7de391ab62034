"""Environment values that refuse nonsense, with `NAME_FILE` for container secrets."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str = "") -> str:
    """The value of `name`; of the file that `name`_FILE points to when that is set."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    value = env_str(name, str(default)).strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be one of true/false, not {value!r}")


def env_int(name: str, default: int) -> int:
    value = env_str(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]


def env_secret(name: str, *, kept_in: Path | None) -> str:
    """A secret from the environment; else, with `kept_in`, a random one made once and kept in that folder.

    Production gives no folder: there a missing secret stops the start instead of becoming a default.
    """
    if value := env_str(name):
        return value
    if kept_in is None:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set when DATABASE_URL is set")
    path = kept_in / f"{name.lower()}.secret"
    try:
        with open(path, "x", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
