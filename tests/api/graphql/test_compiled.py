"""Plans answer what the executor answers, or leave the answer to it."""

from __future__ import annotations

import gc
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    parse,
)
from strawberry.types.arguments import convert_arguments
from strawberry.types.execution import PreExecutionError
from tests.api.graphql.people import ACCOUNT_MANAGER, READER, Community, new_community, viewer
from tests.api.graphql.random_queries import RandomQueries
from tests.fixtures import NOW

from gatehouse.api.graphql.compiled.arguments import DEFINITION, converter
from gatehouse.api.graphql.compiled.plan import Deviation, Plan
from gatehouse.api.graphql.compiled.plans import Plans, answer
from gatehouse.api.graphql.compiled.selection import Uncompilable
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.events import ProvisioningEvent
from gatehouse.api.graphql.loaders import Loaders
from gatehouse.api.graphql.schema import schema
from gatehouse.api.graphql.server import Server
from gatehouse.api.graphql.users import User
from gatehouse.records import Viewer
from gatehouse.store.database import Database

SCHEMA: GraphQLSchema = schema._schema
QUERIES = 400
SERVER = Server()


def _context(who: Viewer) -> Context:
    context = Context(
        who, "request-1", now=NOW + timedelta(days=2), max_cost=10**9, server=SERVER
    )  # prices are tested elsewhere
    context.loaders = Loaders(context)
    return context


async def _by_plan(query: str, who: Viewer, **variables: Any) -> Any:
    return await Plan(SCHEMA, parse(query), None).run(variables, _context(who))


async def _by_executor(query: str, who: Viewer, **variables: Any) -> Any:
    result = await schema.execute(query, variable_values=variables, context_value=_context(who))
    assert result.errors is None, result.errors
    return result.data


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    for number, (title, user_type) in enumerate([("Agent", "north-vip"), ("Nobody", "x"), ("Property Manager", "vip")]):
        await community.add(f"P{number}", title=title, userType=user_type, minute=number, active=number != 1)
        await community.happen(number, 60 + number)
    await community.add("Gone")
    await community.delete(3)
    return community


# graphql-core leaves coroutines behind when it stops at an error; plans do not, as the tests below show
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(120)
async def test_random_queries_are_answered_alike(acme: Community) -> None:
    other = await new_community("beta")
    await other.add("Zoe", None)
    ids = [acme.id, other.id, *(acme.person_id(n) for n in range(4)), other.person_id(0), "VXNlcjo", "none"]
    viewers = [
        viewer(),
        viewer((acme.tenant.id, ACCOUNT_MANAGER), (other.tenant.id, READER)),
        viewer((other.tenant.id, READER)),
    ]
    random = Random(20_261_128)  # noqa: S311 - repeatable
    queries = RandomQueries(SCHEMA, random, ids)
    compiled = 0

    for _ in range(QUERIES):
        query, who = queries.query(), random.choice(viewers)
        result = await schema.execute(query, context_value=_context(who))
        if isinstance(result, PreExecutionError):
            continue  # over budget, or two fields under one alias: nothing that is ever compiled
        try:
            data = await _by_plan(query, who)
        except Deviation:
            assert result.errors, query
            continue
        compiled += 1
        assert result.errors is None, (query, result.errors)
        assert data == result.data, query
        assert list(_keys(data)) == list(_keys(result.data)), query

    gc.collect()  # what is left behind is found here, and not in another test
    assert compiled > QUERIES * 0.6  # the rest is over budget or an error


def _keys(value: Any) -> Any:
    """All keys in order: the order of the answer is the order of the question."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)


def _listed() -> list[str]:
    """A list for each field of what is listed by the columns that it needs, in both ways."""
    lists = {
        User: "users(where: {or: [{status: [ACTIVE, DISABLED, DELETED]}]})",
        ProvisioningEvent: "provisioningEvents",
    }
    queries = []
    for kind, asked in lists.items():
        fields: dict[str, Any] = SCHEMA.type_map[kind.__name__].fields  # type: ignore[attr-defined]
        for name, field in fields.items():
            if is_leaf_type(get_named_type(field.type)):
                selected = name
            else:
                selected = f"{name}{ARGUMENTS.get(name, '')} {{ {INSIDE.get(name, '__typename')} }}"
            queries += [
                f"{{ {asked} {{ nodes {{ {selected} }} }} }}",
                f"{{ {asked} {{ edges {{ node {{ {selected} }} }} }} }}",
            ]
    return queries


ARGUMENTS = {"whyNot": '(roleId: "none")'}
INSIDE = {
    "actor": "kind id display",
    "changes": "path before after",
    "access": "__typename",
    "emails": "value type primary",
    "timeline": "nodes { id reason changes { path } }",
    "user": "userName timeline(first: 2) { nodes { id } }",
}


async def test_each_field_of_a_list_alone(acme: Community, subtests: pytest.Subtests) -> None:
    for query in _listed():
        for who in (viewer(), viewer((acme.tenant.id, READER))):
            with subtests.test(query=query, grants=len(who.grants)):
                assert await _by_plan(query, who) == await _by_executor(query, who)


VARIABLES = """query($first: Int = 2, $where: UserWhere, $id: ID!) {
  users(first: $first, where: $where) { nodes { ...who } pageInfo { hasNextPage endCursor } totalCount }
  node(id: $id) { __typename ... on User { ...who emails { value } } ... on Tenant { slug } } }
fragment who on User { userName role { key } groups { key } ...when }
fragment when on User { createdAt updatedAt status }"""


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"first": None},
        {"first": 0},
        {"where": {"title": {"eq": "agent"}}},
        {"where": {"or": [{"title": {"isNull": True}}, {"status": ["DISABLED"]}]}},
    ],
)
async def test_variables(acme: Community, variables: dict[str, Any]) -> None:
    for node in (acme.id, acme.person_id(0), acme.person_id(3), "none"):
        given = {**variables, "id": node}

        assert await _by_plan(VARIABLES, viewer(), **given) == await _by_executor(VARIABLES, viewer(), **given)


@pytest.mark.parametrize(
    "query",
    [
        'mutation { roleUpsert(input: {tenantId: 1, key: "a", name: "b"}) { requestId } }',
        "{ __schema { queryType { name } } }",
        "query($yes: Boolean!) { viewer { name @include(if: $yes) } }",
        "query($yes: Boolean!) { ... @skip(if: $yes) { viewer { name } } }",
    ],
)
def test_what_is_not_compiled(query: str) -> None:
    with pytest.raises(Uncompilable):
        Plan(SCHEMA, parse(query), None)


@pytest.mark.parametrize(
    "query",
    [
        "query($yes: Boolean!) { viewer { name @include(if: $yes) } }",
        '{ user(by: {id: "a", scimId: "00000000-0000-0000-0000-000000000007"}) { id } }',
        '{ users(first: "x") { totalCount } }',
    ],
)
def test_what_cannot_be_a_plan_is_left_to_the_executor(query: str) -> None:
    plans = Plans(SCHEMA)
    plans.proved(query, None)

    assert [plans.find(query, None) for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    "variables",
    [{"where": {"title": {"eq": None}}, "id": "VXNlcjo"}, {}, {"first": "x", "id": "x"}, {"first": 101, "id": "x"}],
)
async def test_errors_are_left_to_the_executor(acme: Community, variables: dict[str, Any]) -> None:
    plan = Plan(SCHEMA, parse(VARIABLES), None)

    assert await answer(plan, variables, _context(viewer())) is None


def test_only_what_came_twice_is_compiled_and_only_so_much_is_kept() -> None:
    plans = Plans(SCHEMA, capacity=2)
    for query in ("{ viewer { name } }", "{ viewer { id } }"):
        assert plans.find(query, None) is None
        plans.proved(query, None)

    first = plans.find("{ viewer { name } }", None)
    plans.proved("{ viewer { kind } }", None)

    assert isinstance(first, Plan)
    assert plans.find("{ viewer { name } }", None) is first
    assert plans.find("{ viewer { id } }", None) is None  # the one not asked for longest had to go


def test_an_operation_is_found_by_its_name() -> None:
    plans = Plans(SCHEMA)
    document = "query one { viewer { name } } query two { viewer { id } }"
    for name in ("one", "two"):
        plans.proved(document, name)

    assert plans.find(document, "one") is not plans.find(document, "two")
    assert plans.find(document, None) is None


def _examples(kind: Any, depth: int) -> list[Any]:
    """Values of an input type as the executor coerces them: nothing, null, a list, each field alone, all of them."""
    if is_non_null_type(kind):
        return [value for value in _examples(kind.of_type, depth) if value is not None]
    if is_list_type(kind):
        return [None, [], *([value] for value in _examples(kind.of_type, depth))]
    if not is_input_object_type(kind):
        return [None, "value"]
    fields = {name: _examples(field.type, depth - 1) for name, field in kind.fields.items() if depth}
    required = (
        {name: fields[name][0] for name, field in kind.fields.items() if is_required_input_field(field)}
        if depth
        else {}
    )
    alone = [{**required, name: value} for name, values in fields.items() for value in values]
    return [None, *alone, {name: values[-1] for name, values in fields.items()}]


def test_arguments_are_converted_as_strawberry_does() -> None:
    root = SCHEMA.query_type
    assert root is not None
    config, compared = schema.config, 0
    for definition in root.fields.values():
        field = definition.extensions[DEFINITION]
        convert = converter(definition)
        for name, argument in definition.args.items():
            for value in _examples(argument.type, 2):
                expected = convert_arguments(
                    {name: value}, field.arguments, schema.schema_converter.scalar_registry, config
                )
                assert convert({name: value}) == expected, (name, value)
                compared += 1
    assert compared > 300
