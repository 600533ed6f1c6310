"""Documents made to hurt: each is refused before anything runs, is nobody's fault but the sender's, and costs little.

There is no database here: whatever ran would end in a 5xx. What refusing costs is CPU time, set against parsing an ordinary
question, so that it says something on any machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from graphql import parse
from tests.api.graphql.people import Api, viewer

ORDINARY = """query People($first: Int, $where: UserWhere) {
  users(first: $first, where: $where) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id status userName displayName givenName familyName title userType workEmail role { key name }
      groups { key name } access { summary } timeline(first: 5) { nodes { occurredAt action outcome } } } } }"""
MOST = 200  # times the CPU of parsing the above


def _laughs(fan_out: int, depth: int) -> str:
    spreads = (f"fragment F{n} on Query {{ {f'...F{n + 1} ' * fan_out}}}" for n in range(depth))
    return "{ ...F0 } " + " ".join(spreads) + f" fragment F{depth} on Query {{ __typename }}"


def _conflicts(width: int) -> str:
    """Fields under one name that all have to be compared with each other."""
    return (
        "{ viewer { " + " ".join(f'... on Viewer {{ x: permissions(tenantId: "{n}") }}' for n in range(width)) + " } }"
    )


def _body(query: str, variables: Any = None) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


ABUSE: dict[str, bytes] = {
    "deep nesting": _body("{ node(id: 1) " + "{ tenant " * 2_000 + "{ id }" + " }" * 2_000 + " }"),
    "deep within the tokens": _body("{ viewer " + "{ a " * 400 + "}" * 400 + "}"),
    "10,000 aliases": _body("{ " + " ".join(f"a{n}: __typename" for n in range(10_000)) + " }"),
    "aliases within the tokens": _body("{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(150)) + " }"),
    "circular fragments": _body("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
    "a fragment within itself": _body("{ ...A } fragment A on Query { viewer { id } ...A }"),
    "a billion laughs": _body(_laughs(20, 18)),
    "directive flood": _body("{ __typename" + " @skip(if: false)" * 5_000 + " }"),
    "directives within the tokens": _body("{ __typename" + " @a" * 400 + " }"),
    "one field many times": _body("{ " + "viewer { id } " * 249 + "}"),
    "fields in conflict": _body(_conflicts(60)),
    "introspection in circles": _body(
        "{ __schema { types { " + "fields { type { " * 20 + "name" + " } }" * 20 + " } } }"
    ),
    "huge pages in each other": _body(
        "{ users(first: 100) { nodes { timeline(first: 100) { nodes { changes { path } actor { display } } } } } }"
    ),
    "a query of 1 MB": _body("{ viewer { id } } " + "# " + "x" * 1_000_000),
    "a long name": _body("{ " + "x" * 90_000 + " }"),
    "a long text": _body('{ user(by: {slug: "' + "x" * 90_000 + '"}) { id } }'),
    "deep variables": b'{"query": "{ viewer { id } }", "variables": {"a": ' + b"[" * 40_000 + b"]" * 40_000 + b"}}",
    "many variables": _body("{ viewer { id } }", {f"a{n}": n for n in range(6_000)}),
    "deep values": _body("{ users(where: " + "{not: " * 300 + "{}" + "}" * 300 + ") { totalCount } }"),
    "a batch": orjson.dumps([{"query": "{ viewer { id } }"}] * 100),
    "unbalanced": _body("{" * 90_000),
    "not a document": _body("\ufeff" + "\u2028" * 20_000),
}


async def _refuse(api: Api, content: bytes) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": "Bearer secret", "Content-Type": "application/json"}
    response = await api.http.post("/graphql", content=content, headers=headers)
    return response.status_code, response.json()


@pytest.mark.parametrize("what", ABUSE)
async def test_it_is_refused(what: str) -> None:
    status, body = await _refuse(Api.of(viewer()), ABUSE[what])

    assert status in {200, 400, 413}, body
    assert "data" not in body
    assert "INTERNAL_ERROR" not in {error["extensions"]["code"] for error in body["errors"]}
    assert len(orjson.dumps(body)) < 20_000  # the answer is no amplifier


@pytest.mark.parametrize("what", ABUSE)
def test_refusing_is_cheap(what: str) -> None:
    """Best of three: what a collection of garbage takes says nothing about the document."""
    api = Api.of(viewer())
    parsing = min(_cpu_s(lambda: parse(ORDINARY)) for _ in range(5))

    with asyncio.Runner() as runner:
        refusing = min(_cpu_s(lambda text=text: runner.run(_refuse(api, text))) for text in _anew(ABUSE[what]))

    assert refusing / parsing < MOST


def _anew(content: bytes) -> list[bytes]:
    """The same three times, each time new to every cache."""
    return [content.replace(b'"query":"', b'"query":"#%d\\n' % number) for number in range(3)]


def _cpu_s(action: Callable[[], object]) -> float:
    before = time.process_time()
    action()
    return time.process_time() - before
