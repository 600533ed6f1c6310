"""How the connection of a tenant with Entra ID is, and whether Entra has probably put it into quarantine.

Entra tells nobody but its administrators. What it does when is documented: a refused credential means quarantine at once,
and so do 5,000 failures when more than 40 % fail (quarantine-status in Microsoft's documentation).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.mapping.findings import Severity
from gatehouse.services import insights as windows
from gatehouse.store import connection_facts, insights, scim_requests
from gatehouse.store.connection_facts import TokenFacts
from gatehouse.store.insights import Window, Writes
from gatehouse.store.scim_requests import Contact

_QUARANTINE_FAILURES: Final = 5_000
_QUARANTINE_SHARE: Final = 0.4
_NEWEST: Final = (
    20_000  # requests of a tenant that are looked at: in fewer than 12,500 there may be no quarantine to be seen
)
_LATE: Final = timedelta(hours=4)  # six cycles
_SOON: Final = timedelta(days=30)


class HealthState(StrEnum):
    """The worst that is known."""

    NEVER_CONNECTED = "NEVER_CONNECTED"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    STALE = "STALE"
    FAILING = "FAILING"
    LIKELY_QUARANTINED = "LIKELY_QUARANTINED"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is not as it should be; ``state`` is what it makes of the connection."""

    state: HealthState
    severity: Severity
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a tenant; ``writes`` are the latest ones of the last day, if one was refused."""

    contact: Contact
    tokens: TokenFacts
    writes: Writes


async def states(tenant_ids: Sequence[UUID], moment: datetime) -> dict[UUID, HealthState]:
    """Judge each of these tenants."""
    known = await facts(tenant_ids, last_day(moment))
    return {tenant_id: state(facts, moment) for tenant_id, facts in known.items()}


def last_day(moment: datetime) -> Window:
    """The window that :func:`facts` are read in."""
    return windows.window(windows.TimeRange.DAY, windows.Bucket.HOUR, until=moment)


async def facts(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, Facts]:
    """Read what is known, with the same few statements for however many tenants; the window is the last day."""
    contacts = await scim_requests.contacts(tenant_ids)
    tokens = await connection_facts.tokens(tenant_ids, window.until)
    writes = await insights.writes(tenant_ids, window, newest=_NEWEST)
    return {each: Facts(contacts[each], tokens[each], writes[each]) for each in tenant_ids}


def reasons(known: Facts, moment: datetime) -> list[Reason]:
    """Tell what is not as it should be, the worst first."""
    found = [
        *_refused_token(known),
        *_failures(known.writes),
        *_silence(known.contact, moment),
        *_ends(known.tokens, moment),
    ]
    order = list(HealthState)
    return sorted(found, key=lambda reason: -order.index(reason.state))


def state(known: Facts, moment: datetime) -> HealthState:
    """Tell the worst."""
    found = reasons(known, moment)
    if found:
        return found[0].state
    return HealthState.HEALTHY if known.contact.last_contact_at else HealthState.NEVER_CONNECTED


def _refused_token(known: Facts) -> Iterator[Reason]:
    refused_at, success = known.tokens.refused_at, known.contact.last_success_at
    if refused_at and (success is None or success < refused_at):
        yield Reason(
            HealthState.LIKELY_QUARANTINED,
            Severity.ERROR,
            "A token of this tenant was refused, and nothing has succeeded since: Entra ID goes into quarantine at once.",
            "Issue a new token, enter it in Entra ID, test the connection, then restart provisioning.",
        )


def _failures(writes: Writes) -> Iterator[Reason]:
    if not writes.refused:
        return
    share = writes.refused / writes.asked
    message = f"{writes.refused:,} of the latest {writes.asked:,} writes of the last 24 hours failed"
    if share > _QUARANTINE_SHARE and writes.refused >= _QUARANTINE_FAILURES:
        state, more = HealthState.LIKELY_QUARANTINED, ": beyond what Entra ID puts into quarantine."
    elif share > _QUARANTINE_SHARE:
        state, more = HealthState.FAILING, f": more than 40 %. From {_QUARANTINE_FAILURES:,} on that means quarantine."
    else:
        state, more = HealthState.DEGRADED, "."
    severity = Severity.WARNING if state is HealthState.DEGRADED else Severity.ERROR
    yield Reason(state, severity, message + more, "See the commonest errors, and what to do about each.")


def _silence(contact: Contact, moment: datetime) -> Iterator[Reason]:
    last = contact.last_contact_at
    if last and moment - last > _LATE:
        yield Reason(
            HealthState.STALE,
            Severity.WARNING,
            "Entra ID has asked for nothing for more than four hours; it does so about every 40 minutes.",
            "See in Entra ID whether provisioning is on, and whether it is in quarantine.",
        )


def _ends(tokens: TokenFacts, moment: datetime) -> Iterator[Reason]:
    if tokens.live and tokens.last_ends_at and tokens.last_ends_at - moment < _SOON:
        days = (tokens.last_ends_at - moment).days
        yield Reason(
            HealthState.DEGRADED,
            Severity.WARNING,
            f"The last live token ends in {days} days; then Entra ID goes into quarantine.",
            "Issue its successor, and enter it in Entra ID.",
        )
