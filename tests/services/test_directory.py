"""Which tenants a question runs over, and when it is refused for want of READ_PII."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.fixtures import new_tenant, new_user

from gatehouse.errors import Forbidden
from gatehouse.records import ActorKind, Grant, Permission, Viewer
from gatehouse.services import directory, history
from gatehouse.services.directory import And, Compare, Condition, Not, Or, PageRequest, Sort
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7

A, B, C = (UUID(int=number) for number in (1, 2, 3))
READ = frozenset({Permission.READ_DIRECTORY})
PERSONAL = READ | {Permission.READ_PII}


def viewer(*grants: tuple[UUID | None, frozenset[Permission]]) -> Viewer:
    return Viewer(UUID(int=9), "script", ActorKind.API_KEY, tuple(Grant(tenant, rights) for tenant, rights in grants))


def within(*tenants: UUID) -> Compare:
    return Compare("tenantId", "in", tenants)


TITLE = Compare("title", "eq", "agent")
NAME = Compare("userName", "eq", "ana")


@pytest.mark.parametrize(
    ("_case", "condition", "grants", "expected"),
    [
        ("everything", None, [(None, READ)], None),
        ("what is granted", None, [(A, READ), (B, READ), (C, PERSONAL - READ)], {A, B}),
        ("nothing", None, [], set()),
        ("narrowed", And((within(A, C), TITLE)), [(A, READ), (B, READ)], {A}),
        ("narrowed twice", And((within(A, B), And((within(B),)))), [(None, READ)], {B}),
        ("by eq", Compare("tenantId", "eq", A), [(None, READ)], {A}),
        ("not by or", Or((within(A), TITLE)), [(A, READ), (B, READ)], {A, B}),
        ("not by not", Not(within(A)), [(A, READ), (B, READ)], {A, B}),
        ("personal with the right", NAME, [(A, PERSONAL)], {A}),
        ("personal, narrowed to the right", And((within(A), Not(NAME))), [(A, PERSONAL), (B, READ)], {A}),
        ("personal in no tenant", And((within(C), NAME)), [(A, READ)], set()),
    ],
)
def test_scope(
    _case: str,
    condition: Condition | None,
    grants: list[tuple[UUID | None, frozenset[Permission]]],
    expected: set[UUID] | None,
) -> None:
    assert directory.scope(viewer(*grants), condition) == expected


@pytest.mark.parametrize(
    ("_case", "condition", "sort", "grants"),
    [
        ("in one of two tenants", NAME, (), [(A, PERSONAL), (B, READ)]),
        ("deep inside", Not(Or((TITLE, And((NAME,))))), (), [(A, READ)]),
        ("everywhere", NAME, (), [(None, READ), (A, PERSONAL)]),
        ("by order", None, (Sort("FAMILY_NAME"),), [(A, READ)]),
    ],
)
def test_personal_questions_are_refused(
    _case: str,
    condition: Condition | None,
    sort: tuple[Sort, ...],
    grants: list[tuple[UUID | None, frozenset[Permission]]],
) -> None:
    with pytest.raises(Forbidden, match="READ_PII"):
        directory.scope(viewer(*grants), condition, sort)


async def test_reads_by_id_stay_in_sight(database: Database) -> None:
    seen, hidden = await new_tenant("seen"), await new_tenant("hidden")
    users = [await new_user(tenant.id) for tenant in (seen, hidden)]
    who = viewer((seen.id, READ))
    ids = [users[0].id, users[1].id, uuid7()]

    found = await directory.users_by_id(who, ids)
    tenants = await directory.tenants_by_id(who, [seen.id, hidden.id])

    assert list(found) == [users[0].id]
    assert list(tenants) == [seen.id]
    assert await directory.tenant_by_slug(who, "hidden") is None
    assert await directory.roles_by_id(who, ids) == {}
    assert await directory.employee_groups_by_id(who, ids) == {}
    assert await history.events_by_id(who, ids) == {}


async def test_a_viewer_without_grants_sees_nothing(database: Database) -> None:
    await new_user((await new_tenant()).id)
    request = PageRequest(limit=10, sort=(Sort("CREATED_AT"),))

    page = await directory.users(viewer(), request)

    assert (page.rows, page.more, await directory.count_users(viewer(), None)) == ((), False, 0)
    assert (await directory.tenants(viewer(), request)).rows == ()
