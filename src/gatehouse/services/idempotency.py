"""A request that carries an idempotency key is carried out once, however often it is sent.

The key belongs to whoever sends it and counts for a day. What the request made is kept beside it in the same transaction;
the same request again is answered with that. A secret is not kept, so it is not shown a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import orjson

from gatehouse.errors import GatehouseError, IdempotencyMismatch, InvalidValue
from gatehouse.services.clock import now
from gatehouse.store import idempotency_keys
from gatehouse.store.database import Statement, UniqueViolation
from gatehouse.store.idempotency_keys import Answered

T = TypeVar("T")

MAX_KEY: Final = 200  # characters
KEPT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants done once.

    :ivar operation: the name of the mutation.
    :ivar digest: SHA-256, in hex, of what it was given.
    """

    actor_id: UUID
    key: str
    operation: str
    digest: str


def check_key(key: str | None) -> None:
    """Hold an idempotency key to what can be kept.

    :raises InvalidValue: otherwise.
    """
    if key is not None and not (1 <= len(key) <= MAX_KEY and key.isprintable()):
        raise InvalidValue(f"an idempotency key has 1 to {MAX_KEY} printable characters", path="idempotencyKey")


def intent(actor_id: UUID, operation: str, key: str | None, given: Mapping[str, object]) -> Intent | None:
    """The intent behind a request; None when it has no key.

    :param given: the input without the key itself, in JSON's types, UUIDs, datetimes and dataclasses.
    :raises InvalidValue: the key is too long, or cannot be shown.
    """
    check_key(key)
    if key is None:
        return None
    text = orjson.dumps(given, option=orjson.OPT_SORT_KEYS, default=lambda _left_out: None)
    return Intent(actor_id, key, operation, hashlib.sha256(text).hexdigest())


async def once(
    wanted: Intent | None,
    target_id: UUID,
    act: Callable[[Sequence[Statement]], Awaitable[T]],
    recall: Callable[[UUID], Awaitable[T]],
) -> T:
    """Act, unless it was done before; then tell what came of it.

    :param target_id: the id of what the act makes.
    :param act: does it in one batch, together with the statements given.
    :param recall: reads what was made, by its id.
    :raises IdempotencyMismatch: the key came with another request before.
    """
    if wanted is None:
        return await act(())
    moment = now()
    await idempotency_keys.forget(expired_at=moment)
    earlier = await _answered(wanted)
    if earlier is not None:
        return await recall(earlier)
    answered = Answered(wanted.operation, wanted.digest, target_id)
    note = idempotency_keys.add(wanted.actor_id, wanted.key, answered, expires_at=moment + KEPT_FOR)
    try:
        return await act((note,))
    except (UniqueViolation, GatehouseError):  # the same request, sent twice at once, finds its own work in the way
        meanwhile = await _answered(wanted)
        if meanwhile is None:
            raise
        return await recall(meanwhile)


async def _answered(wanted: Intent) -> UUID | None:
    found = await idempotency_keys.find(wanted.actor_id, wanted.key, at=now())
    if found is None:
        return None
    if (found.operation, found.request_digest) != (wanted.operation, wanted.digest):
        raise IdempotencyMismatch("the idempotency key came with another request before", path="idempotencyKey")
    return found.target_id
