"""Cycles of Entra as stretches of the request log: what came from one moment on, up to the first long silence.

A cycle is named by its tenant and its beginning, as ``TENANT:MICROSECONDS``: nothing about it is stored.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from gatehouse.store.condition import Field, Parameters, Value

SILENCE_S: Final = 600
# A request is noted when it has been answered, what it did a little earlier: longer than any answer takes
EARLIER_US: Final = 30_000_000
_MICROSECONDS: Final = 1_000_000


def cycle_key(tenant_id: UUID, began_us: int) -> str:
    """How conditions name a cycle.

    >>> cycle_key(UUID(int=7), 1_000)
    '00000000-0000-0000-0000-000000000007:1000'
    """
    return f"{tenant_id}:{began_us}"


def within(tenant: str, moment: str, *, earlier_us: int = 0) -> Field:
    """The field whose value is the cycle that a row belongs to; only ``in`` is offered.

    :param tenant: the column of the tenant.
    :param moment: the column of the time.
    :param earlier_us: by how much the time of a row may precede the request that it belongs to.
    """

    def compiled(_operator: str, value: Value, parameters: Parameters) -> str:
        terms = []
        for named in value if isinstance(value, tuple) else (value,):
            tenant_id, _, began = str(named).partition(":")
            of, since = parameters.add(UUID(tenant_id)), int(began)
            end = _end(of, since, parameters)
            terms.append(
                f"({tenant} = {of} AND {moment} >= {parameters.add(since - earlier_us)} AND {moment} <= {end})"
            )
        return f"({' OR '.join(terms)})" if terms else "1 = 0"

    return compiled


def _end(tenant_id: str, began_us: int, parameters: Parameters) -> str:
    """When the last request before the silence came.

    Goes from a request to the last one within the length of a silence, and on from there, until there is none: a look at
    the index for each five minutes of the cycle or so, however many requests there were.
    """
    silence = parameters.add(SILENCE_S * _MICROSECONDS)
    later = (
        f"SELECT max(r.received_at) FROM request_log r WHERE r.tenant_id = {tenant_id} AND r.received_at > c.at"
        f" AND r.received_at < c.at + {silence}"
    )
    return (
        f"(WITH RECURSIVE seen(at) AS (SELECT CAST({parameters.add(began_us)} AS bigint)"
        f" UNION ALL SELECT ({later}) FROM seen c WHERE c.at IS NOT NULL) SELECT max(s.at) FROM seen s)"
    )
