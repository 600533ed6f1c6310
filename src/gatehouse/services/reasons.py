"""Why somebody does something through the admin API, in their own words: for the audit trail."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gatehouse.errors import InvalidValue
from gatehouse.records import Origin

MAX_CHARACTERS: Final = 500


def because(origin: Origin, reason: str | None) -> Origin:
    """The request, with the reason of who sent it; None: they told none.

    >>> because(Origin("7"), " A new title. ").reason
    'A new title.'

    :raises InvalidValue: the reason is blank, overlong or not one line that can be shown.
    """
    if reason is None:
        return origin
    if not reason.strip() or len(reason) > MAX_CHARACTERS or not reason.isprintable():
        raise InvalidValue(f"a reason is one line of 1 to {MAX_CHARACTERS} characters", path="reason")
    return replace(origin, reason=reason.strip())
