"""What a document may ask for, and that refusing costs nothing."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, parse
from tests.api.graphql.people import Api, viewer

from gatehouse.api.graphql import budget


def _nested(levels: int) -> str:
    """``viewer`` is the first level of ``levels``."""
    return "{ viewer " + "{ tenant " * (levels - 1) + "{ id }" + " }" * (levels - 1) + " }"


def _laughs(fan_out: int, depth: int) -> str:
    """Fragments that each spread the next one ``fan_out`` times: ``fan_out ** depth`` fields."""
    spreads = (f"fragment F{n} on Query {{ {f'...F{n + 1} ' * fan_out}}}" for n in range(depth))
    return "{ ...F0 } " + " ".join(spreads) + f" fragment F{depth} on Query {{ __typename }}"


@pytest.mark.parametrize(
    ("_case", "document", "complaint"),
    [
        ("depth at the limit", _nested(11), None),
        ("too deep", _nested(12), "12 levels"),
        ("too deep in fragments", "{ ...A } fragment A on Query " + _nested(12), "12 levels"),
        ("selections at the limit", "{ " + "__typename " * 400 + "}", None),
        ("too many selections", "{ " + "__typename " * 401 + "}", "400 fields"),
        ("aliases at the limit", "{ " + " ".join(f"a{n}: __typename" for n in range(15)) + " }", None),
        ("too many aliases", "{ " + " ".join(f"a{n}: __typename" for n in range(16)) + " }", "15 aliases"),
        ("directives at the limit", "{ __typename" + " @skip(if: false)" * 10 + " }", None),
        ("too many directives", "{ __typename" + " @skip(if: false)" * 11 + " }", "10 directives"),
        ("directives on the operation", "query" + " @a" * 11 + " { __typename }", "10 directives"),
        (
            "too many fragments",
            "{ __typename } " + " ".join(f"fragment F{n} on A {{ b }}" for n in range(21)),
            "20 are",
        ),
        ("too many operations", " ".join(f"query Q{n} {{ __typename }}" for n in range(6)), "5 are allowed"),
        ("no operation", "fragment F on Query { __typename }", "no operation"),
        ("a page too large", "{ users(first: 101) { totalCount } }", "`first` is 101"),
        ("a page too small", "{ users(last: -1) { totalCount } }", "`last` is -1"),
        ("a page too large by default", "query($n: Int = 500) { users(first: $n) { totalCount } }", "`$n` is 500"),
        ("a page far too large", "{ users(first: " + "9" * 4_000 + ") { totalCount } }", "`first` is 9999"),
        ("NUL in a text", '{ users(search: "\\u0000") { totalCount } }', "NUL"),
        ("a cycle of fragments", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", None),
    ],
)
def test_limits(_case: str, document: str, complaint: str | None) -> None:
    fault = budget.measure(parse(document)).fault

    assert fault is None if complaint is None else fault is not None and complaint in fault


@pytest.mark.timeout(10)  # walked without memory, each fan-out multiplies: minutes to ages
@pytest.mark.parametrize(("fan_out", "depth"), [(2, 18), (8, 18), (20, 18)])
async def test_a_billion_laughs_are_refused_at_once(fan_out: int, depth: int) -> None:
    api = Api.of(viewer())

    error = await api.error(_laughs(fan_out, depth))

    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_a_million_aliases_are_refused_at_once() -> None:
    api = Api.of(viewer())
    document = "{ " + " ".join(f"a{n}: __typename" for n in range(5_000)) + " }"

    error = await api.error(document)

    assert "1000 tokens" in error["message"]


@pytest.mark.parametrize(("size", "refused"), [(100, False), (101, True), (-1, True)])
def test_page_sizes_in_variables(size: int, refused: bool) -> None:
    document = parse("query($n: Int) { users(first: $n) { totalCount } }")

    if refused:
        with pytest.raises(GraphQLError, match=rf"`\$n` is {size}"):
            budget.check(document, {"n": size}, None)
    else:
        budget.check(document, {"n": size}, None)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [(None, "say which one"), ("C", "no operation of the name"), ("", "no operation of the name"), ("A", None)],
)
async def test_operation_names(name: str | None, complaint: str | None) -> None:
    api = Api.of(viewer())
    body = {"query": "query A { __typename } query B { viewer { id } }", "operationName": name}

    response = await api.http.post("/graphql", json=body, headers={"Authorization": "Bearer secret"})

    if complaint is None:
        assert response.json()["data"] == {"__typename": "Query"}
    else:
        assert complaint in response.json()["errors"][0]["message"]


async def test_an_operation_without_a_name_has_no_empty_one_either() -> None:
    body = {"query": "{ __typename }", "operationName": ""}

    response = await Api.of(viewer()).http.post("/graphql", json=body, headers={"Authorization": "Bearer secret"})

    assert response.status_code == 200
    assert "no operation of the name" in response.json()["errors"][0]["message"]


async def test_verdicts_are_remembered_by_document() -> None:
    api = Api.of(viewer())
    query = "query($n: Int) { users(first: $n, where: {tenantId: {in: []}}) { nodes { id } } }"

    sizes = [await api.ask(query, n=size) for size in (101, 100, 101)]

    assert [body.get("data") for body in sizes] == [None, {"users": {"nodes": []}}, None]
