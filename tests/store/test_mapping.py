"""Loading and saving mappings, and the audit trail beside them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fixtures import NOW, new_employee_group, new_group_rule, new_role, new_role_rule, new_tenant

from gatehouse.errors import NotFound, StaleVersion
from gatehouse.mapping import edit
from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule
from gatehouse.records import Actor, ActorKind, Change, Tenant
from gatehouse.store import audit, database as store, mapping as mappings, mapping_versions
from gatehouse.store.audit import AuditEntry, AuditOutcome
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import PageRequest


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    return await new_tenant()


async def _save(tenant: Tenant, before: Mapping, after: Mapping) -> None:
    async with store.transaction():
        await mappings.save(tenant.id, before, after, updated_at=NOW + timedelta(hours=1))


async def test_a_new_tenant(tenant: Tenant) -> None:
    assert await mappings.load(tenant.id) == Mapping(1, MappingSettings(), (), (), {}, {})


async def test_everything_is_read(database: Database) -> None:
    tenant = await new_tenant(
        mapping_version=7,
        delimiter="::",
        role_attribute="nickName",
        group_attribute="title",
        empty_title="KEEP_PREVIOUS",
        unmapped_title="REJECT_REQUEST",
        unmapped_group="USE_DEFAULT",
    )
    b = await new_role(tenant.id, "b")
    a = await new_role(tenant.id, "a")
    north, south = await new_employee_group(tenant.id, "north"), await new_employee_group(tenant.id, "south")
    rule_b = await new_role_rule(tenant.id, "Zed", b.id, since_version=3)
    rule_a = await new_role_rule(tenant.id, "Alpha", a.id)
    both = await new_group_rule(tenant.id, "Both", south.id, north.id, since_version=7)

    assert await mappings.read(tenant.id) == Mapping(
        version=7,
        settings=MappingSettings(
            delimiter="::",
            role_attribute="nickName",
            group_attribute="title",
            empty_title=Policy.KEEP_PREVIOUS,
            unmapped_title=Policy.REJECT_REQUEST,
            unmapped_group=Policy.USE_DEFAULT,
        ),
        role_rules=(RoleRule(rule_a, "Alpha", a.id, None, 1), RoleRule(rule_b, "Zed", b.id, None, 3)),
        group_rules=(GroupRule(both, "Both", (south.id, north.id), None, 7),),
        roles={a.id: "a", b.id: "b"},
        groups={north.id: "north", south.id: "south"},
    )


async def test_what_is_saved_is_read_back(tenant: Tenant) -> None:
    role = await new_role(tenant.id, "agent")
    groups = [await new_employee_group(tenant.id, key) for key in ("x", "y")]
    start = await mappings.read(tenant.id)
    one = edit.set_role_rule(start, value=" Agent ", role_id=role.id, note="n", new_id=uuid7())
    two = replace(
        edit.set_group_rule(one, value="É", group_ids=(groups[1].id, groups[0].id), note=None, new_id=uuid7()),
        version=2,
    )
    three = edit.set_settings(
        two, MappingSettings("/", default_role_id=role.id, default_group_ids=(groups[1].id, groups[0].id))
    )
    four = edit.remove_group_rule(
        edit.set_role_rule(three, value="agent", role_id=role.id, note=None, new_id=uuid7()), "é"
    )

    for before, after in ((start, two), (two, three), (three, four)):
        await _save(tenant, before, after)
        assert await mappings.read(tenant.id) == after
    assert (four.version, four.group_rules, four.role_rules[0].value) == (5, (), "agent")


async def test_saving_over_another_change(tenant: Tenant) -> None:
    start = await mappings.read(tenant.id)
    await _save(tenant, start, edit.set_settings(start, MappingSettings("/")))

    with pytest.raises(StaleVersion):
        await _save(tenant, start, edit.set_settings(start, MappingSettings("|")))

    assert (await mappings.read(tenant.id)).settings.delimiter == "/"


async def test_a_kept_mapping_needs_no_database(tenant: Tenant, database: Database) -> None:
    loaded = await mappings.load(tenant.id, 1)
    await store.execute("UPDATE tenant SET delimiter = '/' WHERE id = $1", tenant.id)

    assert await mappings.load(tenant.id, 1) is loaded
    assert await mappings.load(tenant.id) is loaded
    assert (await mappings.read(tenant.id)).settings.delimiter == "/"


async def test_a_new_version_is_read(tenant: Tenant) -> None:
    start = await mappings.load(tenant.id, 1)
    after = edit.set_settings(start, MappingSettings("/"))
    await _save(tenant, start, after)

    assert await mappings.load(tenant.id, 2) == after
    assert await mappings.load(tenant.id) is await mappings.load(tenant.id, 2)


async def test_whoever_knows_an_old_version_gets_the_newest(tenant: Tenant) -> None:
    start = await mappings.read(tenant.id)
    await _save(tenant, start, edit.set_settings(start, MappingSettings("/")))

    assert (await mappings.load(tenant.id, 1)).version == 2


def test_the_memory_forgets_the_longest_unused() -> None:
    memory = mappings.Memory(capacity=2)
    start = Mapping(1, MappingSettings(), (), (), {}, {})
    first, second, third = uuid7(), uuid7(), uuid7()
    memory.put(first, start)
    memory.put(second, start)
    assert memory.get(first, 1) is start
    memory.put(third, start)

    assert [memory.get(tenant_id, 1) for tenant_id in (first, second, third)] == [start, None, start]
    assert memory.get(first, 2) is None


async def test_a_mapping_is_never_read_half_way(tenant: Tenant) -> None:
    role, other = await new_role(tenant.id, "a"), await new_role(tenant.id, "b")
    stop = asyncio.Event()

    async def change_for_a_while() -> None:
        before = await mappings.read(tenant.id)
        for number in range(30):
            chosen = (role, other)[number % 2]
            after = replace(
                before,
                version=before.version + 1,
                settings=MappingSettings(default_role_id=chosen.id),
                role_rules=(RoleRule(uuid7(), "x", chosen.id, None, before.version + 1),),
            )
            await _save(tenant, before, after)
            before = after
            await asyncio.sleep(0)
        stop.set()

    writer = asyncio.create_task(change_for_a_while())
    seen = set()
    while not stop.is_set():
        found = await mappings.read(tenant.id)
        seen.add(found.version)
        if found.version > 1:
            assert found.role_rules[0].role_id == found.settings.default_role_id
            assert found.role_rules[0].since_version == found.version
        await asyncio.sleep(0)
    await writer
    assert max(seen) >= 2


async def test_no_such_tenant(database: Database) -> None:
    for call in (mappings.read, mappings.load, mappings.lock):
        with pytest.raises(NotFound):
            await call(uuid7())
    with pytest.raises(NotFound):
        await mapping_versions.get(uuid7(), 1)


async def test_audit_pages(tenant: Tenant) -> None:
    def entry(number: int) -> AuditEntry:
        return AuditEntry(
            id=uuid7(),
            tenant_id=tenant.id,
            occurred_at=NOW + timedelta(microseconds=number // 2),
            actor=Actor(ActorKind.SYSTEM, None, "test"),
            action="roleRuleSet",
            target_type="RoleRule",
            target_id=str(number),
            request_id="r",
            changes=(Change("note", None, {"a": [1, "ü"]}),),
            reason=None if number else "first",
            outcome=AuditOutcome.DENIED if number % 2 else AuditOutcome.SUCCEEDED,
        )

    entries = [entry(number) for number in range(5)]
    other = await new_tenant("other")
    await store.write([audit.add(e) for e in entries])
    await store.write([audit.add(replace(entries[0], id=uuid7(), tenant_id=other.id))])

    pages, request = [], PageRequest(2, audit.NEWEST_FIRST)
    for _ in range(3):
        pages.append(await audit.page(frozenset({tenant.id}), request))
        request = replace(request, after=pages[-1].positions[-1])
    everything = await audit.page(None, PageRequest(10, audit.NEWEST_FIRST))

    assert [entry for page in pages for entry in page.rows] == entries[::-1]
    assert len(everything.rows) == len(entries) + 1
    assert len(await audit.newest(other.id)) == 1
