"""The parameters of a GraphQL request, from whatever it came in (https://graphql.github.io/graphql-over-http/)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatehouse.api.graphql.trusted import document_hash
from gatehouse.errors import InvalidSyntax
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.json_text import parse_json


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a GraphQL-over-HTTP request."""

    query: str | None
    document: str | None  # SHA-256, in hex, by which the request names its document
    variables: dict[str, Any] | None
    operation_name: str | None


def parse_parameters(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Parameters:
    """Read the parameters of a GraphQL-over-HTTP request.

    :raises InvalidRequest: not strict JSON, or not an object with the parameters in their types.
    """
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
    document = document_hash(given)
    if query is None and document is None:
        raise InvalidSyntax("`query` must be a text that holds a GraphQL document", path="query")
    return Parameters(query, document, given.get("variables"), given.get("operationName"))
