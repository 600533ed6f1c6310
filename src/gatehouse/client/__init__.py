"""A typed asynchronous client of the admin API, for scripts; the command line uses it too.

::

    from gatehouse.client import Gatehouse

    async with Gatehouse("https://gatehouse.example", key) as gatehouse:
        async for user in gatehouse.users(where={"title": {"eq": "Leasing Agent"}}):
            print(user.user_name, user.role.key if user.role else "no role")

Results are frozen dataclasses (:mod:`gatehouse.client.results`); inputs are dictionaries in the names of schema.graphql
(:mod:`gatehouse.client.inputs`), checked by a type checker; failures are exceptions (:mod:`gatehouse.client.errors`).
"""

from __future__ import annotations

from gatehouse.client.connection import UNSET
from gatehouse.client.errors import ClientError, Refused
from gatehouse.client.operations import Operations

__all__ = ["UNSET", "ClientError", "Gatehouse", "Refused"]


class Gatehouse(Operations):
    """A server, as an API key sees it."""
