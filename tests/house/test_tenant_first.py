"""No row is read or written without saying whose: coroutines of the store take the tenant first."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

_STORE = Path(__file__).parents[2] / "src" / "gatehouse" / "store"
_SCOPES = {"tenant_id", "tenant", "tenant_ids"}  # tenant_ids: those the viewer may see; None only for an unlimited key

# Modules below the nouns: connections, transactions, migrations, paging. They know no tenants.
_MACHINERY = {
    "commit_order", "database", "engine_asyncpg", "engine_sqlite", "listing", "migrate", "postgres_connection", "postgres_hosts",
    "postgres_line", "postgres_pool", "session", "statistics",
}  # fmt: skip

_BEFORE_THE_TENANT_IS_KNOWN = {
    "credentials.by_token_hash": "finds out which tenant a bearer token is for",
    "access_tokens.by_token_hash": "finds out whose an access token is",
    "credentials.tenant_of": "finds out whose token an id names",
    "api_keys.by_key_hash": "finds out which tenants an API key is for",
    "dashboard_sessions.by_secret_hash": "finds out which API key is signed in",
    "tenants.by_slug": "the slug is how the command line names the tenant",
}
_ABOVE_TENANTS = {
    "api_keys.get": "an API key belongs to the installation; the service looks at all its grants",
    "api_keys.list_all": "an API key belongs to the installation; its grants name tenants",
    "api_keys.revoke": "an API key belongs to the installation",
    "idempotency_keys.find": "a key belongs to the viewer who sent it",
    "idempotency_keys.forget": "what is too old, of all viewers together",
    "outbox.claim": "work is done for all tenants together",
    "outbox.extend": "by the id of a row that was claimed",
    "outbox.finish": "by the id of a row that was claimed",
    "outbox.forget": "work is done for all tenants together",
    "outbox.next_due": "work is done for all tenants together",
    "outbox.postpone": "by the id of a row that was claimed",
    "api_keys.touch": "an API key belongs to the installation",
    "rejected_credentials.count": "a refused secret belongs to no tenant",
    "rejected_credentials.forget": "a refused secret belongs to no tenant",
    "rejected_credentials.recent": "a refused secret belongs to no tenant",
    "request_log.add_many": "each entry names its tenant, or none when the credential was refused",
    "vitals.tokens": "an operator watches the tokens of all tenants",
    "vitals.oldest_undone": "an operator watches the outbox as a whole",
    "tenants.list_all": "the tenants themselves, for the command line",
    "tenants.renew_name_keys": "the tenants themselves, after a migration",
}
_OF_USERS_ALREADY_SCOPED = {
    "access_history.at": "batched per user, for users read within the viewer's tenants",
    "timeline.count_events_of_requests": "batched per request, for requests read within the viewer's tenants",
    "timeline.events_of_requests": "batched per request, for requests read within the viewer's tenants",
    "timeline.last_provisioned": "batched per user, for users read within the viewer's tenants",
    "timeline.count_events_of_users": "each user comes with its tenant",
    "timeline.events_of_users": "each user comes with its tenant",
    "timeline.last_events": "batched per user, for users read within the viewer's tenants",
}
_ALLOWED = _BEFORE_THE_TENANT_IS_KNOWN | _ABOVE_TENANTS | _OF_USERS_ALREADY_SCOPED


def _coroutines() -> dict[str, ast.AsyncFunctionDef]:
    return {
        f"{file.stem}.{node.name}": node
        for file in sorted(_STORE.glob("*.py"))
        if file.stem not in _MACHINERY
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_")
    }


_COROUTINES = _coroutines()


@pytest.mark.parametrize("name", sorted(_COROUTINES.keys() - _ALLOWED.keys()))
def test_tenant_comes_first(name: str) -> None:
    arguments = _COROUTINES[name].args

    assert next(iter([*arguments.posonlyargs, *arguments.args]), ast.arg("nothing")).arg in _SCOPES


def test_every_exception_is_still_needed() -> None:
    assert not _ALLOWED.keys() - _COROUTINES.keys()


def test_every_machine_is_still_there() -> None:
    assert not _MACHINERY - {file.stem for file in _STORE.glob("*.py")}
