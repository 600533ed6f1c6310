"""What the request log keeps of a refused body: never a secret (RFC 7644 §7.5.2, design §5)."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

_MAX_LOGGED: Final = 8_192  # characters
_SECRETS: Final = ("password", "secret", "token", "apikey", "authorization", "credential", "privatekey")
_HIDDEN: Final = "…"
_SELECTOR: Final = re.compile(r"\[.*\]", re.DOTALL)


def logged_body(body: bytes) -> str | None:
    """The start of a body with every secret hidden; of one that is no JSON only the size is told."""
    if not body:
        return None
    try:
        document = orjson.loads(body)
    except ValueError:
        return f"({len(body):,} bytes that are not JSON)"
    return orjson.dumps(_redacted(document)).decode().replace("\\u0000", "\\\\u0000")[:_MAX_LOGGED]


def _redacted(value: Any) -> Any:
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    if not isinstance(value, dict):
        return value
    path = next((part for name, part in value.items() if name.lower() == "path"), "")
    about_a_secret = isinstance(path, str) and _is_secret(path)
    return {
        name: _HIDDEN
        if _is_secret(name) or (about_a_secret and name.lower() == "value") or _compares_a_secret(name, part)
        else _redacted(part)
        for name, part in value.items()
    }


def _compares_a_secret(name: str, part: object) -> bool:
    """The filter of a SearchRequest, when it names one anywhere."""
    return name.lower() == "filter" and isinstance(part, str) and any(secret in part.lower() for secret in _SECRETS)


def _is_secret(path: str) -> bool:
    """``password``, ``urn:…:User:password``, ``x.clientSecret``: told by the last name of the path."""
    last = re.split(r"[.:]", _SELECTOR.sub("", path))[-1].lower().replace("_", "").replace("-", "")
    return any(secret in last for secret in _SECRETS)
