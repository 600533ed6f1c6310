"""What other people's tools find at ``/graphql``: graphql-http's audits, schemathesis, and a guesser of schemas."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import graphql
import pytest
import schemathesis
from graphql import (
    ArgumentNode,
    GraphQLInputObjectType,
    IntValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
)
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from tests.smoke.server import Server, serving

_HERE = Path(__file__).parent
_TOP = _HERE.parents[1]
_SDL = (_TOP / "schema.graphql").read_text("utf-8")
_SCHEMA = graphql.build_schema(_SDL)

# What the audits call MAY: GraphQL over GET, which we never answer (no request of another site gets through)
_NOT_OFFERED = {"5A70", "6A70", "D6D5"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its demo tenant, so that there are things to find."""
    url = f"sqlite:///{tmp_path_factory.mktemp('peers') / 'peers.db'}"
    with serving(url, GATEHOUSE_API_KEY_RATE_PER_S="0") as running:
        running.command("tenant", "create", "contoso", "--name", "Contoso")
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.command("api-key", "issue", "--name", "peers", "--preset", "owner")


def test_graphql_over_http_audits(server: Server, key: str) -> None:
    command = ["node", "graphql_http.mjs", f"{server.base}/graphql", key]
    done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own arguments
    audits = [json.loads(line) for line in done.stdout.splitlines()]

    assert [audit for audit in audits if audit["status"] != "ok" and audit["id"] not in _NOT_OFFERED] == []
    assert {audit["id"] for audit in audits if audit["status"] == "notice"} == _NOT_OFFERED
    assert len(audits) == 61


class _WithinTheRules(Visitor):
    """Mends what the generator cannot know from the types.

    ``@oneOf`` inputs take one field; a page has 0 to 100 rows, a facet 1 to 100 values; the last seconds are no less than none; nothing is
    compared with null (``isNull`` asks for what is missing: a variable that is null by mistake must not widen a list).
    """

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def enter_object_value(self, node: ObjectValueNode, *_: object) -> ObjectValueNode | None:
        kind = get_named_type(self._types.get_input_type())
        if not isinstance(kind, GraphQLInputObjectType):
            return None
        given = [field for field in node.fields if not isinstance(field.value, graphql.NullValueNode)]
        if not kind.is_one_of:
            return ObjectValueNode(fields=tuple(given)) if kind.name.endswith("Filter") else None
        return ObjectValueNode(fields=tuple(given[:1] or [_some_field(kind)]))

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> ObjectFieldNode | None:
        if node.name.value != "lastSeconds" or not isinstance(node.value, IntValueNode):
            return None
        return ObjectFieldNode(name=node.name, value=IntValueNode(value=node.value.value.lstrip("-")[:9]))

    def enter_argument(self, node: ArgumentNode, *_: object) -> ArgumentNode | None:
        least = {"first": 0, "last": 0, "values": 1}.get(node.name.value)
        if least is None or not isinstance(node.value, IntValueNode):
            return None
        return ArgumentNode(name=node.name, value=IntValueNode(value=str(max(least, abs(int(node.value.value)) % 101))))


def _some_field(kind: GraphQLInputObjectType) -> ObjectFieldNode:
    """A field with a value that fits it."""
    values = {"ID": '"none"', "String": '"none"', "UUID": f'"{UUID(int=1)}"', "Int": "1"}
    found = (
        f"{{{name}: {values[str(field.type)]}}}" for name, field in kind.fields.items() if str(field.type) in values
    )
    value: ObjectFieldNode = graphql.parse_value(next(found)).fields[0]  # type: ignore[attr-defined]
    return value


# NUL, which PostgreSQL does not take, is refused before anything runs
_CONFIG = SchemathesisConfig.from_dict({"generation": {"allow-x00": False, "mode": "positive"}})
_PLAN = schemathesis.graphql.from_dict(graphql.introspection_from_schema(_SCHEMA), config=_CONFIG)  # type: ignore[arg-type]


@_PLAN.hook
def map_body(_context: schemathesis.HookContext, body: Any) -> Any:
    types = TypeInfo(_SCHEMA)
    return graphql.visit(body, TypeInfoVisitor(types, _WithinTheRules(types)))


@_PLAN.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_schemathesis(case: schemathesis.Case, server: Server, key: str) -> None:
    """No query that fits the schema is an error: what can be expected to happen is data."""
    response = case.call(base_url=f"{server.base}/graphql", headers={"Authorization": f"Bearer {key}"})

    case.validate_response(response)


def test_a_guesser_recovers_nothing_without_a_key(server: Server, key: str, tmp_path: Path) -> None:
    assert _guessed(server, tmp_path, f"Authorization: Bearer {key}") >= {"tenants", "users", "viewer"}
    assert _guessed(server, tmp_path, "Authorization: Bearer nothing") == set()


def _guessed(server: Server, folder: Path, header: str) -> set[str]:
    """Run clairvoyance with the names that it would have to guess; the fields of Query that it finds."""
    words, found = folder / "words", folder / "schema.json"
    words.write_text("tenants\nusers\nviewer\nsupplement\n")
    command = [str(_TOP / ".venv/clairvoyance/bin/clairvoyance"), "--wordlist", str(words), "--output", str(found)]
    command += ["--header", header, "--max-retries", "1", f"{server.base}/graphql"]
    subprocess.run(command, capture_output=True, timeout=60, check=False)  # noqa: S603 - our own arguments
    if not found.exists():
        return set()
    types = json.loads(found.read_text())["data"]["__schema"]["types"]
    found.unlink()
    return {field["name"] for kind in types if kind["name"] == "Query" for field in kind["fields"]}
