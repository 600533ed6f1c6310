"""The key of a string: what two strings share when SCIM calls them equal without case (RFC 7643 §7 ``caseExact``).

One function for uniqueness, filters, sorting and the key columns of the database, so that they cannot disagree.
"""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

MAX_KEY_BYTES: Final = 2_048  # in UTF-8: PostgreSQL has 2,704 for a row of an index, tenant and attribute included


def key(text: str) -> str:
    """NFC of the lower case of NFC: the comparison side of PRECIS UsernameCaseMapped (RFC 7644 §5, RFC 8265 §3.3).

    Not ``casefold``, which would make one person of ``straße`` and ``STRASSE``.

    >>> key("Ann.Lee@Contoso.example")
    'ann.lee@contoso.example'
    >>> key("A\N{COMBINING DIAERESIS}") == key("ä")
    True
    """
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).lower())
