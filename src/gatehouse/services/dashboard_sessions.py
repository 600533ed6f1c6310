"""Sessions of the dashboard: an API key is shown once, from then on a cookie stands for it (docs/adr/0022)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gatehouse.errors import Unauthorized
from gatehouse.records import Origin, Viewer
from gatehouse.services import tokens
from gatehouse.services.api_keys import ApiKeys
from gatehouse.services.clock import now
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.tokens import SecretKind
from gatehouse.store import audit, dashboard_sessions, database
from gatehouse.store.dashboard_sessions import DashboardSession
from gatehouse.store.ids import uuid7

_ENDED: Final = "The session has ended: sign in again"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, and until when at most."""

    viewer: Viewer
    expires_at: datetime


class DashboardSessions:
    """Begins, knows and ends sessions.

    :param keys: who is behind an API key; a session ends with its key.
    :param life: how long a session lasts at most.
    :param cache_s: for how long a look-up may be reused.
    """

    def __init__(self, keys: ApiKeys, *, life: timedelta, cache_s: float) -> None:
        self._keys = keys
        self._life = life
        self._known: ShortMemory[DashboardSession] = ShortMemory(cache_s)

    async def begin(self, viewer: Viewer, origin: Origin) -> tuple[SignedIn, str]:
        """Begin a session for who has signed in with an API key: the session, and its secret for the cookie."""
        secret, moment = tokens.mint(SecretKind.SESSION), now()
        signed_in = SignedIn(viewer, moment + self._life)
        target = ("ApiKey", viewer.id)
        await database.write(
            [
                *dashboard_sessions.add(
                    uuid7(), tokens.digest(secret), viewer.id, created_at=moment, expires_at=signed_in.expires_at
                ),
                audit.act("dashboardSignIn", target, None, actor=viewer.actor, origin=origin, at=moment),
            ]
        )
        return signed_in, secret

    async def authenticate(self, secret: str) -> Viewer:
        """The viewer that the session stands for.

        :raises Unauthorized: unknown or ended, or its API key is expired or revoked.
        :raises Unavailable: the database cannot be asked.
        """
        return (await self.find(secret)).viewer

    async def find(self, secret: str) -> SignedIn:
        """The session. As :meth:`authenticate`."""
        session = await self._session(secret)
        return SignedIn(await self._keys.viewer_of_hash(session.key_hash), session.expires_at)

    async def end(self, secret: str, origin: Origin) -> None:
        """End a session; one that is unknown or has ended is left at that."""
        session = await dashboard_sessions.by_secret_hash(tokens.digest(secret))
        if session is None:
            return
        acts = [dashboard_sessions.remove(session.id)]
        try:
            viewer = await self._keys.viewer_of_hash(session.key_hash)
        except Unauthorized:
            pass  # the key ended first, and with it the session
        else:
            target = ("ApiKey", session.api_key_id)
            acts.append(audit.act("dashboardSignOut", target, None, actor=viewer.actor, origin=origin, at=now()))
        await database.write(acts)
        self._known.forget(tokens.digest(secret))

    async def _session(self, secret: str) -> DashboardSession:
        digest = tokens.digest(secret)
        session = self._known.get(digest)
        if session is None:
            well_formed = tokens.is_well_formed(secret, SecretKind.SESSION)
            session = await dashboard_sessions.by_secret_hash(digest) if well_formed else None
        if session is None or session.expires_at <= now():
            raise Unauthorized(_ENDED, code="invalid_token")
        self._known.put(digest, session)
        return session
