"""How Entra reads an answer: a resource, a list, or one of the error codes of its provisioning log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

OK, CREATED, NO_CONTENT, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 201, 204, 401, 403, 404
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500
INCOMPATIBLE: Final = "SystemForCrossDomainIdentityManagementServiceIncompatible"
INVALID_CREDENTIALS: Final = "SystemForCrossDomainIdentityManagementInvalidCredentials"
_CODES: Final = {
    400: "SystemForCrossDomainIdentityManagementBadRequest",
    401: "Unauthorized",
    403: "InsufficientRights",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    409: "EntryConflict",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    501: "NotImplemented",
}
_SHOWN_DETAIL: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    retry_after_s: float | None = None

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return OK <= self.status < 300  # noqa: PLR2004 - the class 2xx

    def json(self) -> object:
        """The body, or None where it is empty or no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def detail(self) -> str:
        """What the administrator reads under *Web Response*: the ``detail`` of an RFC 7644 error, else the body."""
        body = self.json()
        if isinstance(body, dict) and isinstance(body.get("detail"), str):
            return str(body["detail"])
        return " ".join(self.body[:_SHOWN_DETAIL].decode(errors="replace").split())


class Failed(Exception):
    """One object could not be brought over in this cycle; it goes to escrow.

    ``transient``: it may work in a moment (429, 5xx, no answer).
    """

    def __init__(self, code: str, detail: str, *, status: int | None = None, transient: bool = False) -> None:
        super().__init__(code)
        self.code, self.detail, self.status, self.transient = code, detail, status, transient


class Quarantined(Exception):
    """Credentials or compliance failed: Entra stops the job at once (``EncounteredQuarantineException``)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def failure(answer: Answer) -> Failed:
    """What Entra makes of an answer that is no success."""
    code = _CODES.get(answer.status)
    if code is None:
        code = "InternalServerError" if answer.status >= SERVER_ERROR else "WebExceptionProtocolError"
    transient = answer.status == TOO_MANY_REQUESTS or answer.status >= SERVER_ERROR
    return Failed(code, answer.detail(), status=answer.status, transient=transient)


def resources(answer: Answer) -> list[dict[str, Any]]:
    """The resources of a ListResponse to a filter.

    :raises Quarantined: refused, not found, or not a ListResponse that a typed client can read.
    :raises Failed: too many requests, or a fault of the server.
    """
    if answer.status in {UNAUTHORIZED, FORBIDDEN}:
        raise Quarantined(INVALID_CREDENTIALS, answer.detail())
    if answer.status == TOO_MANY_REQUESTS or answer.status >= SERVER_ERROR:
        raise failure(answer)
    if answer.status != OK:
        text = f"HTTP/{answer.status} was returned rather than the expected HTTP/200: {answer.detail()}"
        raise Quarantined(INCOMPATIBLE, text)
    body = answer.json()
    if not isinstance(body, dict) or not isinstance(body.get("totalResults"), int):
        raise Quarantined(INCOMPATIBLE, "The answer to a filter is no ListResponse with totalResults")
    found = body.get("Resources", [])
    if not isinstance(found, list) or not all(isinstance(resource, dict) for resource in found):
        raise Quarantined(INCOMPATIBLE, "Resources is not an array of resources")
    return [typed(resource) for resource in found]


def single(answer: Answer) -> dict[str, Any] | None:
    """The one resource that a match finds, or None.

    :raises Failed: there are several.
    """
    found = resources(answer)
    if len(found) > 1:
        raise Failed("DuplicateTargetEntries", f"{len(found)} resources match the filter", status=answer.status)
    return found[0] if found else None


def resource(answer: Answer) -> dict[str, Any]:
    """The resource in a success.

    :raises Failed: it is no success, or not readable for a typed client.
    """
    if not answer.ok:
        raise failure(answer)
    body = answer.json()
    if not isinstance(body, dict):
        raise Failed(INCOMPATIBLE, "The answer holds no resource", status=answer.status)
    return typed(body)


def success(answer: Answer) -> None:
    """Check that a PATCH or DELETE succeeded; a body is read only if there is one.

    :raises Failed: it did not.
    """
    if not answer.ok:
        raise failure(answer)
    if answer.body.strip():
        resource(answer)


def typed(found: dict[str, Any]) -> dict[str, Any]:
    """Read a resource as Entra's typed client does (entra-client §3.5).

    :raises Failed: "We are not able to deserialize the resource received".
    """
    faults = [text for holds, text in _expectations(found) if not holds]
    if faults:
        text = f"We are not able to deserialize the resource received: {'; '.join(faults)}"
        raise Failed(INCOMPATIBLE, text)
    return found


def _expectations(found: Mapping[str, Any]) -> list[tuple[bool, str]]:
    identifier, active = found.get("id"), found.get("active", True)
    nulls = sorted(name for name, value in found.items() if value is None)
    extensions = [value for name, value in found.items() if name.startswith("urn:") and isinstance(value, dict)]
    managers = [extension["manager"] for extension in extensions if "manager" in extension]
    return [
        (isinstance(identifier, str) and bool(identifier), "id is not a string"),
        (isinstance(active, bool), "active is not a boolean"),
        (not nulls, f"{', '.join(nulls)} is null"),
        (all(isinstance(manager, dict) for manager in managers), "manager is not an object"),
    ]
