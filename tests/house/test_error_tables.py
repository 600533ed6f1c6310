"""Each edge knows how to say every business error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gatehouse import errors
from gatehouse.api.graphql.errors import CODES, USER_ERROR_CODES
from gatehouse.api.scim.responses import STATUS

_SCIM_TYPES = {
    "invalidFilter", "invalidPath", "invalidSyntax", "invalidValue", "invalidVers", "mutability", "noTarget", "sensitive",
    "tooMany", "uniqueness", "invalidCursor", "expiredCursor", "invalidCount",
}  # fmt: skip
"""RFC 7644 §3.12, table 9; RFC 9865 §2.1."""


def _below(kind: type[errors.GatehouseError]) -> Iterator[type[errors.GatehouseError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _below(subclass)


_ERRORS = sorted(_below(errors.GatehouseError), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _ERRORS, ids=lambda kind: kind.__name__)
def test_scim_has_a_status(kind: type[errors.GatehouseError]) -> None:
    status, scim_type = STATUS[kind]

    assert 400 <= status <= 599
    assert scim_type is None or scim_type in _SCIM_TYPES


@pytest.mark.parametrize("kind", _ERRORS, ids=lambda kind: kind.__name__)
def test_graphql_has_a_code(kind: type[errors.GatehouseError]) -> None:
    assert kind in USER_ERROR_CODES
    assert CODES[kind]


@pytest.mark.parametrize("kind", _ERRORS, ids=lambda kind: kind.__name__)
def test_error_is_defined_with_the_others(kind: type[errors.GatehouseError]) -> None:
    assert kind.__module__ == "gatehouse.errors"
