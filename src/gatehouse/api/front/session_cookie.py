"""The cookie of a dashboard session, and what keeps other sites from using it.

The cookie goes to three paths of this server only, never to scripts of the page (HttpOnly), and never with a request that
another site causes (SameSite=Strict). Beside that a request with the cookie must come from our own page: browsers say
in ``Origin`` who sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from gatehouse.api.front.bearer import BearerAuth
from gatehouse.api.front.headers import Headers
from gatehouse.errors import Forbidden, Unauthorized
from gatehouse.services import tokens
from gatehouse.services.tokens import SecretKind

_PATHS: Final = ("/graphql", "/admin/session", "/exports")  # cookies of other paths never meet: one name, one secret


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """How the cookie is written and read.

    :param public_url: where people reach this server; with https the cookie is for https only.
    """

    public_url: str

    @property
    def name(self) -> str:
        """``__Secure-``: browsers then take it from nobody who has no TLS."""
        return "__Secure-gatehouse_session" if self._is_secure else "gatehouse_session"

    def given(self, secret: str) -> Headers:
        """The headers that set the cookie, until the browser is closed."""
        return self._headers(f"{self.name}={secret}")

    def taken_away(self) -> Headers:
        """The headers that remove the cookie."""
        return self._headers(f"{self.name}=; Max-Age=0")

    def secret(self, scope: Scope) -> str | None:
        """What the cookie of a request holds, if there is one."""
        for value in _values(scope, b"cookie"):
            for pair in value.split(";"):
                name, _, secret = pair.strip().partition("=")
                if name == self.name and secret:
                    return secret
        return None

    def check_origin(self, scope: Scope) -> None:
        """Let pass what a page of this very server sends.

        :raises Forbidden: another site's page sends it, or nobody says who does.
        """
        if not self.is_used_by_us(scope):
            raise Forbidden("A session is used by the dashboard's own pages only: send an API key instead")

    def check_site(self, scope: Scope) -> None:
        """Let pass what a page of this server, or the person at the browser, asks for.

        :raises Forbidden: a page of another site does.
        """
        if any(value not in {"same-origin", "none"} for value in _values(scope, b"sec-fetch-site")):
            raise Forbidden("A session is used by the dashboard's own pages only: send an API key instead")

    def is_used_by_us(self, scope: Scope) -> bool:
        """Whether a page of this very server sends the request, as far as its browser tells."""
        origins = [value.lower() for value in _values(scope, b"origin")]
        return is_own_page(scope) or origins == [_origin(self.public_url)]

    @property
    def _is_secure(self) -> bool:
        return self.public_url.startswith("https:")

    def _headers(self, pair: str) -> Headers:
        secure = "; Secure" if self._is_secure else ""
        return [
            (b"set-cookie", f"{pair}; Path={path}; HttpOnly; SameSite=Strict{secure}".encode("latin-1"))
            for path in _PATHS
        ]


def is_own_page(scope: Scope) -> bool:
    """Whether the page that sends a request has the address at which the request arrived."""
    origins = [value.lower() for value in _values(scope, b"origin")]
    hosts = [value.lower() for value in _values(scope, b"host")]
    return len(origins) == 1 and len(hosts) == 1 and urlsplit(origins[0]).netloc == hosts[0]


def secret_of(scope: Scope, authorization: BearerAuth, cookie: SessionCookie | None) -> str:
    """What a request signs in with: its bearer token, or else the session of its cookie.

    :raises Unauthorized: neither is there, or the header is not one bearer token.
    :raises Forbidden: the cookie comes with a request that is not of our pages.
    """
    return _secret(scope, authorization, cookie, SessionCookie.check_origin)


def secret_of_download(scope: Scope, authorization: BearerAuth, cookie: SessionCookie | None) -> str:
    """As :func:`secret_of`, where only a file is read: browsers do not say in ``Origin`` who follows a link.

    They do say whether another site does (https://www.w3.org/TR/fetch-metadata/), and SameSite=Strict keeps the cookie at
    home then. Links from elsewhere, to a file that would be saved, are refused all the same.
    """
    return _secret(scope, authorization, cookie, SessionCookie.check_site)


def _secret(
    scope: Scope,
    authorization: BearerAuth,
    cookie: SessionCookie | None,
    check: Callable[[SessionCookie, Scope], None],
) -> str:
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    found = None
    if cookie is not None and b"authorization" not in [name for name, _ in headers]:
        found = cookie.secret(scope)
    if cookie is None or found is None:
        secret = authorization.token(headers)
        if tokens.is_of_kind(secret, SecretKind.SESSION):
            raise Unauthorized(authorization.malformed, code="invalid_token")  # a cookie's secret is no bearer token
        return secret
    check(cookie, scope)
    return found


def _origin(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header == name]
