"""Who issued a credential, and who revoked it: told by the audit trail, which is kept for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gatehouse.records import Actor, Credential, to_microseconds
from gatehouse.store import audit
from gatehouse.store.audit import AuditEntry, AuditOutcome
from gatehouse.store.condition import And, Compare, Condition
from gatehouse.store.keyset import PageRequest

AT_ONCE: Final = 200  # credentials of one statement
_ACTS_OF_ONE: Final = 2
_REPLACED_BY: Final = "replacedBy"  # of the entry of a rotation, which is about the credential that is replaced


@dataclass(frozen=True, slots=True)
class Acts:
    """Who did it; None where the audit trail does not tell, or nobody has."""

    created_by: Actor | None = None
    revoked_by: Actor | None = None


async def acts_on(found: Sequence[Credential]) -> dict[UUID, Acts]:
    """Look up credentials of tenants in sight, up to :data:`AT_ONCE`, with one statement.

    An act has the very moment that the credential has of it, by which its entry is found.
    """
    tenant_ids = frozenset(credential.tenant_id for credential in found)
    moments = {to_microseconds(at) for one in found for at in (one.created_at, one.revoked_at) if at}
    condition: Condition = And(
        (
            Compare("tenantId", "in", tuple(sorted(tenant_ids))),
            Compare("occurredAt", "in", tuple(sorted(moments))),
            Compare("targetType", "eq", "Credential"),
            Compare("outcome", "eq", AuditOutcome.SUCCEEDED),
        )
    )
    limit = 2 * _ACTS_OF_ONE * len(found)  # entries of other credentials at the same microsecond aside
    entries = (await audit.page(tenant_ids, PageRequest(limit, audit.NEWEST_FIRST, condition))).rows
    return {one.id: Acts(_creator(one, entries), _revoker(one, entries)) for one in found}


def _creator(credential: Credential, entries: Iterable[AuditEntry]) -> Actor | None:
    made = (entry for entry in entries if entry.occurred_at == credential.created_at)
    return next((entry.actor for entry in made if _result(entry) == str(credential.id)), None)


def _revoker(credential: Credential, entries: Iterable[AuditEntry]) -> Actor | None:
    ended = (entry for entry in entries if entry.occurred_at == credential.revoked_at)
    return next((entry.actor for entry in ended if entry.target_id == str(credential.id)), None)


def _result(entry: AuditEntry) -> object:
    """The credential that came of an act."""
    return next((change.after for change in entry.changes if change.path == _REPLACED_BY), entry.target_id)
