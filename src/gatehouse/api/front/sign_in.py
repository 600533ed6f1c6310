"""Signing in under attack: what may reach the database to find out who is asking (reliability.md §2, T2 and T9).

Malformed secrets are refused by their checksum. Those that look right but are unknown are remembered for a moment and
counted by address; an address that tries too many is made to wait. A secret that was accepted before is always looked
up, so that somebody who guesses behind the same proxy cannot keep a customer out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from gatehouse.api.front.rate_limit import RateLimit, no_limit
from gatehouse.errors import Unauthorized
from gatehouse.services import tokens
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.rejected_credentials import RejectedCredentials

C = TypeVar("C")

_ACCEPTED_FOR_S: Final = 86_400.0


class SignIn(Generic[C]):
    """Turns a secret into a caller, as ``authenticate`` does, and keeps account of refusals.

    :param authenticate: secret → caller; its Unauthorized says in ``reason`` why.
    :param rejected: where refused secrets are counted.
    :param guesses: how many unknown secrets an address may try.
    :param unknown_for_s: for how long a secret that is unknown is taken to stay so.
    """

    def __init__(
        self,
        authenticate: Callable[[str], Awaitable[C]],
        *,
        rejected: RejectedCredentials | None = None,
        guesses: RateLimit | None = None,
        unknown_for_s: float = 0.0,
    ) -> None:
        self._authenticate = authenticate
        self._rejected = rejected
        self._guesses = guesses or no_limit()
        self._unknown: ShortMemory[Unauthorized] = ShortMemory(unknown_for_s)
        self._accepted: ShortMemory[bool] = ShortMemory(_ACCEPTED_FOR_S)

    async def __call__(self, secret: str, ip: str | None) -> C:
        """The caller.

        :raises Unauthorized: as ``authenticate`` does.
        :raises TooManyRequests: too many unknown secrets came from this address.
        """
        digest = tokens.digest(secret)
        if self._accepted.get(digest) is None:
            self._refuse_guesses(secret, digest, ip)
        try:
            caller = await self._authenticate(secret)
        except Unauthorized as refusal:
            self.note(secret, refusal, ip)
            if refusal.reason == "unknown":
                self._unknown.put(digest, refusal)
                self._guesses.allows(ip)
            raise
        self._accepted.put(digest, value=True)  # each time: it lasts from the latest use
        return caller

    def _refuse_guesses(self, secret: str, digest: str, ip: str | None) -> None:
        refusal = self._unknown.get(digest)
        if refusal is not None:
            self.note(secret, refusal, ip)
            raise Unauthorized(refusal.message, code=refusal.code, reason=refusal.reason)
        if self._guesses.is_spent(ip) and tokens.kind_of(secret) is not None:
            self._guesses.take(ip)

    def note(self, secret: str, refusal: Unauthorized, ip: str | None) -> None:
        """Keep account of a refusal; one by whoever accepted the secret and found something else wrong too."""
        if self._rejected is not None and refusal.reason is not None:
            self._rejected.note(secret, reason=refusal.reason, ip=ip)
