"""Which media types a SCIM request may come in (RFC 7644 §3.1)."""

from __future__ import annotations

from typing import Final

from gatehouse.errors import UnsupportedMediaType

_JSON_TYPES: Final = frozenset({b"application/scim+json", b"application/json"})


def check_media_type(headers: dict[bytes, bytes]) -> None:
    """Accept JSON types in UTF-8, or none at all (scim-protocol.md §1.1, row 10).

    :raises UnsupportedMediaType: any other type, charset or content coding.
    """
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding")
    content_type = headers.get(b"content-type")
    if content_type is None:
        return
    media_type, *parameters = (part.strip() for part in content_type.lower().split(b";"))
    charset = b"".join(p.partition(b"=")[2].strip(b'" ') for p in parameters if p.startswith(b"charset"))
    known = media_type in _JSON_TYPES or media_type.endswith(b"+json")
    if not known or charset not in {b"", b"utf-8", b"utf8"}:
        raise UnsupportedMediaType("Send the body as application/scim+json in UTF-8")
