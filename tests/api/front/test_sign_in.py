"""Signing in while somebody guesses: what reaches the database, and who is kept out."""

from __future__ import annotations

import pytest

from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.front.sign_in import SignIn
from gatehouse.errors import TooManyRequests, Unauthorized
from gatehouse.services import tokens
from gatehouse.services.credentials import BearerTokens
from gatehouse.services.rejected_credentials import RejectedCredentials, recently_rejected
from gatehouse.services.tokens import SecretKind
from gatehouse.store.database import Database


class Door:
    """Signs in whoever has the one good secret, and counts how often it was asked."""

    def __init__(self) -> None:
        self.good = tokens.mint(SecretKind.SCIM)
        self.asked = 0

    async def authenticate(self, secret: str) -> str:
        self.asked += 1
        if secret != self.good:
            raise Unauthorized("no", code="invalid_token", reason="unknown")
        return "acme"


async def tries(sign_in: SignIn[str], secret: str, *, ip: str = "192.0.2.1") -> str:
    try:
        return await sign_in(secret, ip)
    except (Unauthorized, TooManyRequests) as refusal:
        return type(refusal).__name__


async def test_an_unknown_secret_is_looked_up_once_a_moment() -> None:
    door = Door()
    sign_in = SignIn(door.authenticate, unknown_for_s=60)
    guess = tokens.mint(SecretKind.SCIM)

    assert [await tries(sign_in, guess) for _ in range(10)] == ["Unauthorized"] * 10
    assert door.asked == 1


async def test_an_address_that_guesses_must_wait() -> None:
    door = Door()
    sign_in = SignIn(door.authenticate, guesses=RateLimit(per_s=1, burst=3, clock=lambda: 0.0))

    answers = [await tries(sign_in, tokens.mint(SecretKind.SCIM)) for _ in range(5)]

    assert answers == ["Unauthorized"] * 3 + ["TooManyRequests"] * 2
    assert door.asked == 3
    assert await tries(sign_in, door.good, ip="192.0.2.2") == "acme"


async def test_guessing_keeps_no_known_client_out() -> None:
    door = Door()
    sign_in = SignIn(door.authenticate, guesses=RateLimit(per_s=1, burst=3, clock=lambda: 0.0))
    assert await tries(sign_in, door.good) == "acme"

    for _ in range(10):
        await tries(sign_in, tokens.mint(SecretKind.SCIM))

    assert await tries(sign_in, door.good) == "acme"


async def test_malformed_secrets_never_reach_the_database() -> None:
    """There is no database in this test: asking one would be an error of another kind."""
    sign_in = SignIn(BearerTokens(cache_s=0).authenticate, guesses=RateLimit(per_s=1, burst=1, clock=lambda: 0.0))
    typing_error = tokens.mint(SecretKind.SCIM)[:-1] + "!"

    for secret in ("junk", typing_error, tokens.mint(SecretKind.API), "gth_scim_"):
        with pytest.raises(Unauthorized):
            await sign_in(secret, "192.0.2.1")


async def test_refusals_are_told_apart(database: Database) -> None:
    rejected = RejectedCredentials(flush_s=60)
    sign_in = SignIn(BearerTokens(cache_s=0).authenticate, rejected=rejected, unknown_for_s=60)
    guess = tokens.mint(SecretKind.SCIM)

    for secret in ("junk", guess, guess, tokens.mint(SecretKind.API)):
        with pytest.raises(Unauthorized):
            await sign_in(secret, "192.0.2.1")
    await rejected.flush()

    assert {(r.reason, r.attempts) for r in await recently_rejected()} == {
        ("malformed", 1),
        ("unknown", 2),
        ("wrong kind", 1),
    }
