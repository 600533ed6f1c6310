"""The form of our secrets: ``gth_<kind>_<43 base62>_<6 base62 CRC-32>``.

The prefix makes leaked secrets recognisable, the checksum lets us refuse typing errors without asking the database.
43 base62 characters from the operating system's generator carry 256 bits. Random secrets need no slow hash: SHA-256.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from enum import StrEnum
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LENGTH: Final = 43
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(r"gth_(scim|api|client|access|session)_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})", re.ASCII)


class SecretKind(StrEnum):
    """What a secret opens; what opens SCIM never opens GraphQL and vice versa."""

    SCIM = "scim"
    API = "api"
    CLIENT = "client"  # the secret of an OAuth client: opens nothing but the token endpoint
    ACCESS = "access"  # what the token endpoint gives for it: opens what a SCIM token opens, for an hour
    SESSION = "session"  # of the dashboard: stands in a cookie for an API key


def mint(kind: SecretKind) -> str:
    """A new secret. It is shown once and never stored."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    stem = f"gth_{kind}_{body}"
    return f"{stem}_{_checksum(stem)}"


def is_well_formed(secret: str, kind: SecretKind) -> bool:
    """Whether the text can be one of our secrets of that kind: prefix, length, alphabet and checksum fit."""
    return kind_of(secret) == kind


def is_of_kind(secret: str, kind: SecretKind) -> bool:
    """Whether the text says that it is a secret of that kind; it need not be one."""
    return secret.startswith(f"gth_{kind}_")


def kind_of(secret: str) -> SecretKind | None:
    """Which kind of secret the text can be, or None when it is none of ours."""
    match = _FORM.fullmatch(secret)
    stem, _, checksum = secret.rpartition("_")
    if match is None or _checksum(stem) != checksum:
        return None
    return SecretKind(match[1])


def digest(secret: str) -> str:
    """What is stored: SHA-256, lower-case hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(stem: str) -> str:
    number = zlib.crc32(stem.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
