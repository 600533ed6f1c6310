r"""Filters as Entra writes them: values that are neither quoted nor escaped.

Entra puts the value of the matching attribute between quotes as it is, ``"`` and ``\`` included, and Microsoft's
walk-through leaves the quotes out. Answering 400 would stop that person's provisioning for good. Only the simplest
filter, one ``eq`` and nothing else, is read this way, only after RFC 7644 §3.4.2.2 was found not to yield a meaning,
and only as one literal string: it can never select more than ``eq`` would.
"""

from __future__ import annotations

import re

# Text without quotes, whose backslashes cannot be meant as JSON escapes: no \" \\ \u \x, none at the end.
_PLAIN = r'(?:[^"\\\x00-\x1f]|\\[^"\\ux\x00-\x1f])'
# Quotes inside the value come in pairs that hug what they quote, and stand free on the outside: Bob "VIP" Smith.
_QUOTED = rf'(?:(?<=[ (])|(?<=\A))"(?=[^\s"]){_PLAIN}+(?<=\S)"(?=[ ).,;]|\Z)'
_UNESCAPED = re.compile(rf"{_PLAIN}*(?:{_QUOTED}{_PLAIN}*)*")

_EQ = re.compile(r'[ \t]*([A-Za-z$][A-Za-z0-9_$:.-]*)[ \t]+eq[ \t]+(?:"(.*)"|(\w[\w.@+-]*))[ \t]*', re.IGNORECASE)
_JSON_LIKE = re.compile(r"[0-9.]*|[0-9.]+e[+-]?[0-9]+", re.IGNORECASE)
_RESERVED = frozenset({"true", "false", "null", "and", "or", "not", "pr"})


def unescaped_eq(text: str) -> tuple[str, str, bool] | None:
    r"""Read one ``eq`` in Entra's manner: the attribute path, the value, and whether it was quoted.

    ``externalId eq jyoung`` -> ``jyoung``: a bare word with a letter that is no number, constant or keyword.
    ``title eq "50% off "VIP""`` -> ``50% off "VIP"``: all between the first and the last quote.
    ``userName eq "CONTOSO\jyoung"`` -> ``CONTOSO\jyoung``.
    None when it might be meant otherwise: ``"a" "b"``, ``"\x41"``, ``"\u12"``, ``"abc\"``, ``01``.

    >>> unescaped_eq("externalId eq jyoung")
    ('externalId', 'jyoung', False)
    """
    found = _EQ.fullmatch(text)
    if not found:
        return None
    path, quoted, word = found.groups()
    if quoted is not None:
        return (path, quoted, True) if _UNESCAPED.fullmatch(quoted) else None
    if word.lower() in _RESERVED or _JSON_LIKE.fullmatch(word):
        return None
    return path, word, False
