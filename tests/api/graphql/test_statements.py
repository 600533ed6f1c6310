"""However many rows are shown, the number of SQL statements stays the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.api.graphql.people import Api, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW

from gatehouse.records import Origin
from gatehouse.services import managed_credentials
from gatehouse.services.clock import now
from gatehouse.store.database import Database, fetch

USERS = "{ users(first: 100) { nodes { %s } } }"
QUERIES = {
    "scalars": (USERS % "userName workEmail title", 1),
    "count": ("{ users { totalCount nodes { id } } }", 2),
    "page info": ("{ users(first: 2) { pageInfo { hasNextPage hasPreviousPage } nodes { id } } }", 1),
    "tenant": (USERS % "tenant { slug }", 2),
    "role and groups": (USERS % "role { name } groups { name }", 3),
    "access": (USERS % "access { summary role { matchedRule { role { key } } assertedBy { id } } }", 4),
    "why": (USERS % "override { reason } access { role { decidedBy { id } } groups { decidedBy { id } } }", 5),
    "past": (
        USERS % 'access(asOf: "2026-11-25T10:00:00Z") { asOf summary role { assertedBy { id } decidedBy { id } } }',
        6,
    ),
    "timeline": (USERS % "timeline(first: 3) { totalCount nodes { id actor { display } } }", 3),
    "attributes": (USERS % "attributes { name value source assertedBy { id } previousValue }", 4),
    "attributes then": (USERS % 'attributes(asOf: "2026-11-25T10:00:00Z") { name value assertedAt }', 5),
    "events": ("{ provisioningEvents { nodes { user { role { key } } tenant { name } } } }", 4),
    "tenants": ("{ tenants { nodes { users(first: 5) { totalCount nodes { id } } roles { key } employeeGroups { key } } } }", 5),
    "last seconds": ("{ tenants { nodes { users(where: {updatedAt: {lastSeconds: 2000000000}}) { totalCount nodes { id } } } } }", 3),
    "holders": ("{ tenants { nodes { roles { userCount } employeeGroups { userCount } } } }", 7),
    "mappings": ("{ tenants { nodes { mapping { number roleRules { value: titleValue } diff { text } } } } }", 9),
    "versions": ("{ tenants { nodes { mappingVersions { totalCount nodes { number diff { text } settings { delimiter } } } } } }", 9),
    "plans": ("{ tenants { nodes { mappingPlans(openOnly: true) { totalCount nodes { id } } jobs { totalCount nodes { id } } } } }", 5),
    "unmapped": ("{ tenants { nodes { unmappedValues { totalCount nodes { value users } } } } }", 3),
    "last provisioned": (USERS % "lastProvisionedAt", 2),
    "facets": ("{ users { facets(by: [STATUS, ROLE, USER_TYPE_SEGMENT]) { values { label count } } } }", 6),
    "facets of tenants": ("{ tenants { nodes { users { facets(by: [STATUS, TITLE]) { values { label count } } } } } }", 4),
    "requests": ("{ scimRequests { nodes { tenant { slug } user { role { key } } events { totalCount nodes { user { id } } } } } }", 6),
    "connections": ("{ tenants { nodes { connection { lastContactAt lastSuccessAt lastWriteAt health { state } } } } }", 6),
    "refused": ("{ tenants { nodes { connection { rejectedCredentials { reason } } } } }", 2),
    "insights": ("{ tenants { nodes { insights(range: DAY) { requestsSince requests { value } latency { value } activeUsers { value } cycles { requests } topErrors { count latestRequest { tenant { slug } } } roleDistribution { count } } } } }", 12),
    "nested": ("{ tenants { nodes { users { nodes { timeline(first: 2) { nodes { user { tenant { id } } } } } } } } }", 5),
}  # fmt: skip

WHETHER_UNSETTLED = "SELECT 1 FROM unsettled_access"  # asked before access is counted, on PostgreSQL
ASKING = {"facets": 1, "holders": 2, "insights": 2, "unmapped": 2}  # how often


@pytest.fixture
async def statements(database: Database) -> list[str]:
    """Every statement that reaches the database, as its driver tells."""
    seen: list[str] = []
    if database.dialect == "sqlite":
        await fetch("SELECT 1")  # opens the file
        database._engine._reader.set_trace_callback(seen.append)
        return seen
    pool = database._engine.pool
    connections = [await pool.acquire() for _ in range(pool.size)]  # all there can be
    for connection in connections:
        connection.add_query_logger(lambda query: seen.append(query.query))
        pool.release(connection)
    return seen


async def test_statements_do_not_grow_with_rows(
    database: Database, statements: list[str], subtests: pytest.Subtests
) -> None:
    api = Api.of(viewer())
    counts: dict[str, list[tuple[int, int]]] = {name: [] for name in QUERIES}
    age = (now() - NOW) / timedelta(minutes=1) - 60

    for number, people in enumerate((2, 9)):
        community = await new_community(f"tenant-{number}")
        for person in range(people):
            user = await community.add(f"P{person}", title="Agent", userType="north-vip", minute=person)
            await log(community.tenant, age + person, status=404, resource_id=user.id, request_id=f"request-{user.id}")
        for name, (query, _) in QUERIES.items():
            await api.data(query)  # the mapping of the tenant is in memory from here on
            statements.clear()
            await api.data(query)
            asking = sum(statement.startswith(WHETHER_UNSETTLED) for statement in statements)
            counts[name].append((len(statements) - asking, asking))

    for name, (_, expected) in QUERIES.items():
        with subtests.test(name):
            asking = counts[name][0][1]
            assert counts[name] == [(expected, asking)] * 2
            assert asking <= (ASKING.get(name, 0) if database.dialect == "postgres" else 0)


async def test_tokens_and_who_issued_them_are_two_more_statements(database: Database, statements: list[str]) -> None:
    api = Api.of(viewer())
    query = "{ tenants { nodes { connection { tokens { label createdBy { display } revokedBy { display } } } } } }"
    counts = []

    for number, tokens in enumerate((1, 6)):
        community = await new_community(f"tenant-{number}")
        for _ in range(tokens):
            wish = {"label": "Entra", "expires_in_days": 1, "actor": viewer().actor, "origin": Origin("r")}
            token, _ = await managed_credentials.issue_token(community.tenant.id, **wish)  # type: ignore[arg-type]
        await managed_credentials.revoke_token(community.tenant.id, token.id, actor=viewer().actor, origin=Origin("r"))
        statements.clear()
        await api.data(query)
        counts.append(sum(statement.startswith("SELECT") for statement in statements))

    assert counts == [3, 3], statements


async def test_users_side_by_side_take_one_statement(database: Database, statements: list[str]) -> None:
    api, community = Api.of(viewer()), await new_community("acme")
    ids = [str((await community.add(name)).id) for name in ("Ana", "Bob")]
    query = "query($a: UUID!, $b: UUID!) { a: user(by: {scimId: $a}) { scimId } b: user(by: {scimId: $b}) { scimId } }"

    for _ in range(3):  # by the executor first, then by plan
        statements.clear()
        found = await api.data(query, a=ids[0], b=ids[1])
        await asyncio.sleep(0)  # the driver tells in the next round of the loop

        assert found == {"a": {"scimId": ids[0]}, "b": {"scimId": ids[1]}}
        assert sum(statement.startswith("SELECT") for statement in statements) == 1


async def test_a_user_found_by_id_is_not_looked_up_again(database: Database, statements: list[str]) -> None:
    api, community = Api.of(viewer()), await new_community("acme")
    person = await community.add("Ana")
    query = "query($id: UUID!) { user(by: {scimId: $id}) { timeline { nodes { user { userName } } } } }"

    for _ in range(3):  # by the executor first, then by plan
        statements.clear()
        found = await api.data(query, id=str(person.id))
        await asyncio.sleep(0)  # as above

        assert found["user"]["timeline"]["nodes"] == [{"user": {"userName": "ana@contoso.example"}}]
        assert sum(statement.startswith("SELECT") for statement in statements) == 2, statements


TOO_MANY_PARTS = "insights(range: MONTH, bucket: MINUTE) { __typename }"  # refused at once, by what returns no promise


@pytest.mark.parametrize(
    "query",
    [
        f"{{ tenants {{ nodes {{ roles {{ name }} users {{ nodes {{ id }} totalCount }} {TOO_MANY_PARTS} }} }} }}",
        f"""query($id: ID!) {{ a: tenant(by: {{id: $id}}) {{ roles {{ name }} {TOO_MANY_PARTS} }}
                               b: tenant(by: {{id: $id}}) {{ slug }} }}""",
    ],
)
async def test_fields_beside_one_that_fails_ask_for_nothing_after_the_answer(statements: list[str], query: str) -> None:
    acme = await new_community("acme")
    api = Api.of(viewer())

    for _ in range(2):  # by the executor, and where there might be a plan
        body = await api.ask(query, id=acme.id)
        assert "has more than 1,500 parts" in body["errors"][0]["message"]
        await asyncio.sleep(0)  # PostgreSQL's driver tells in the next turn of the loop
        asked = list(statements)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)
        await asyncio.sleep(0)

        assert not asyncio.all_tasks() - {asyncio.current_task()}
        assert statements == asked
