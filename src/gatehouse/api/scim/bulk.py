"""``POST /Bulk`` (RFC 7644 §3.7): many requests in one; each takes effect as a whole, whatever becomes of the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

import orjson

from gatehouse.api.scim import responses
from gatehouse.api.scim.request import Inner, InnerRequest, ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.errors import GatehouseError, NotImplementedHere, Unavailable, UnresolvedReference
from gatehouse.records import ScimMode
from gatehouse.scim.bulk import BulkOperation, BulkRequest, parse_bulk, result
from gatehouse.scim.bulk_schedule import Schedule, Step, StepKind
from gatehouse.scim.messages import BULK_RESPONSE

MAX_NODES: Final = 100_000  # JSON values in all operations; each by itself has the limit of a single request
_ENVELOPE: Final = 3  # levels of JSON around the data of an operation

_NOT_BEGUN: Final = Unavailable(
    "This operation was not begun: the time for the bulk request was up, or the server is about to end; send it again"
)


async def bulk(request: ScimRequest) -> ScimResponse:
    """``POST /Bulk``: 200, with the outcome of every operation that was processed."""
    if request.inner is None:  # pragma: no cover - the route is marked as consisting of many requests
        raise NotImplementedHere("Bulk requests cannot be made here")
    limits = request.limits
    document = request.json_object(replace(limits, json_depth=limits.json_depth + _ENVELOPE, json_nodes=MAX_NODES))
    message = parse_bulk(
        document,
        max_operations=limits.bulk_operations,
        lenient=request.known_caller.tenant.scim_mode is ScimMode.ENTRA,
    )
    return await _Run(request.inner, request.base_url, message).carry_out()


@dataclass(slots=True)
class _Outcome:
    """What came of an operation so far: the answer that counts, where its resource is, and at which version."""

    answer: ScimResponse
    location: str | None
    version: str | None

    @property
    def failed(self) -> bool:
        return _has_failed(self.answer)


@dataclass(slots=True)
class _Run:
    """One bulk request while it is carried out.

    ``late``: nothing more is begun.
    """

    inner: Inner
    base_url: str
    message: BulkRequest
    outcomes: dict[int, _Outcome] = field(default_factory=dict)
    late: bool = False

    async def carry_out(self) -> ScimResponse:
        """Take every step, and answer with the outcomes in the order of the request."""
        schedule = Schedule(self.message.operations)
        for step in schedule:
            await self._take(step)
            if self.late or self._has_failed_enough():
                schedule.stop()
        if self.late:
            self._tell_what_was_not_begun()
        shown = [self._shown(index) for index in sorted(self.outcomes)]
        return ScimResponse(200, orjson.dumps({"schemas": [BULK_RESPONSE], "Operations": shown}), [])

    async def _take(self, step: Step) -> None:
        if step.kind is StepKind.UNDO:
            await self._undo(step)
            return
        if not await self.inner.may_begin():
            self.late = True
            self._note(step, responses.failure(_NOT_BEGUN))
            return
        operation = self.message.operations[step.index]
        if_match = None if operation.method == "POST" else operation.version
        answer = await self.inner.make(
            InnerRequest(step.method, step.path, step.data, if_match, _refusal(step, operation))
        )
        self._note(step, answer)

    async def _undo(self, step: Step) -> None:
        """Take back what a circle created, unless somebody else has changed it since."""
        created = self.outcomes[step.index]
        answer = await self.inner.make(InnerRequest("DELETE", step.path, if_match=created.version))
        if _has_failed(answer):
            left = f"{step.reason}; the resource could not be taken back and is at {created.location}"
            created.answer = responses.failure(UnresolvedReference(left))
            return
        if not created.failed:
            created.answer = responses.failure(UnresolvedReference(step.reason or ""))
        created.location = created.version = None

    def _note(self, step: Step, answer: ScimResponse) -> None:
        step.succeeded = not _has_failed(answer)
        headers = dict(answer.headers)
        version = headers[b"etag"].decode() if b"etag" in headers else None
        if step.kind is StepKind.COMPLETE:
            outcome = self.outcomes[step.index]
            outcome.version = version or outcome.version
            if not step.succeeded:
                outcome.answer = answer
            return
        location = headers[b"location"].decode() if b"location" in headers else None
        if step.succeeded and location is not None:
            step.resource_id = location.rpartition("/")[2]
        elif step.method != "POST":
            location = self.base_url + step.path.partition("?")[0]
        self.outcomes[step.index] = _Outcome(answer, location, version)

    def _has_failed_enough(self) -> bool:
        most = self.message.fail_on_errors
        return most is not None and sum(outcome.failed for outcome in self.outcomes.values()) >= most

    def _tell_what_was_not_begun(self) -> None:
        for index, operation in enumerate(self.message.operations):
            if index not in self.outcomes:
                location = None if operation.method == "POST" else self.base_url + operation.path
                self.outcomes[index] = _Outcome(responses.failure(_NOT_BEGUN), location, None)

    def _shown(self, index: int) -> dict[str, Any]:
        outcome = self.outcomes[index]
        return result(
            self.message.operations[index],
            outcome.answer.status,
            location=outcome.location,
            version=outcome.version,
            response=orjson.Fragment(outcome.answer.body or b"{}") if outcome.failed else None,
        )


def _refusal(step: Step, operation: BulkOperation) -> GatehouseError | None:
    if step.kind is StepKind.REFUSE:
        return UnresolvedReference(step.reason or "")
    return operation.flaw


def _has_failed(answer: ScimResponse) -> bool:
    return answer.status >= HTTPStatus.BAD_REQUEST
