"""A mapping change over many users: killed in the middle it is all old or all new; SCIM beside it loses nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.bodies import patch_op, person
from tests.services.directory_of_users import World, new_world
from tests.smoke.many_users import copy_user, id_of
from tests.smoke.server import Server, serving

from gatehouse.api.graphql.ids import global_id
from gatehouse.store import database
from gatehouse.store.database import Database, DatabaseOptions

MOST = 100_000  # of one tenant
MANY = 30_000  # enough that an apply takes longer than what happens meanwhile
KILL_AFTER_S = (0.7, 2.5, 5.0)
_DOCUMENT = {"active": True, "pad": "x" * 900}
_CREATE = """mutation($input: MappingPlanCreateInput!) { result: mappingPlanCreate(input: $input) {
  plan { id proposedDigest impact { usersChanged } } userErrors { code message } } }"""
_APPLY = """mutation($input: MappingPlanApplyInput!) { result: mappingPlanApply(input: $input) {
  mapping { number } impact { usersChanged } userErrors { code message } } }"""


@dataclass(frozen=True)
class State:
    """What a mapping change leaves: all of it or nothing."""

    mapping_version: int
    roles: dict[str, int]
    events: int
    versions: int
    applied: int  # plans, and audit entries of applies


@dataclass
class Service:
    """A server with a tenant of so many users, and a client of its admin API."""

    server: Server
    world: World
    key: str
    token: str
    users: int

    async def ask(self, query: str, **given: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=280) as client:
            answer = await client.post(
                f"{self.server.base}/graphql",
                json={"query": query, "variables": {"input": given}},
                headers={"Authorization": f"Bearer {self.key}"},
            )
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]["result"]  # type: ignore[no-any-return]

    async def plan(self, role: str) -> dict[str, Any]:
        version = (await self.state()).mapping_version
        change = {"patch": [{"setRole": {"titleValue": "Agent", "roleKey": role}}]}
        tenant = global_id("Tenant", self.world.tenant_id)
        made = await self.ask(_CREATE, tenantId=tenant, baseVersion=version, change=change)
        assert made["userErrors"] == []
        return made["plan"]  # type: ignore[no-any-return]

    async def apply(self, plan: dict[str, Any]) -> dict[str, Any]:
        return await self.ask(
            _APPLY, planId=plan["id"], expectedDigest=plan["proposedDigest"], maxUsersChanged=self.users + 1_000
        )

    async def waiting(self) -> int:
        """How many users' rows do not yet say what is decided."""
        found = await database.fetch("SELECT count(*) FROM unsettled_access WHERE tenant_id = $1", self.world.tenant_id)
        return int(found[0][0])

    async def state(self) -> State:
        tenant = self.world.tenant_id
        roles = await database.fetch(
            "SELECT r.key, count(*) FROM user_now u JOIN role r ON r.id = u.role_id WHERE u.user_name LIKE 'bulk%'"
            " AND u.tenant_id = $1 GROUP BY r.key",
            tenant,
        )
        row = await database.fetch_one(
            "SELECT t.mapping_version, (SELECT count(*) FROM provisioning_event e WHERE e.tenant_id = t.id"
            " AND e.resource_name LIKE 'bulk%'), (SELECT count(*) FROM mapping_version v WHERE v.tenant_id = t.id),"
            " (SELECT count(*) FROM mapping_plan p WHERE p.tenant_id = t.id AND p.status = 'APPLIED'),"
            " (SELECT count(*) FROM audit_entry a WHERE a.tenant_id = t.id AND a.action = 'mappingPlanApply')"
            " FROM tenant t WHERE t.id = $1",
            tenant,
        )
        assert row is not None
        assert row[3] == row[4]
        return State(row[0], {r[0]: r[1] for r in roles}, row[1], row[2], row[3])


@asynccontextmanager
async def service(url: str, users: int) -> AsyncIterator[Service]:
    """Start the service with its users; the test's own connection to the database is current."""
    given = {"TENANT_RATE_PER_S": "0", "MAPPING_CHANGE_TIMEOUT_S": "280", "DUE_WORK_LEASE_S": "5"}
    with serving(url, **{f"GATEHOUSE_{name}": value for name, value in given.items()}) as server:
        opened = await Database.open(url, options=DatabaseOptions(statement_timeout_s=120))
        with opened.activate():
            world = await new_world()
            await _fill(world, users)
            key = server.command("api-key", "issue", "--name", "plans", "--preset", "owner")
            token = server.command("token", "issue", "acme", "--label", "scim")
            yield Service(server, world, key, token, users)
        await opened.close()


async def _fill(world: World, users: int) -> None:
    """So many copies of one user."""
    seed = await world.user("seed", "Agent", "north", document=_DOCUMENT)
    await copy_user(seed, "bulk", range(1, users + 1))


@pytest.mark.heavy
@pytest.mark.timeout(600)
async def test_kill_in_the_middle_of_an_apply(empty_database_url: str) -> None:
    async with service(empty_database_url, MOST) as running:
        cut = 0
        for number, delay in enumerate(KILL_AFTER_S):
            plan = await running.plan("lead" if (await running.state()).roles == {"agent": MOST} else "agent")
            before = await running.state()
            assert plan["impact"]["usersChanged"] >= MOST
            under_way = asyncio.create_task(running.apply(plan))
            await asyncio.sleep(delay)
            running.server.kill()
            with suppress(httpx.TransportError):
                await under_way
            await _settled(running)
            after = await running.state()
            running.server.start()
            cut += after == before
            assert after in (before, _applied(before, MOST)), number
            await _carried_over(running)
            assert await running.state() == after

        plan = await running.plan("lead" if (await running.state()).roles == {"agent": MOST} else "agent")
        before = await running.state()
        done = await running.apply(plan)
        after = await running.state()

    assert cut > 0
    assert (done["userErrors"], done["mapping"]["number"]) == ([], before.mapping_version + 1)
    assert after == _applied(before, MOST)


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_kill_after_an_apply(empty_database_url: str, begun: bool) -> None:
    """Killed while users' rows are brought up to what is decided: that holds all the same, and the rest follows."""
    async with service(empty_database_url, MANY) as running:
        before = await running.state()
        done = await running.apply(await running.plan("lead"))
        if begun:
            await _begun(running)
        running.server.kill()
        await _settled(running)
        waiting = await running.waiting()
        after = await running.state()
        running.server.start()
        await _carried_over(running)
        end = await running.state()
        rows = await database.fetch(
            "SELECT r.key, count(*) FROM scim_user u JOIN role r ON r.id = u.role_id WHERE u.user_name LIKE 'bulk%'"
            " GROUP BY r.key"
        )

    assert done["userErrors"] == []
    assert 0 < waiting < MANY if begun else waiting >= MANY
    assert after == end == _applied(before, MANY)
    assert [(row[0], row[1]) for row in rows] == [("lead", MANY)]


async def _begun(running: Service) -> None:
    """Wait until the first users' rows say what is decided."""
    for _ in range(600):
        if await running.waiting() < running.users:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("what a mapping change decided does not come to the rows of the users")


async def _carried_over(running: Service) -> None:
    """Wait until the rows of the users say what is decided; the lease of a killed worker has to end first."""
    for _ in range(1_200):
        if not await running.waiting():
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("what a mapping change decided has not come to the rows of the users")


def _applied(before: State, users: int) -> State:
    role = "lead" if before.roles == {"agent": users} else "agent"
    first = 1 if before.versions == 0 else 0  # what the tenant started with is recorded too
    return State(
        before.mapping_version + 1,
        {role: users},
        before.events + users,
        before.versions + 1 + first,
        before.applied + 1,
    )


async def _settled(running: Service) -> None:
    """Wait until PostgreSQL has noticed that its client is gone: what was under way ends with it."""
    if database.dialect() == "postgres":
        busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse' AND pid <> pg_backend_pid()"
        busy += " AND datname = current_database() AND state <> 'idle'"
        for _ in range(600):
            if not (await database.fetch(busy))[0][0]:
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("a connection of the killed server is still at work")


@pytest.mark.heavy
@pytest.mark.timeout(600)
async def test_scim_goes_on_beside_an_apply(
    empty_database_url: str, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """On SQLite a write that waits for longer than the lock timeout is refused with 503; nothing is lost or half done."""
    engine = empty_database_url.partition(":")[0]
    async with service(empty_database_url, MANY) as running:
        plan = await running.plan("lead")
        beside, after = Beside(), Beside()
        under_way = asyncio.create_task(_measured(running, plan))
        await beside.go_on(running, _newcomers, until=under_way)
        done, took_s = under_way.result()
        carrying = asyncio.create_task(_carried_over(running))
        await after.go_on(running, _promoted, until=carrying)
        created = await database.fetch("SELECT user_name, role_id FROM user_now WHERE user_name LIKE 'p%'")
        moved = await database.fetch(
            "SELECT (SELECT r.key FROM role r WHERE r.id = u.role_id), u.role_id = x.role_id FROM user_now u"
            " JOIN scim_user x ON x.id = u.id WHERE u.user_name LIKE 'bulk%' AND u.title = 'Manager'"
        )

    figures = f"{MANY / took_s:,.0f} users/s; SCIM beside: {beside}; while users' rows follow: {after}"
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{engine}: {figures}")  # noqa: T201
    assert set(beside.answers) <= {200, 201} | ({503} if engine == "sqlite" else set())
    assert set(after.answers) <= {200, 201}
    assert sorted(row["user_name"] for row in created) == sorted(beside.names)
    assert {row["role_id"] for row in created} <= {None}
    assert [(row[0], bool(row[1])) for row in moved] == [("manager", True)] * len(after.names)
    assert (done["userErrors"], done["mapping"]) == ([], {"number": 2})


async def _measured(running: Service, plan: dict[str, Any]) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    return await running.apply(plan), time.perf_counter() - started


Step = Callable[["Beside", httpx.AsyncClient, str], Awaitable[None]]


@dataclass
class Beside:
    """What four clients of SCIM do beside something, and how long they wait for each answer."""

    waits: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)  # of those whom a request has created or moved

    async def go_on(self, running: Service, step: Step, *, until: asyncio.Task[Any]) -> None:
        await asyncio.gather(*(self._someone(running, step, number, until) for number in range(4)))

    async def _someone(self, running: Service, step: Step, number: int, until: asyncio.Task[Any]) -> None:
        headers = {"Authorization": f"Bearer {running.token}"}
        async with httpx.AsyncClient(base_url=f"{running.server.base}/scim/v2", headers=headers, timeout=60) as client:
            turn = 0
            while not until.done():
                turn += 1
                await step(self, client, f"{number}-{turn}")
                await asyncio.sleep(0.02)

    async def ask(self, request: Awaitable[httpx.Response]) -> httpx.Response:
        started = time.perf_counter()
        answer = await request
        self.waits.append(time.perf_counter() - started)
        self.answers[answer.status_code] += 1
        return answer

    def __str__(self) -> str:
        waits = sorted(self.waits)
        if not waits:
            return "no requests"
        p50, p99, longest = waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1]
        return f"{len(waits)} requests, p50 {p50:.3f} s, p99 {p99:.3f} s, max {longest:.3f} s, {dict(self.answers)}"


async def _newcomers(beside: Beside, client: httpx.AsyncClient, turn: str) -> None:
    """Create and patch a person whom the change does not touch; read one whom it does."""
    name = f"p{turn}@corp.example"
    answer = await beside.ask(client.post("/Users", json=person(name, title="Visitor")))
    if answer.status_code == 201:
        beside.names.append(name)
        change = patch_op({"op": "replace", "path": "displayName", "value": f"Visitor {turn}"})
        await beside.ask(client.patch(f"/Users/{answer.json()['id']}", json=change))
    await beside.ask(client.get(f"/Users/{_bulk(turn)}"))


async def _promoted(beside: Beside, client: httpx.AsyncClient, turn: str) -> None:
    """Read somebody whom the change touched, and give a title with another role."""
    path = f"/Users/{_bulk(turn)}"
    await beside.ask(client.get(path))
    change = patch_op({"op": "replace", "path": "title", "value": "Manager"})
    answer = await beside.ask(client.patch(path, json=change))
    assert answer.status_code == 200, answer.text
    beside.names.append(turn)


def _bulk(turn: str) -> str:
    """The id of a user whom _fill made, another one for each turn."""
    number, step = map(int, turn.split("-"))
    return id_of(MANY - (4 * step + number) * 7 % MANY)
