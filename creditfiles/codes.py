"""Verification codes (核验码): 80 random bits, written to be read aloud and typed."""

import re
import secrets

# Crockford's alphabet: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP = 4, 4
_CONFUSED = str.maketrans("ILO", "110")
PATTERN = re.compile(rf"[{ALPHABET}]{{{GROUPS * GROUP}}}")


def new_code() -> str:
    """XXXX-XXXX-XXXX-XXXX."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP))
    return _grouped(letters)


def normal(typed: str) -> str | None:
    """A code as it is stored, however it was typed (lower case, blanks, O for 0); None when it cannot be one."""
    letters = "".join(c for c in typed.upper() if c.isalnum()).translate(_CONFUSED)
    return _grouped(letters) if PATTERN.fullmatch(letters) else None


def _grouped(letters: str) -> str:
    return "-".join(letters[i : i + GROUP] for i in range(0, len(letters), GROUP))
