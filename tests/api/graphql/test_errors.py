"""Every business fact has its GraphQL form."""

from __future__ import annotations

import pytest
from graphql import GraphQLError

from gatehouse import errors
from gatehouse.api.graphql.errors import CODES, USER_ERROR_CODES, formatted, user_error
from gatehouse.errors import GatehouseError


def _family(kind: type[GatehouseError]) -> set[type[GatehouseError]]:
    return {kind}.union(*(_family(child) for child in kind.__subclasses__()))


def test_every_error_is_in_the_tables() -> None:
    family = {kind for kind in _family(GatehouseError) if kind.__module__ == errors.__name__}

    assert set(USER_ERROR_CODES) == set(CODES) == family


@pytest.mark.parametrize("kind", [kind for kind, code in USER_ERROR_CODES.items() if code is None])
def test_some_are_never_data(kind: type[GatehouseError]) -> None:
    error = kind("no", allow=("POST",)) if kind is errors.MethodNotAllowed else kind("no")

    with pytest.raises(kind):
        user_error(error)


def test_data_names_the_input_field() -> None:
    shown = user_error(errors.NotFound("no such role", path="roleKey", hint="look it up"))

    assert (shown.code.value, shown.message, shown.path, shown.hint) == (
        "NOT_FOUND",
        "no such role",
        ["input", "roleKey"],
        "look it up",
    )


def test_a_domain_error_of_a_query_keeps_its_words() -> None:
    error = GraphQLError("wrapped", original_error=errors.Forbidden("needs a right", hint="ask"), path=["users"])

    assert formatted(error, "r1") == {
        "message": "needs a right",
        "path": ["users"],
        "extensions": {"code": "FORBIDDEN", "hint": "ask", "requestId": "r1"},
    }
