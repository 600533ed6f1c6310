"""A SCIM request as the endpoints see it: decoded, checked, and with its caller."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes
from uuid import UUID

from gatehouse.api.scim.responses import ScimResponse
from gatehouse.errors import GatehouseError, InvalidFilter, InvalidSyntax, InvalidValue, NotFound
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.records import Caller
from gatehouse.scim.discovery import DEFAULT_PAGE_SIZE
from gatehouse.scim.entity_tags import EntityTags, Precondition
from gatehouse.scim.json_text import parse_json
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import ResourceType

_MAX_FIELDS: Final = 50
_MAX_NAME: Final = 256
_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]+)", re.ASCII)
_MAX_DIGITS: Final = 18
_MAX_INDEX: Final = 2**31 - 1  # far beyond any tenant, and safe for both engines
_PERCENT: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class InnerRequest:
    """A request that is part of another one.

    :param path: below the base URI; may hold a query.
    :param if_match: as the header of that name.
    :param refusal: why it cannot be carried out; it is then recorded as a refused request.
    """

    method: str
    path: str
    document: dict[str, Any] | None = None
    if_match: str | None = None
    refusal: GatehouseError | None = None


class Inner(Protocol):
    """Makes requests on behalf of the same client."""

    async def may_begin(self) -> bool:
        """Wait for the client's rate; False when no time is left to begin anything."""

    async def make(self, inner: InnerRequest) -> ScimResponse:
        """Make one request; whatever goes wrong is told in its answer."""


@dataclass(slots=True)
class ScimRequest:
    """One request. ``subject_*`` are what it is about, as far as known, for the history of a refusal.

    :param inner: makes further requests as part of this one; None: it has none.
    """

    method: str
    base_url: str
    headers: dict[bytes, bytes]
    query: dict[str, list[str]]
    limits: Limits = DEFAULT_LIMITS
    body: bytes = b""
    caller: Caller | None = None
    subject_id: UUID | None = None
    subject_name: str | None = None
    resource_id: str = ""
    document: dict[str, Any] | None = field(default=None, repr=False)
    inner: Inner | None = None

    @property
    def known_caller(self) -> Caller:
        """The caller of an endpoint that is never reached without one."""
        if self.caller is None:  # pragma: no cover - the application authenticates before it dispatches
            raise RuntimeError("endpoint reached without a caller")
        return self.caller

    def text(self, name: str) -> str | None:
        """A query parameter that may be given once (names as in RFC 7644 §3.4.2)."""
        values = self.query.get(name.lower())
        if values is None:
            return None
        if len(values) > 1:
            raise InvalidValue(f"{name} is given more than once", path=name)
        return values[0]

    def filter_text(self) -> str | None:
        """The ``filter`` parameter, or None when absent.

        :raises InvalidFilter: it is given more than once.
        """
        try:
            return self.text("filter")
        except InvalidValue as error:
            raise InvalidFilter(error.message, path="filter") from None

    def names(self, name: str) -> list[str]:
        """A list of attribute names: comma lists, repeated parameters, or both."""
        values = self.query.get(name.lower(), ())
        return [item.strip() for value in values for item in value.split(",") if item.strip()]

    def projection(self, resource_type: ResourceType) -> Projection:
        """What to show of a resource: ``attributes`` and ``excludedAttributes`` (RFC 7644 §3.9).

        :raises InvalidValue: both are given.
        """
        return Projection.parse(self.names("attributes"), self.names("excludedAttributes"), resource_type)

    def start_index(self) -> int:
        """1-based; values below 1 mean 1 (RFC 7644 §3.4.2.4)."""
        return min(max(self._integer("startIndex", 1), 1), _MAX_INDEX)

    def count(self) -> int:
        """Rows wanted: 0 for a negative number, at most ``limits.page_size`` (RFC 7644 §3.4.2.4)."""
        return min(max(self._integer("count", DEFAULT_PAGE_SIZE), 0), self.limits.page_size)

    def _integer(self, name: str, default: int) -> int:
        text = self.text(name)
        if text is None or text == "":
            return default
        number = _INTEGER.fullmatch(text)
        if number is None:
            raise InvalidValue(f"{name} must be an integer", path=name)
        if len(number[2]) > _MAX_DIGITS:
            return -_MAX_INDEX if number[1] == "-" else _MAX_INDEX
        return int(text)

    def json_object(self, limits: Limits | None = None) -> dict[str, Any]:
        """The body as a JSON object.

        :param limits: other ones than those of the request.
        :raises InvalidSyntax: it is none.
        :raises InvalidValue: it holds text or numbers that no database takes.
        """
        if self.document is None:
            document = parse_json(self.body, limits or self.limits)
            if not isinstance(document, dict):
                raise InvalidSyntax("The request body must be a JSON object")
            self.document = document
        return self.document

    def named_body(self, attribute: str) -> dict[str, Any]:
        """The body; its name attribute is noted as the subject, so that a refusal can tell whom it was about."""
        document = self.json_object()
        for name, value in document.items():
            if name.lower() == attribute.lower() and isinstance(value, str):
                self.subject_name = value[:_MAX_NAME]
        return document

    def resource_uuid(self) -> UUID:
        """The id in the path.

        :raises NotFound: it cannot be the id of anything here.
        """
        try:
            found = UUID(self.resource_id)
        except ValueError:
            raise NotFound("There is no resource with this id") from None
        if str(found) != self.resource_id.lower():
            raise NotFound("There is no resource with this id")
        self.subject_id = found
        return found

    def precondition(self) -> Precondition:
        """What is to hold of the resource for a write to be done."""
        return Precondition(self._tags(b"if-match"), self.if_none_match())

    def if_none_match(self) -> EntityTags | None:
        """What ``If-None-Match`` names, or None when the header is absent (RFC 9110 §13.1.2)."""
        return self._tags(b"if-none-match")

    def _tags(self, name: bytes) -> EntityTags | None:
        header = self.headers.get(name)
        return None if header is None else EntityTags.parse(header.decode("latin-1"))


def parse_query(raw: bytes) -> dict[str, list[str]]:
    """The query string by lower-case name: strict percent-encoding and UTF-8, ``+`` is a blank.

    :raises InvalidValue: it is malformed or has too many fields.
    """
    if not raw:
        return {}
    fields = raw.split(b"&")
    if len(fields) > _MAX_FIELDS:
        raise InvalidValue(f"more than {_MAX_FIELDS} query parameters")
    query: dict[str, list[str]] = {}
    for item in fields:
        name, _, value = item.partition(b"=")
        if name:
            query.setdefault(_decode(name).lower(), []).append(_decode(value))
    return query


def _decode(raw: bytes) -> str:
    if _PERCENT.search(raw):
        raise InvalidValue("the query string holds a malformed percent-encoding")
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise InvalidValue("the query string is not UTF-8") from None
