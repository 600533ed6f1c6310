"""Bearer tokens and API keys: form, hash at rest, several live ones, expiry, revocation, last use."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from tests.fixtures import new_tenant
from tests.world import ORIGIN, TESTER

from gatehouse.errors import InvalidValue, NotFound, Unauthorized
from gatehouse.records import Permission, iso_milliseconds
from gatehouse.services import tokens
from gatehouse.services.api_keys import PRESETS, ApiKeys, issue_api_key, revoke_api_key
from gatehouse.services.clock import now
from gatehouse.services.credentials import BearerTokens
from gatehouse.services.managed_credentials import issue_token, revoke_token, tenant_tokens
from gatehouse.services.tokens import SecretKind
from gatehouse.store import audit
from gatehouse.store.database import Database, execute, fetch
from gatehouse.store.keyset import PageRequest, Sort


def test_secrets_are_recognisable_and_checked() -> None:
    secret = tokens.mint(SecretKind.SCIM)

    assert re.fullmatch(r"gth_scim_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", secret)
    assert tokens.is_well_formed(secret, SecretKind.SCIM)
    assert not tokens.is_well_formed(secret, SecretKind.API)
    assert not tokens.is_well_formed(secret[:-1] + ("a" if secret[-1] != "a" else "b"), SecretKind.SCIM)
    assert tokens.mint(SecretKind.SCIM) != secret


async def test_two_live_tokens_and_only_hashes_at_rest(database: Database) -> None:
    tenant = await new_tenant()
    secrets = [await _issue(tenant.id, f"token {n}") for n in range(2)]

    for secret in secrets:
        found, actor = await BearerTokens(cache_s=0).authenticate(secret)
        assert (found.id, actor.display[:5]) == (tenant.id, "token")

    stored = " ".join(str(value) for row in await fetch("SELECT * FROM credential") for value in tuple(row))
    assert not [secret for secret in secrets if secret in stored]
    assert [t.last_four for t in await tenant_tokens(tenant.id)] == [secret[-4:] for secret in reversed(secrets)]


@pytest.mark.parametrize("spoil", ["revoke", "expire", "unknown", "garbage"])
async def test_refused_tokens_all_read_the_same(database: Database, spoil: str) -> None:
    tenant = await new_tenant()
    secret = await _issue(tenant.id)
    credential = (await tenant_tokens(tenant.id))[0]
    if spoil == "revoke":
        await revoke_token(tenant.id, credential.id, actor=TESTER, origin=ORIGIN)
    if spoil == "expire":
        await execute("UPDATE credential SET expires_at = 1")
    if spoil == "unknown":
        secret = tokens.mint(SecretKind.SCIM)
    if spoil == "garbage":
        secret = "not-a-token"  # noqa: S105 - it is none

    with pytest.raises(Unauthorized) as refused:
        await BearerTokens(cache_s=0).authenticate(secret)

    assert str(refused.value) == "The bearer token is not valid: it is unknown, expired or revoked"
    assert refused.value.code == "invalid_token"


async def test_last_use_is_noted_at_most_every_five_minutes(database: Database) -> None:
    tenant = await new_tenant()
    secret = await _issue(tenant.id)
    bearer = BearerTokens(cache_s=0)

    await bearer.authenticate(secret)
    first = (await tenant_tokens(tenant.id))[0].last_used_at
    await bearer.authenticate(secret)
    second = (await tenant_tokens(tenant.id))[0].last_used_at
    await execute("UPDATE credential SET last_used_at = last_used_at - 301000000")
    await bearer.authenticate(secret)
    third = (await tenant_tokens(tenant.id))[0].last_used_at

    assert first is not None
    assert third is not None
    assert now() - first < timedelta(seconds=30)
    assert first == second
    assert third > first


async def test_a_look_up_is_remembered_for_a_second_at_most(database: Database) -> None:
    tenant = await new_tenant()
    secret = await _issue(tenant.id)
    remembering = BearerTokens(cache_s=1)
    await remembering.authenticate(secret)
    await revoke_token(tenant.id, (await tenant_tokens(tenant.id))[0].id, actor=TESTER, origin=ORIGIN)

    assert (await remembering.authenticate(secret))[0].id == tenant.id
    with pytest.raises(Unauthorized):
        await BearerTokens(cache_s=0).authenticate(secret)


async def test_another_tenants_token_cannot_be_revoked(database: Database) -> None:
    mine, other = await new_tenant("mine"), await new_tenant("other")
    await _issue(other.id)
    theirs = (await tenant_tokens(other.id))[0]

    with pytest.raises(NotFound):
        await revoke_token(mine.id, theirs.id, actor=TESTER, origin=ORIGIN)

    assert (await tenant_tokens(other.id))[0].revoked_at is None


async def test_whatever_is_issued_or_ended_leaves_an_audit_entry(database: Database) -> None:
    tenant = await new_tenant()
    await _issue(tenant.id)
    [token] = await tenant_tokens(tenant.id)
    for _ in range(2):
        await revoke_token(tenant.id, token.id, actor=TESTER, origin=ORIGIN)
    of_all, _ = await issue_api_key(name="script", preset="viewer", actor=TESTER, origin=ORIGIN)
    of_one, _ = await issue_api_key(
        name="report", preset="viewer", actor=TESTER, origin=ORIGIN, tenant_ids=[tenant.id], expires_in_days=1
    )
    for key in (of_all, of_one):
        await revoke_api_key(key.id, actor=TESTER, origin=ORIGIN)

    entries = (await audit.page(None, PageRequest(50, (Sort("OCCURRED_AT"),)))).rows

    assert token.expires_at and of_one.expires_at
    issued = {"label": (None, "Entra ID"), "expiresAt": (None, iso_milliseconds(token.expires_at))}
    whole = {"name": (None, "script"), "expiresAt": (None, None), "permissions": (None, ["READ_DIRECTORY"])}
    part = {**whole, "name": (None, "report"), "expiresAt": (None, iso_milliseconds(of_one.expires_at))}
    ended = {"permissions": (["READ_DIRECTORY"], None)}
    assert [(entry.action, entry.target_id, entry.tenant_id, _changes(entry)) for entry in entries] == [
        ("tokenIssue", str(token.id), tenant.id, issued),
        ("tokenRevoke", str(token.id), tenant.id, {"status": ("ACTIVE", "REVOKED")}),
        ("tokenRevoke", str(token.id), tenant.id, {}),  # nothing was different after the second time
        ("apiKeyIssue", str(of_all.id), None, whole),
        ("apiKeyIssue", str(of_one.id), tenant.id, part),
        ("apiKeyRevoke", str(of_all.id), None, ended),
        ("apiKeyRevoke", str(of_one.id), tenant.id, ended),
    ]
    assert {entry.actor for entry in entries} == {TESTER}


async def test_the_end_of_a_token_that_had_expired(database: Database) -> None:
    tenant = await new_tenant()
    await _issue(tenant.id)
    await execute("UPDATE credential SET expires_at = 1")
    [token] = await tenant_tokens(tenant.id)

    await revoke_token(tenant.id, token.id, actor=TESTER, origin=ORIGIN)

    assert _changes((await audit.newest(tenant.id))[0]) == {"status": ("EXPIRED", "REVOKED")}


@pytest.mark.parametrize(("label", "days"), [("", 1), ("x" * 201, 1), ("x", 0), ("x", 4_000)])
async def test_senseless_tokens_are_refused(database: Database, label: str, days: int) -> None:
    tenant = await new_tenant()

    with pytest.raises(InvalidValue):
        await issue_token(tenant.id, label=label, expires_in_days=days, actor=TESTER, origin=ORIGIN)

    assert await tenant_tokens(tenant.id) == []


@pytest.mark.parametrize("preset", PRESETS)
async def test_api_key_presets_and_grants(database: Database, preset: str) -> None:
    seen, unseen = await new_tenant("seen"), await new_tenant("unseen")
    _, secret = await issue_api_key(name="script", preset=preset, tenant_ids=[seen.id], actor=TESTER, origin=ORIGIN)

    viewer = await ApiKeys(cache_s=0).authenticate(secret)

    assert viewer.permissions(seen.id) == PRESETS[preset]
    assert viewer.permissions(unseen.id) == frozenset()
    assert viewer.tenant_ids(Permission.READ_DIRECTORY) == {seen.id}


async def test_revoked_api_key_opens_nothing(database: Database) -> None:
    key, secret = await issue_api_key(name="script", preset="owner", actor=TESTER, origin=ORIGIN)
    await revoke_api_key(key.id, actor=TESTER, origin=ORIGIN)

    with pytest.raises(Unauthorized):
        await ApiKeys(cache_s=0).authenticate(secret)
    with pytest.raises(NotFound):
        await revoke_api_key(UUID(int=0), actor=TESTER, origin=ORIGIN)


def _changes(entry: audit.AuditEntry) -> dict[str, tuple[object, object]]:
    """Before and after, by path."""
    return {change.path: (change.before, change.after) for change in entry.changes}


async def _issue(tenant_id: UUID, label: str = "Entra ID") -> str:
    _, secret = await issue_token(tenant_id, label=label, expires_in_days=30, actor=TESTER, origin=ORIGIN)
    return secret
