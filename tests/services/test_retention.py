"""What is older than its tenant keeps it goes, and nothing else: access of any moment within that time stays as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from tests.api.graphql.people import new_community
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW, insert, new_group, new_tenant, new_user

from gatehouse.records import to_microseconds
from gatehouse.services import retention
from gatehouse.services.clock import now
from gatehouse.services.due_work import DueWork
from gatehouse.store import access_history, database as store, outbox
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7

Days = Sequence[int]
DAY = timedelta(days=1)


def days_ago(number: float) -> datetime:
    return NOW - number * DAY


async def add_events(tenant_id: UUID, ages: Days) -> None:
    for age in ages:
        at = to_microseconds(days_ago(age))
        await insert(
            "provisioning_event", id=uuid7(), tenant_id=tenant_id, occurred_at=at, resource_kind="User",
            action="update", outcome="success", actor_kind="SYSTEM", actor_display="x", request_id="r", changes="[]",
        )  # fmt: skip


async def add_requests(tenant_id: UUID | None, ages: Days) -> None:
    for age in ages:
        at = to_microseconds(days_ago(age))
        await insert(
            "request_log", id=uuid7(), tenant_id=tenant_id, received_at=at, method="GET", path="/Users",
            operation="LIST_USERS", status=200, duration_us=1, request_id="r",
        )  # fmt: skip


async def ages(table: str, when: str, tenant_id: UUID | None) -> list[float]:
    owner, given = ("tenant_id = $1", (tenant_id,)) if tenant_id else ("tenant_id IS NULL", ())
    rows = await store.fetch(f"SELECT {when} FROM {table} WHERE {owner} ORDER BY {when} DESC", *given)
    return [(to_microseconds(NOW) - row[0]) / (DAY / timedelta(microseconds=1)) for row in rows]


async def test_each_tenant_keeps_what_it_says(database: Database) -> None:
    short = await new_tenant("short", event_retention_days=60, request_retention_days=2)
    usual = await new_tenant("usual")
    for tenant in (short, usual):
        await add_events(tenant.id, [1, 59, 61, 62, 63, 399, 401])
        await add_requests(tenant.id, [1, 3, 4, 5, 6, 29, 31])
    await add_requests(None, [1, 29, 31, 32, 33])

    await retention.purge_all(NOW, at_once=2)  # several statements for each

    assert await ages("provisioning_event", "occurred_at", short.id) == [1, 59]
    assert await ages("provisioning_event", "occurred_at", usual.id) == [1, 59, 61, 62, 63, 399]
    assert await ages("request_log", "received_at", short.id) == [1]
    assert await ages("request_log", "received_at", usual.id) == [1, 3, 4, 5, 6, 29]
    assert await ages("request_log", "received_at", None) == [1, 29]


async def test_the_work_of_an_hour_deletes_what_is_too_old_now(database: Database) -> None:
    tenant = await new_tenant()
    await add_events(tenant.id, [0, 0])
    first = "(SELECT id FROM provisioning_event ORDER BY id LIMIT 1)"
    await store.execute(f"UPDATE provisioning_event SET occurred_at = 0 WHERE id = {first}")
    await store.execute("UPDATE provisioning_event SET occurred_at = $1 WHERE occurred_at > 0", _us(now()))

    await retention.do_purge(outbox.Work(uuid7(), UUID(int=0), retention.PURGE, {}, 1))

    rows = await store.fetch("SELECT occurred_at FROM provisioning_event")
    assert [row[0] > 0 for row in rows] == [True]


async def test_what_is_left_of_the_deleted_goes_with_their_history(database: Database) -> None:
    """Also what refers to them; who was not deleted stays, and so does the audit trail."""
    tenant, other = await new_tenant(event_retention_days=100), await new_tenant("other")
    for number, age in enumerate((None, 99, 101, 102, 300)):
        at = None if age is None else _us(days_ago(age))
        for owner in (tenant, other):
            user = await new_user(owner.id, f"u{number}@x.example", deleted_at=at)
            group = await new_group(owner.id, f"g{number}", user.id)
            await store.execute("UPDATE scim_group SET deleted_at = $1 WHERE id = $2", at, group.id)
            await insert(
                "audit_entry", id=uuid7(), tenant_id=owner.id, occurred_at=0, actor_kind="SYSTEM", actor_display="x",
                action="x", target_type="User", target_id=str(user.id), changes="[]", request_id="r", outcome="success",
            )  # fmt: skip

    await retention.purge(tenant, NOW, at_once=2)

    names = "SELECT {} FROM {} WHERE tenant_id = $1 ORDER BY 1"
    found = [
        [str(row[0]) for row in await store.fetch(names.format(name, table), owner.id)]
        for owner in (tenant, other)
        for name, table in (("user_name", "scim_user"), ("display_name", "scim_group"))
    ]
    kept, all_ = ["u0@x.example", "u1@x.example"], range(5)
    assert found == [kept, ["g0", "g1"], [f"u{n}@x.example" for n in all_], [f"g{n}" for n in all_]]
    counts = [
        len(await store.fetch(names.format("tenant_id", table), tenant.id)) for table in ("group_member", "audit_entry")
    ]
    assert counts == [2, 5]


async def test_access_within_the_retention_is_as_it_was(database: Database) -> None:
    """States that end before, at and after the boundary, and one that holds across it."""
    tenant = await new_tenant(event_retention_days=100)
    users = [(await new_user(tenant.id, f"u{n}@x.example", access_since=_us(days_ago(5)))).id for n in range(3)]
    bounds = {users[0]: [300, 200, 100, 50, 5], users[1]: [900, 101, 99, 5], users[2]: [400, 5]}
    for user_id, edges in bounds.items():
        for since, until in pairwise(edges):
            await insert(
                "access_history", tenant_id=tenant.id, user_id=user_id, since=_us(days_ago(since)),
                until=_us(days_ago(until)), active=True, mapping_version=1, access=f'"{since}"',
            )  # fmt: skip
    moments = [days_ago(age) for age in (100, 99.9, 99, 98, 60, 50, 20, 5.01, 1)]
    before = [await access_history.at(users, moment) for moment in moments]

    await retention.purge(tenant, NOW, at_once=2)

    assert [await access_history.at(users, moment) for moment in moments] == before
    rows = await store.fetch("SELECT access FROM access_history ORDER BY user_id, until")
    assert [row[0] for row in rows] == ['"100"', '"50"', '"101"', '"99"', '"400"']
    assert await access_history.at(users[:2], days_ago(250)) == {}


def _us(moment: datetime) -> int:
    return to_microseconds(moment)


async def test_each_hour_has_one_piece_of_work(database: Database) -> None:
    """However many processes see to it; and work that was done is not done again."""
    await asyncio.gather(*(retention.plan(NOW) for _ in range(5)))
    done = await DueWork({retention.PURGE: _nothing}).do_due()
    await retention.plan(NOW + timedelta(minutes=20))
    again = await DueWork({retention.PURGE: _nothing}).do_due()
    await retention.plan(NOW + timedelta(minutes=40))

    assert (done, again) == (1, 0)
    assert len(await store.fetch("SELECT id FROM outbox")) == 2


async def _nothing(_work: outbox.Work) -> None:
    return


async def test_writers_go_on_meanwhile(database: Database) -> None:
    """Between any two statements of a purge others get their turn."""
    acme = await new_community()
    await add_requests(acme.tenant.id, [100] * 60)
    seen = list[int]()

    async def write() -> None:
        while not purging.done():
            await log(acme.tenant, 5)
            seen.append(len(await ages("request_log", "received_at", acme.tenant.id)))
            await asyncio.sleep(0.001)

    purging = asyncio.create_task(retention.purge(acme.tenant, NOW, at_once=5))
    await asyncio.gather(purging, write())

    assert len([count for count in seen if count > 0]) > 5
    assert len(set(await ages("request_log", "received_at", acme.tenant.id)) & {100.0}) == 0
