"""How a connection is, as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from gatehouse.api.graphql.enums import HealthState, Severity
from gatehouse.services import connection_health
from gatehouse.services.connection_health import Facts, Reason


@strawberry.type(description="Something about a connection that is not as it should be.")
class HealthReason:
    """What it is and what to do."""

    severity: Severity = strawberry.field(description="How much it weighs.")
    message: str = strawberry.field(description="What it is.")
    remedy: str = strawberry.field(description="What to do about it.")

    @classmethod
    def from_record(cls, reason: Reason) -> Self:
        """Wrap a record."""
        return cls(severity=reason.severity, message=reason.message, remedy=reason.remedy)


@strawberry.type(description="How a connection is, from what Entra ID asked for and was answered.")
class ConnectionHealth:
    """The state, and why."""

    state: HealthState = strawberry.field(description="The worst that is known.")
    reasons: list[HealthReason] = strawberry.field(description="What is not as it should be, the worst first.")

    @classmethod
    def from_record(cls, known: Facts, moment: datetime) -> Self:
        """Judge."""
        found = [HealthReason.from_record(reason) for reason in connection_health.reasons(known, moment)]
        return cls(state=connection_health.state(known, moment), reasons=found)
