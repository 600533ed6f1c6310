"""What a plan says of users: who would change and how, as rows to store and as a digest that tells whether anybody moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.services.impact import effect_of
from gatehouse.services.reevaluate import Evaluation, Move, Outlook
from gatehouse.store import affected_users
from gatehouse.store.affected_users import PlannedOutlook
from gatehouse.store.database import Statement

_BATCH: Final = 2_000  # users written with one statement


def fingerprint(evaluation: Evaluation, privileged: frozenset[UUID]) -> str:
    """SHA-256, in hex, of everybody whose role or groups change, at the version evaluated, before and after.

    Equal exactly when the same users, unmoved, would change in the same way.
    """
    digest = sha256()
    texts: dict[int, bytes] = {}
    for move in affected(evaluation):
        key = id(move.outlook)
        if key not in texts:
            texts[key] = repr(_in_words(planned(move.outlook, privileged), move.outlook)).encode()
        digest.update(move.user_id.bytes + move.version.to_bytes(8, "big") + texts[key])
    return digest.hexdigest()


def affected(evaluation: Evaluation) -> Iterator[Move]:
    """Those whose role or groups change, in order of their ids; others may only get another reason."""
    return (move for move in evaluation.moves if move.outlook.changes)


def planned(outlook: Outlook, privileged: frozenset[UUID]) -> PlannedOutlook:
    """An outlook as plans keep it."""
    effect = effect_of(outlook, privileged)
    return PlannedOutlook(
        role_before=outlook.before.role_id,
        role_after=outlook.after.role_id,
        outcome_before=str(outlook.before.role_outcome),
        outcome_after=str(outlook.after.role_outcome),
        groups_added=effect.groups_added,
        groups_removed=effect.groups_removed,
        gains_privileged=effect.gains_privileged,
        loses_privileged=effect.loses_privileged,
        becomes_unmapped=effect.becomes_unmapped,
        becomes_mapped=effect.becomes_mapped,
    )


def statements(
    tenant_id: UUID, plan_id: UUID, evaluation: Evaluation, privileged: frozenset[UUID]
) -> Iterator[Statement]:
    """What stores everybody affected: first the outlooks, then the users in batches."""
    numbers: dict[int, int] = {}
    outlooks: list[PlannedOutlook] = []
    users: list[tuple[int, UUID, int]] = []
    for place, move in enumerate(affected(evaluation)):
        key = id(move.outlook)
        if key not in numbers:
            numbers[key] = len(outlooks)
            outlooks.append(planned(move.outlook, privileged))
        users.append((place, move.user_id, numbers[key]))
    if outlooks:
        yield affected_users.add_outlooks(tenant_id, plan_id, outlooks)
    for start in range(0, len(users), _BATCH):
        yield affected_users.add_users(tenant_id, plan_id, users[start : start + _BATCH])


def findings_to_text(findings: Sequence[Finding]) -> str:
    """JSON; :func:`findings_from_text` reads it."""
    return orjson.dumps([[f.severity, f.code, f.message, f.path, f.line, f.column] for f in findings]).decode()


def findings_from_text(text: str) -> tuple[Finding, ...]:
    """Read what :func:`findings_to_text` wrote."""
    return tuple(Finding(Severity(severity), FindingCode(code), *rest) for severity, code, *rest in orjson.loads(text))


def _in_words(plan: PlannedOutlook, outlook: Outlook) -> tuple[object, ...]:
    before, after = outlook.before, outlook.after
    ids = (before.role_id, after.role_id, *before.group_ids, None, *after.group_ids)
    flags = (plan.gains_privileged, plan.loses_privileged, plan.becomes_unmapped, plan.becomes_mapped)
    return (*(str(item) for item in ids), plan.outcome_before, plan.outcome_after, *flags)
