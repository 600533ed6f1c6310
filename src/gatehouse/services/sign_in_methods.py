"""Signing in at ``/graphql``: by API key, or by a token of Entra ID where that is set up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gatehouse.records import Viewer
from gatehouse.services.api_keys import ApiKeys
from gatehouse.services.entra_tokens import EntraTokens, is_entra_token


def viewer_of(keys: ApiKeys, entra: EntraTokens | None) -> Callable[[str], Awaitable[Viewer]]:
    """Make what turns a secret into a viewer; its errors are those of both."""

    async def authenticate(secret: str) -> Viewer:
        if entra is not None and is_entra_token(secret):
            return await entra.authenticate(secret)
        return await keys.authenticate(secret)

    return authenticate
