"""What a refusal means: Entra's name for it, and what an administrator can do (entra-client.md §4, §9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENTRA_CODE: Final[dict[int, str]] = {
    400: "SystemForCrossDomainIdentityManagementBadRequest",
    401: "Unauthorized",
    403: "InsufficientRights",
    404: "InvalidAnchor",
    405: "MethodNotAllowed",
    408: "Timeout",
    409: "EntryConflict",
    412: "EntryConflict",
    413: "SystemForCrossDomainIdentityManagementBadRequest",
    415: "SystemForCrossDomainIdentityManagementBadRequest",
    429: "TooManyRequests",
    500: "InternalServerError",
    501: "NotImplemented",
    503: "InternalServerError",
}
"""What Entra's provisioning log calls a failure with that status."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A refusal in plain words.

    :param meaning: one sentence on what happened.
    :param remedy: one or two on what to do about it.
    """

    entra_code: str
    meaning: str
    remedy: str


_BY_SCIM_TYPE: Final[dict[str, tuple[str, str]]] = {
    "uniqueness": (
        "Another user or group of the tenant already has this name.",
        "Find who has the name. If it is the same person, let Entra match on it and restart provisioning; else rename one.",
    ),
    "invalidFilter": (
        "The filter could not be read, or compares an attribute that cannot be searched for.",
        "In the attribute mapping, match on userName, externalId or the work e-mail address.",
    ),
    "invalidPath": (
        "The request names an attribute that does not exist.",
        "Correct the target attribute in the attribute mapping, or remove the row.",
    ),
    "invalidSyntax": (
        "The message is not a SCIM message.",
        "Check that the client speaks SCIM 2.0 and that nothing on the way rewrites its requests.",
    ),
    "invalidValue": (
        "A value does not fit its attribute, or the tenant's mapping refuses it.",
        "Read the detail: correct the value in Entra, or add a rule for it to the mapping. Entra tries again by itself.",
    ),
    "invalidVers": (
        "The client asked for a version of SCIM that is not served.",
        "Use the SCIM 2.0 base URL of the tenant.",
    ),
    "mutability": (
        "The request would change an attribute that cannot be changed, or take away one that must be there.",
        "Remove the attribute from the mapping, or map it to a source that always has a value.",
    ),
    "noTarget": (
        "An operation selects something that is not there.",
        "Restart provisioning, so that Entra reads the user again before it writes.",
    ),
    "sensitive": (
        "The request would put personal or secret values into a URL.",
        "Send it as POST to /.search.",
    ),
    "tooMany": (
        "The request asks for more than one answer may hold.",
        "Narrow the filter, or ask for smaller pages or fewer operations.",
    ),
    "invalidCursor": (
        "The cursor is not one that was given out for this list.",
        "Read the list again from its start.",
    ),
    "expiredCursor": ("The cursor is too old.", "Read the list again from its start."),
    "invalidCount": ("The page size is out of range.", "Ask for smaller pages."),
}

_BY_STATUS: Final[dict[int, tuple[str, str]]] = {
    400: ("The request was refused as wrong.", "Read the detail: it says which part. Correct it at its source."),
    401: (
        "The credential was not accepted: unknown, expired or revoked.",
        "Put a new token into the Entra application as Secret Token, then restart provisioning: it is in quarantine.",
    ),
    403: ("The credential may not do this.", "Check that the tenant is active and the token is its own."),
    404: (
        "There is no such user, group or endpoint. Entra holds an id that was deleted here, or the Tenant URL is wrong.",
        "Check that the Tenant URL ends in /scim/v2. If it does, restart provisioning: Entra then matches people anew.",
    ),
    405: ("The endpoint does not know this method.", "Check that the Tenant URL ends in /scim/v2."),
    408: ("The request did not arrive in time.", "Nothing, if it was one; else look at the network between."),
    409: (
        "The request conflicts with what is stored.",
        "Find the user or group that it conflicts with and rename or remove one.",
    ),
    412: (
        "The client wrote on top of a version that is no longer there.",
        "Let the client read the resource again before it writes.",
    ),
    413: ("The request is too big.", "Send fewer members or operations in one request."),
    415: ("The body has another media type than SCIM.", "Send application/scim+json."),
    429: (
        "The tenant sent more requests than it may in that time.",
        "Nothing: Entra comes again. If it goes on, raise the tenant's rate limit.",
    ),
    500: (
        "A fault of Gatehouse.",
        "Give the request id to the people who run the service. Entra tries again in its next cycle.",
    ),
    501: ("The server does not offer this.", "Remove what asks for it from the client's configuration."),
    503: (
        "The service or its database was away or busy.",
        "Nothing, if it was short: Entra tries again. Else look at the service's health.",
    ),
}
_FIRST_REFUSAL: Final = 400
_FIRST_FAULT: Final = 500


def explain(status: int, scim_type: str | None) -> Remedy | None:
    """A refusal in plain words; None for a status that is none.

    >>> explain(409, "uniqueness").entra_code, explain(204, None)
    ('EntryConflict', None)
    """
    if status < _FIRST_REFUSAL:
        return None
    alike = status if status in _BY_STATUS else _FIRST_FAULT if status >= _FIRST_FAULT else _FIRST_REFUSAL
    meaning, remedy = _BY_SCIM_TYPE.get(scim_type or "", _BY_STATUS[alike])
    return Remedy(ENTRA_CODE[alike], meaning, remedy)
