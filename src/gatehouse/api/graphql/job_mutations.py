"""Asking for exports, and taking them back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.answering import answer, carry_out, cause, wanted, who
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import ExportFormat, ExportSubject
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.inputs import REASON
from gatehouse.api.graphql.jobs import Job
from gatehouse.api.graphql.needs import EXPORT
from gatehouse.api.graphql.payloads import MutationPayload
from gatehouse.api.graphql.permission import stoppable_job
from gatehouse.api.graphql.wheres import ProvisioningEventWhere, UserWhere, to_condition
from gatehouse.errors import InvalidValue
from gatehouse.services import exports
from gatehouse.services.directory import Condition

_CLIENT: Final = "Comes back in the payload."
_ONCE: Final = (
    "Names this request for a day: sent again with the same key it is carried out once, and with other input refused"
    " (IDEMPOTENCY_MISMATCH)."
)
_TIMES: Final = "only for PROVISIONING_EVENTS, SCIM_REQUESTS and AUDIT."


@strawberry.input(description="What to export.")
class ExportCreateInput:
    """Input of exportCreate."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    subject: ExportSubject = strawberry.field(description="What; SCIM_REQUESTS need READ_RAW_REQUESTS too.")
    format: ExportFormat = strawberry.field(description="How the file is written.")
    since: datetime | None = strawberry.field(
        name="from", default=strawberry.UNSET, description=f"Only what happened then or later; {_TIMES}"
    )
    until: datetime | None = strawberry.field(
        name="to",
        default=strawberry.UNSET,
        description=f"Only what happened before; by default until now; {_TIMES}",
    )
    user_where: UserWhere | None = strawberry.field(default=strawberry.UNSET, description="Only these; for USERS.")
    event_where: ProvisioningEventWhere | None = strawberry.field(
        default=strawberry.UNSET, description="Only these; for PROVISIONING_EVENTS."
    )
    redact_pii: bool = strawberry.field(
        default=True, description="Mask personal values in the file; false needs READ_PII."
    )
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_ONCE)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A job.")
class JobRefInput:
    """Input of jobCancel."""

    job_id: strawberry.ID = strawberry.field(description="The job.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.type(description="Answer of exportCreate and jobCancel.")
class JobPayload(MutationPayload):
    """The job as it is now."""

    job: Job | None = strawberry.field(default=None, description="The job; null if it was refused.")


@strawberry.type(description="Changes of jobs.")
class JobMutations:
    """A part of the root of mutations."""

    @resolver(
        "Ask for a file of a tenant's data. It is made in the background: follow `Query.job` or `jobProgress`, then fetch"
        " `downloadUrl`.",
        needs=EXPORT,
    )
    async def export_create(self, info: Info, input: ExportCreateInput) -> JobPayload:
        """Queue an export."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            context = info.context
            wish = exports.Wish(
                input.subject,
                input.format,
                since=given(input.since),
                until=given(input.until),
                condition=_condition(input, context.now),
                redacted=input.redact_pii,
            )
            limits = context.export_limits
            job = await exports.create(
                context.viewer, cause(info, input), tenant_id, wish, limits=limits, wanted=wanted(info, input)
            )
            return {"job": Job.from_record(job)}

        return await carry_out(info, JobPayload, input, act)

    @resolver(
        "Stop a job; of one that has ended, delete the file at once. One that has neither work nor a file stays as it is.",
        needs=EXPORT,
    )
    async def job_cancel(self, info: Info, input: JobRefInput) -> JobPayload:
        """Cancel a job."""

        async def act() -> dict[str, Any]:
            tenant_id, job_id = await stoppable_job(info, input.job_id)
            return {"job": Job.from_record(await exports.cancel(*who(info, input), tenant_id, job_id))}

        return await answer(info, JobPayload, input, act)


def _condition(input: ExportCreateInput, now: datetime) -> Condition | None:
    """Read the filter that goes with the subject.

    :raises InvalidValue: one is given that does not.
    """
    wheres: tuple[tuple[str, UserWhere | ProvisioningEventWhere | None, ExportSubject], ...] = (
        ("userWhere", given(input.user_where), ExportSubject.USERS),
        ("eventWhere", given(input.event_where), ExportSubject.PROVISIONING_EVENTS),
    )
    found = None
    for path, where, subject in wheres:
        if where is not None and input.subject is not subject:
            raise InvalidValue(f"`{path}` is for {subject}", path=path)
        if where is not None:
            found = to_condition(where, now)
    return found
