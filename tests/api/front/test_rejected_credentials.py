"""Refused credentials: what is kept of them, and that a flood keeps within bounds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.world import SCIM, running

from gatehouse.services import tokens
from gatehouse.services.clock import now
from gatehouse.services.rejected_credentials import CAPACITY, RejectedCredentials, recently_rejected
from gatehouse.services.tokens import SecretKind
from gatehouse.store.database import Database, execute, fetch


class Clock:
    """The time, with a lead that the test chooses."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


async def test_attempts_with_one_secret_are_one_row(database: Database) -> None:
    secret = tokens.mint(SecretKind.SCIM)
    rejected = RejectedCredentials(flush_s=60)

    for ip in ("192.0.2.1", "192.0.2.2"):
        rejected.note(secret, reason="unknown", ip=ip)
    await rejected.flush()
    rejected.note(secret, reason="revoked", ip=None)
    await rejected.flush()
    await rejected.flush()

    (row,) = await recently_rejected()
    assert (row.fingerprint, row.prefix, row.reason) == (tokens.digest(secret)[:16], "gth_scim_", "revoked")
    assert (row.attempts, row.last_ip) == (3, None)
    assert row.first_seen_at < row.last_seen_at


@pytest.mark.parametrize(
    ("secret", "prefix"),
    [
        ("gth_api_0123", "gth_api_"),
        ("ghp_abcdefgh", "ghp_"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.x", "eyJ"),
        ("my-own-password", ""),
    ],
)
async def test_no_more_of_a_secret_is_kept_than_its_kind(database: Database, secret: str, prefix: str) -> None:
    rejected = RejectedCredentials(flush_s=60)
    rejected.note(secret, reason="malformed", ip="192.0.2.1")
    await rejected.flush()

    (row,) = await recently_rejected()
    assert row.prefix == prefix
    assert secret.removeprefix(prefix) not in str(row)


async def test_a_flood_is_bounded(database: Database) -> None:
    rejected = RejectedCredentials(flush_s=60)
    for number in range(CAPACITY + 500):
        rejected.note(f"junk{number}", reason="malformed", ip="192.0.2.1")
    await rejected.flush()

    assert len(await recently_rejected(limit=10_000)) == CAPACITY


async def test_after_an_hour_there_is_room_again(database: Database) -> None:
    clock = Clock()
    rejected = RejectedCredentials(flush_s=60, clock=clock)
    for number in range(CAPACITY):
        rejected.note(f"junk{number}", reason="malformed", ip="192.0.2.1")
    clock.ahead = timedelta(hours=1)
    await rejected.flush()
    rejected.note("something new", reason="malformed", ip="192.0.2.1")
    await rejected.flush()

    assert len(await recently_rejected(limit=10_000)) == CAPACITY + 1


async def test_what_nobody_has_tried_for_long_is_forgotten(database: Database) -> None:
    clock = Clock()
    rejected = RejectedCredentials(flush_s=60, clock=clock)
    rejected.note("old", reason="malformed", ip=None)
    await rejected.flush()
    clock.ahead = timedelta(days=90, seconds=-1)
    rejected.note("new", reason="malformed", ip=None)
    clock.ahead = timedelta(days=90, seconds=1)
    await rejected.flush()

    assert [row.fingerprint for row in await recently_rejected()] == [tokens.digest("new")[:16]]


async def test_both_edges_record_and_tell_nothing(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, rejected_credentials_flush_s=3_600.0) as world:
        entra, api_key = await world.client(), await world.api_key()
        await execute("UPDATE credential SET revoked_at = 1")
        answers = []
        for token in (entra.token, tokens.mint(SecretKind.SCIM), "gth_scim_typo", api_key):
            answer = await world.http.get(f"{SCIM}/Users", headers={"Authorization": f"Bearer {token}"})
            answers.append((answer.status_code, answer.json()["detail"], answer.headers["www-authenticate"]))
        await world.http.post("http://gatehouse.test/graphql", headers={"Authorization": f"Bearer {entra.token}"})
    rows = await fetch("SELECT fingerprint, reason, attempts FROM rejected_credential ORDER BY reason, attempts")

    assert len(set(answers)) == 1
    assert [(row[1], row[2]) for row in rows] == [
        ("malformed", 1),
        ("unknown", 1),
        ("wrong kind", 1),
        ("wrong kind", 2),
    ]


async def test_the_request_log_takes_only_some_strangers(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, request_log_flush_s=3_600.0, refusal_log_per_s=0.001) as world:
        for number in range(150):
            await world.http.get(f"{SCIM}/Users", headers={"Authorization": f"Bearer junk{number}"})
    (row,) = await fetch("SELECT count(*) FROM request_log")

    assert row[0] == 100
