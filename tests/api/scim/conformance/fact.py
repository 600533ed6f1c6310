"""How a fact is written down: a state, then requests with the answers that independent SCIM suites agree on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.bodies import GROUP, patch_op, person

Step = dict[str, Any]

ADA = person("ada@corp.example", title="Agent", displayName="Ada")
MISSING_USER = "/Users/0d8fa1b2-0000-4000-8000-000000000000"
ABSENT = {"$absent": True}


@dataclass(frozen=True)
class Fact:
    """One fact; ``users`` and ``groups`` (with the refs of their members) exist before the first step."""

    id: str
    steps: tuple[Step, ...]
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Any]:
        """The state, as the player of cases takes it."""
        users = [{"ref": ref, "scim": body} for ref, body in self.users.items()]
        groups = [
            {"ref": ref, "scim": {"schemas": [GROUP], "displayName": ref}, "members": members}
            for ref, members in self.groups.items()
        ]
        return {"users": users, "groups": groups}


def about_ada(name: str, *steps: Step, **users: dict[str, Any]) -> Fact:
    """A fact about Ada, who exists."""
    return Fact(name, steps, {"ada": ADA, **users})


def ask(
    method: str,
    path: str,
    body: Any = None,
    *,
    status: int = 200,
    answer: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    sent: dict[str, str | None] | None = None,
    empty: bool = False,
    save: dict[str, str] | None = None,
) -> Step:
    """A request and its answer.

    :param answer: pointer → value or matcher (tests/entra/matchers.py).
    :param headers: of the answer: name → pattern.
    :param sent: headers of the request beside the token.
    """
    expect = {"status": status, "body": answer or {}, "headers": headers or {}, "empty": empty, "save": save or {}}
    known = {"Authorization": "Bearer {{token}}", **(sent or {})}
    return {"method": method, "path": path, "headers": known, "body": body, "expect": expect}


def patch(path: str, *operations: dict[str, Any], **expected: Any) -> Step:
    """A PATCH."""
    return ask("PATCH", path, patch_op(*operations), **expected)


def refused(step: Step, status: int, scim_type: str | None = None) -> Step:
    """The same request, refused in SCIM form."""
    answer = {
        "/schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "/status": str(status),
        "/scimType": scim_type or ABSENT,
        "/detail": {"$type": "string"},
    }
    headers = {"content-type": r"^application/scim\+json$", **step["expect"]["headers"]}
    return {**step, "expect": {"status": status, "body": answer, "headers": headers}}


def search(text: str, found: list[str], path: str = "/Users") -> Step:
    """A filter, and the names that it finds."""
    answer = {"/totalResults": len(found)} | {
        f"/Resources/{at}/{'userName' if path == '/Users' else 'displayName'}": name for at, name in enumerate(found)
    }
    return ask("GET", f"{path}?filter={quote(text, safe='{}')}", answer=answer)
