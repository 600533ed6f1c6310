"""Signing in at ``/graphql``: by API key, by a session of the dashboard, or by a token of Entra ID where that is set up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from gatehouse.records import Viewer
from gatehouse.services import tokens
from gatehouse.services.api_keys import ApiKeys
from gatehouse.services.dashboard_sessions import DashboardSessions
from gatehouse.services.tokens import SecretKind

if TYPE_CHECKING:
    from gatehouse.services.entra_tokens import EntraTokens


def viewer_of(
    keys: ApiKeys, entra: EntraTokens | None, sessions: DashboardSessions
) -> Callable[[str], Awaitable[Viewer]]:
    """Make what turns a secret into a viewer; its errors are those of all."""

    async def authenticate(secret: str) -> Viewer:
        if tokens.is_of_kind(secret, SecretKind.SESSION):
            return await sessions.authenticate(secret)
        if entra is not None and entra.recognises(secret):
            return await entra.authenticate(secret)
        return await keys.authenticate(secret)

    return authenticate
