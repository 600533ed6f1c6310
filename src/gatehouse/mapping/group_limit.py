"""How many employee groups one value may give."""

from __future__ import annotations

from gatehouse.errors import InvalidValue
from gatehouse.mapping.resolve import Access


def check_group_count(access: Access, previous: Access | None, *, limit: int, attribute: str) -> None:
    """Refuse to take on a value that gives more than ``limit`` employee groups.

    A value that the user has already is not refused again: a rule that grew must not keep its holders from being
    disabled.

    :param previous: the stored access; None for a new user.
    :param attribute: the SCIM attribute that the groups come from.
    :raises InvalidValue: naming the attribute.
    """
    given = len(access.group_ids)
    if given <= limit or (previous is not None and _values(previous) == _values(access)):
        return
    raise InvalidValue(
        f"{attribute} gives {given} employee groups, more than the {limit} that one value may give", path=attribute
    )


def _values(access: Access) -> list[str]:
    return [decision.normalised for decision in access.groups]
