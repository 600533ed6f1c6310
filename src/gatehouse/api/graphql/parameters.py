"""The parameters of a GraphQL request, from whatever it came in (https://graphql.github.io/graphql-over-http/)."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from gatehouse.api.graphql.trusted import document_hash
from gatehouse.errors import InvalidSyntax
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.json_text import MAX_INTEGER_DIGITS, may_break_limits, parse_json

_LONG_NUMBER: Final = re.compile(rb"[0-9]{%d}" % (MAX_INTEGER_DIGITS + 1))


class Parameters(msgspec.Struct, frozen=True, rename="camel"):
    """As they are sent; what else stands beside them is not looked at."""

    query: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: Any = None

    @property
    def document(self) -> str | None:
        """The SHA-256, in hex, by which the request names its document; None when it does not.

        :raises InvalidSyntax: the name is no SHA-256 in hexadecimal.
        """
        return document_hash(self.document_id, self.extensions)


_DECODER: Final = msgspec.json.Decoder(Parameters)


def parse_parameters(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Parameters:
    """Read the body of a request.

    What looks ordinary is read in one go; :func:`to_parameters` has the last word on everything else.

    :raises InvalidRequest: not strict JSON, or not an object with the parameters in their types.
    """
    if _looks_ordinary(body, limits):
        try:
            found = _DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        else:
            if found.query and not found.query.isspace():
                return found
    return to_parameters(parse_json(body, limits, case_exact=True))


def to_parameters(given: object) -> Parameters:
    """Read the parameters of a request, in whatever it came.

    :raises InvalidSyntax: not an object with the parameters in their types.
    """
    if not isinstance(given, dict):
        raise InvalidSyntax("The request must be one JSON object; batches are not supported")
    query = given.get("query")
    if query is not None and not (isinstance(query, str) and query.strip()):
        raise InvalidSyntax("`query` must be a text that holds a GraphQL document", path="query")
    for name, kind in (("variables", dict), ("operationName", str), ("extensions", dict)):
        if not isinstance(given.get(name), kind | None):
            raise InvalidSyntax(f"`{name}` must be {'a text' if kind is str else 'an object'} or null", path=name)
    found = msgspec.convert(given, Parameters)
    if query is None and found.document is None:
        raise InvalidSyntax("`query` must be a text that holds a GraphQL document", path="query")
    return found


def _looks_ordinary(body: bytes, limits: Limits) -> bool:
    """Whether nothing in it can break a limit, and no parameter comes twice."""
    return (
        body.count(b'"query"') == 1
        and body.count(b'"variables"') <= 1
        and body.count(b'"operationName"') <= 1
        and body.count(b'"extensions"') <= 1
        and body.count(b'"documentId"') <= 1
        and not may_break_limits(body, limits)
        and _LONG_NUMBER.search(body) is None
    )
