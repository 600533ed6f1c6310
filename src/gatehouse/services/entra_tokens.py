"""Tokens that Entra ID issued for people and programs of our own directory: who is behind one, and what it grants.

Only RS256, only keys from the address of the settings; nothing in the token says where to look for anything. Claims as
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference has them.
"""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from gatehouse.errors import Forbidden, NotFound, Unauthorized
from gatehouse.records import ActorKind, Grant, Viewer
from gatehouse.services import tokens
from gatehouse.services.entra_grants import GrantRule, granted
from gatehouse.services.jwks import SigningKeys
from gatehouse.services.lookups import ShortMemory
from gatehouse.store import tenants

MAX_BYTES: Final = 16_384
MAX_VALUES: Final = 500  # roles and groups of a token; Entra sends no more than 200 groups
LEEWAY: Final = timedelta(seconds=60)
MAX_LIFE: Final = timedelta(days=2)  # Entra's longest is 28 hours

_FORM: Final = re.compile(r"[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{300,1400}", re.ASCII)
_LIKE_ONE: Final = re.compile(r"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", re.ASCII)
_KEY_ID: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_MAX_NAME: Final = 200
_LAST_TIME: Final = 1e11  # seconds since 1970: the year 5138


@dataclass(frozen=True, slots=True)
class EntraSignIn:
    """What tokens must say to be accepted.

    :param issuer: ``iss``, to the letter.
    :param audience: ``aud``: the application's id or its URI.
    :param directory_id: ``tid``.
    """

    issuer: str
    audience: str
    directory_id: UUID
    rules: tuple[GrantRule, ...]


class EntraTokens:
    """Tells who is behind a token of Entra ID.

    :param cache_s: for how long a verdict may be reused.
    :param clock: seconds since 1970.
    """

    def __init__(
        self, wanted: EntraSignIn, keys: SigningKeys, *, cache_s: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._wanted = wanted
        self._keys = keys
        self._clock = clock
        self._known: ShortMemory[tuple[Viewer, float]] = ShortMemory(cache_s)

    @staticmethod
    def recognises(secret: str) -> bool:
        """Whether the text looks like a JSON Web Token rather than one of our keys."""
        return _LIKE_ONE.fullmatch(secret) is not None

    async def authenticate(self, token: str) -> Viewer:
        """The viewer that the token stands for.

        :raises Unauthorized: it is not valid here; the message does not tell why.
        :raises Forbidden: it is valid, but none of its roles and groups grants anything.
        :raises Unavailable: the signing keys, or the database, cannot be asked.
        """
        digest = tokens.digest(token)
        known = self._known.get(digest)
        if known is None:
            claims = await self._verified(token)
            known = (await self._viewer(claims), float(claims["exp"]))
            self._known.put(digest, known)
        viewer, ends_at = known
        if self._clock() >= ends_at + LEEWAY.total_seconds():
            raise _refused("expired")
        return viewer

    async def _verified(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_BYTES or not _FORM.fullmatch(token):
            raise _refused("malformed")
        key_id = _key_id(token)
        key = await self._keys.find(key_id)
        if key is None:
            raise _refused("unknown key")
        try:
            claims = jwt.decode(token, key, algorithms=["RS256"], registry=_registry()).claims
        except (JoseError, ValueError):
            raise _refused("bad signature") from None
        self._check(claims)
        return claims

    def _check(self, claims: Mapping[str, Any]) -> None:
        moment, leeway = self._clock(), LEEWAY.total_seconds()
        begin, end = _time(claims.get("nbf", 0)), _time(claims.get("exp"))
        faults = {
            "expired": moment >= end + leeway,
            "not yet valid": moment < begin - leeway,
            "too long a life": end > moment + MAX_LIFE.total_seconds(),
            "wrong issuer": claims.get("iss") != self._wanted.issuer,
            "wrong audience": claims.get("aud") != self._wanted.audience,
            "wrong directory": str(claims.get("tid", "")).lower() != str(self._wanted.directory_id),
        }
        fault = next((name for name, found in faults.items() if found), None)
        if fault:
            raise _refused(fault)

    async def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        values = _values(claims, "roles") | _values(claims, "groups")
        grants = [grant for rule in granted(self._wanted.rules, values) for grant in await _grants(rule)]
        if not grants:
            hint = None
            if not values and "groups" in (claims.get("_claim_names") or {}):
                hint = (
                    "The token has too many groups to name them: assign app roles, or only groups of the application."
                )
            raise Forbidden("None of the token's roles and groups grants anything here", hint=hint)
        return Viewer(_actor_id(claims), _name(claims), ActorKind.ADMIN, tuple(grants))


async def _grants(rule: GrantRule) -> list[Grant]:
    """A rule's grants in the tenants that there are."""
    if not rule.slugs:
        return [Grant(None, rule.permissions)]
    grants = []
    for slug in rule.slugs:
        try:
            grants.append(Grant((await tenants.by_slug(slug)).id, rule.permissions))
        except NotFound:
            continue
    return grants


def _key_id(token: str) -> str:
    """The header's key id, once the header says RS256; what else it says is not followed."""
    try:
        header = orjson.loads(_decoded(token.partition(".")[0]))
    except ValueError:
        raise _refused("malformed") from None
    if not isinstance(header, dict) or header.get("alg") != "RS256" or "crit" in header:
        raise _refused("wrong algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise _refused("no key id")
    return key_id


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _registry() -> JWSRegistry:
    registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    registry.max_header_length = MAX_BYTES
    return registry


def _time(value: object) -> float:
    """:raises Unauthorized: it is no time."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LAST_TIME:
        return float(value)
    raise _refused("no times")


def _values(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    listed = claims.get(claim)
    return (
        frozenset(value for value in listed[:MAX_VALUES] if isinstance(value, str))
        if isinstance(listed, list)
        else frozenset()
    )


def _actor_id(claims: Mapping[str, Any]) -> UUID:
    """The object id of the person or program, or else what stands for it in this application."""
    try:
        return UUID(str(claims.get("oid")))
    except ValueError:
        return uuid5(NAMESPACE_URL, f"{claims.get('iss')}#{claims.get('sub')}")


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("name", "preferred_username", "upn", "app_displayname", "azp", "appid"):
        name = claims.get(claim)
        if isinstance(name, str) and name.strip() and name.isprintable():
            return name.strip()[:_MAX_NAME]
    return "Entra ID"


def _refused(reason: str) -> Unauthorized:
    return Unauthorized("The token is not valid here", code="invalid_token", reason=reason)
