"""``gatehouse.client`` against a server process, and against one that is busy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.fixtures import new_user
from tests.remote import Remote, RemoteTenant, remote
from tests.world import ORIGIN, TESTER

from gatehouse.client import Gatehouse, Refused, errors
from gatehouse.client.inputs import Outcome, UserOrderField
from gatehouse.services import api_keys

_PAGE = 100


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """Run a server for the tests of this file."""
    with remote(f"sqlite:///{tmp_path_factory.mktemp('served') / 'gatehouse.db'}") as server:
        yield server


@pytest.fixture(scope="module")
def acme(served: Remote) -> RemoteTenant:
    """A tenant with more users than fit on a page."""
    made = served.tenant(users=1)
    served.beside(lambda: _crowd(made))
    return made


@pytest.fixture(scope="module")
def owner_key(served: Remote) -> str:
    """The key of an owner of all tenants."""
    _, secret = served.beside(lambda: api_keys.issue_api_key(name="owner", preset="owner", actor=TESTER, origin=ORIGIN))
    return str(secret)


async def _crowd(acme: RemoteTenant) -> None:
    for number in range(_PAGE):
        await new_user(acme.tenant.id, f"crowd{number:03}@corp.example")


def _client(acme: RemoteTenant, **options: Any) -> Gatehouse:
    return Gatehouse(acme.server.base, acme.key, **options)


async def test_a_list_goes_on_over_its_pages(acme: RemoteTenant) -> None:
    async with _client(acme) as gatehouse:
        users = [user async for user in gatehouse.users(order_by=[{"field": UserOrderField.USER_NAME}])]
        agents = [user async for user in gatehouse.users(where={"title": {"eq": "Agent"}})]

    assert [user.user_name for user in users] == [
        "agent0@corp.example",
        *(f"crowd{n:03}@corp.example" for n in range(_PAGE)),
    ]
    (agent,) = agents
    assert agent.role and agent.role.key == "agent"
    assert [group.key for group in agent.groups] == ["north"]
    assert agent.tenant and agent.tenant.slug == acme.tenant.slug
    assert agent.created_at.tzinfo is not None


async def test_what_is_not_there_is_none_and_its_lists_are_missing(acme: RemoteTenant) -> None:
    async with _client(acme) as gatehouse:
        assert await gatehouse.tenant(by={"slug": "nobody"}) is None
        assert await gatehouse.mapping(by={"slug": "nobody"}) is None
        with pytest.raises(errors.Missing, match="no such tenant"):
            [each async for each in gatehouse.unmapped_values(by={"slug": "nobody"})]


async def test_a_refusal_is_its_exception_and_changes_nothing(acme: RemoteTenant) -> None:
    async with _client(acme) as gatehouse:
        tenant = await gatehouse.tenant(by={"slug": acme.tenant.slug})
        before = await gatehouse.mapping(by={"slug": acme.tenant.slug})
        assert tenant and before
        with pytest.raises(errors.StaleVersion) as stale:
            await gatehouse.role_rule_set(tenant_id=tenant.id, expected_version=1, title_value="A", role_key="agent")
        with pytest.raises(Refused) as unknown:
            await gatehouse.role_rule_set(
                tenant_id=tenant.id, expected_version=before.number, title_value="A", role_key="nonsense"
            )
        after = await gatehouse.mapping(by={"slug": acme.tenant.slug})

    assert [error.code for error in stale.value.errors] == ["STALE_VERSION"]
    assert unknown.value.errors[0].path[:1] == ("input",)
    assert after == before


async def test_what_is_left_out_is_not_null(acme: RemoteTenant) -> None:
    async with _client(acme) as gatehouse:
        tenant = await gatehouse.tenant(by={"slug": acme.tenant.slug})
        before = await gatehouse.mapping(by={"slug": acme.tenant.slug})
        assert tenant and before
        done = await gatehouse.role_rule_set(
            tenant_id=tenant.id,
            expected_version=before.number,
            title_value="A",
            role_key="agent",
            note=None,
            dry_run=True,
        )
        with pytest.raises(errors.QueryFailed) as null:
            await gatehouse.roles(tenant_id=tenant.id, include_archived=None)  # type: ignore[arg-type]

    assert done.dry_run
    assert "includeArchived" in str(null.value)


async def test_a_customer_is_taken_on_by_script(served: Remote, acme: RemoteTenant, owner_key: str) -> None:
    async with _client(acme) as of_acme, Gatehouse(served.server.base, owner_key) as gatehouse:
        with pytest.raises(errors.Forbidden, match="in all tenants"):
            await of_acme.tenant_create(slug="contoso", name="Contoso")
        made = await gatehouse.tenant_create(slug="contoso", name="Contoso", idempotency_key="k")
        assert made.tenant is not None
        issued = await gatehouse.credential_create(tenant_id=made.tenant.id, label="Entra ID")
        again = await gatehouse.tenant_create(slug="contoso", name="Contoso", idempotency_key="k")

    assert again.tenant == made.tenant
    assert (made.tenant.slug, made.tenant.name, made.tenant.version) == ("contoso", "Contoso", 1)
    assert issued.credential and issued.secret and issued.secret.endswith(issued.credential.last_four)
    assert issued.secret not in repr(issued)


async def test_a_wrong_key_is_told_apart(acme: RemoteTenant) -> None:
    async with Gatehouse(acme.server.base, "gth_api_wrong") as gatehouse:
        with pytest.raises(errors.Unauthenticated):
            await gatehouse.viewer()


def test_values_newer_than_the_client_are_words() -> None:
    assert Outcome("BORROWED") == "BORROWED"


@asynccontextmanager
async def _answering(*answers: tuple[int, dict[str, str], object]) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that gives these answers one after the other; its address, and what it was asked."""
    asked: list[dict[str, Any]] = []
    left = iter(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split()[0])
        asked.append(json.loads(await reader.readexactly(length)))
        status, headers, body = next(left)
        text = json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", "Connection: close", f"Content-Length: {len(text)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + text)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


_LATER = (503, {"Retry-After": "0"}, {"errors": [{"message": "later"}]})
_TOO_FAST = (429, {"Retry-After": "0"}, {"errors": [{"message": "slower"}]})
_VIEWER = {"data": {"viewer": {"id": "1", "name": "n", "kind": "API_KEY", "permissions": []}}}
_REFUSED = {"data": {"mappingRollback": {"plan": None, "findings": [], "requestId": "r", "userErrors": [
    {"code": "NOT_FOUND", "message": "no such version", "path": None, "hint": None}]}}}  # fmt: skip


async def test_a_query_comes_again_when_the_server_says() -> None:
    async with _answering(_LATER, _TOO_FAST, (200, {}, _VIEWER)) as (url, asked), Gatehouse(url, "key") as gatehouse:
        viewer = await gatehouse.viewer()

    assert viewer.name == "n"
    assert len(asked) == 3


async def test_it_gives_up() -> None:
    async with _answering(_LATER, _LATER) as (url, asked), Gatehouse(url, "key", attempts=2) as gatehouse:
        with pytest.raises(errors.Busy, match="later") as busy:
            await gatehouse.viewer()

    assert (busy.value.retry_after_s, len(asked)) == (0, 2)


async def test_a_mutation_comes_again_only_with_a_key() -> None:
    async with (
        _answering(_LATER, _LATER, (200, {}, _REFUSED)) as (url, asked),
        Gatehouse(url, "key") as gatehouse,
    ):
        with pytest.raises(errors.Busy):
            await gatehouse.mapping_rollback(tenant_id="t", to_version=1, message="m")
        with pytest.raises(errors.NotFound, match="no such version"):
            await gatehouse.mapping_rollback(tenant_id="t", to_version=1, message="m", idempotency_key="k")

    assert [each["variables"].get("idempotencyKey") for each in asked] == [None, "k", "k"]


async def test_what_is_no_gatehouse_is_said_to_be_none() -> None:
    async with _answering((200, {}, "hello")) as (url, _), Gatehouse(url, "key") as gatehouse:
        with pytest.raises(errors.QueryFailed, match="is no Gatehouse"):
            await gatehouse.viewer()


async def test_nobody_answers() -> None:
    async with Gatehouse("http://127.0.0.1:1", "key", attempts=1) as gatehouse:
        with pytest.raises(errors.Unreachable):
            await gatehouse.viewer()
