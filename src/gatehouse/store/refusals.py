"""What a refusal by the database means to whoever set it up: once that is right, no request meets one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tortoise.exceptions import OperationalError

from gatehouse.errors import Unavailable

_NO_RIGHT: Final = "42501"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
_ALREADY_THERE: Final = frozenset({"42P07", "42710"})


@contextmanager
def explained() -> Iterator[None]:
    """Say what is to be mended, where the set-up of the database is at fault.

    :raises Unavailable: the role lacks a right, or somebody else's tables are in the way; the database's own words are its
        ``__cause__``.
    """
    try:
        yield
    except OperationalError as error:
        remedy = _remedy(error.__cause__)
        if remedy is None:
            raise
        raise Unavailable(remedy) from error.__cause__


def _remedy(said: BaseException | None) -> str | None:
    state = getattr(said, "sqlstate", None)
    if state == _NO_RIGHT:
        return "the role of GATEHOUSE_DATABASE_URL must own the database and its tables"
    if state in _ALREADY_THERE or (state is None and str(said).endswith("already exists")):
        return "tables of another program are in the way: give Gatehouse a database of its own"
    return None
