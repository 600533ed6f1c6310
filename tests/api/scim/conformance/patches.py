"""PATCHes that trip servers."""

from __future__ import annotations

from typing import Any

from tests.api.scim.conformance.fact import ABSENT, Fact, Step, about_ada, ask, patch, refused
from tests.bodies import ENTERPRISE, person

_ADA = "/Users/{{ada.id}}"
_WORK = {"type": "work", "value": "ada@corp.example", "primary": True}
_HOME = {"type": "home", "value": "h@x", "primary": True}
_ADD_HOME = {"op": "add", "path": "emails", "value": [_HOME]}
_BOSS = {"boss": person("boss@corp.example")}


def _unchanged(*steps: Step) -> tuple[Step, ...]:
    """The steps, between two looks at Ada that see the same version."""
    return (*steps, ask("GET", _ADA, answer={"/meta/version": 'W/"1"', "/title": "Agent"}))


def _managed(spelling: str, path: str | None, value: Any) -> Fact:
    operation = {"op": "add", "value": value} if path is None else {"op": "add", "path": path, "value": value}
    shown = {f"/{ENTERPRISE}/manager": {"value": "{{boss.id}}"}, "/schemas": {"$has": ENTERPRISE}}
    return about_ada(f"manager as a bare string: {spelling}", patch(_ADA, operation, answer=shown), **_BOSS)


FACTS = [
    about_ada(
        "the old primary is demoted",
        patch(_ADA, _ADD_HOME, answer={"/emails": [{**_WORK, "primary": False}, _HOME]}),
        patch(
            _ADA,
            {"op": "replace", "path": 'emails[type eq "work"].primary', "value": True},
            answer={"/emails": [_WORK, {**_HOME, "primary": False}]},
        ),
    ),
    about_ada(
        "what is added twice is there once",
        patch(_ADA, _ADD_HOME, headers={"etag": '"2"'}),
        patch(_ADA, _ADD_HOME, headers={"etag": '"2"'}, answer={"/emails": {"$len": 2}}),
    ),
    about_ada(
        "replace name merges",
        patch(
            _ADA,
            {"op": "replace", "path": "name", "value": {"familyName": "Byron"}},
            answer={"/name": {"givenName": "Ada", "familyName": "Byron"}},
        ),
    ),
    about_ada(
        "all operations are rolled back when the last fails",
        *_unchanged(
            refused(
                patch(
                    _ADA,
                    {"op": "replace", "path": "title", "value": "Lead"},
                    _ADD_HOME,
                    {"op": "replace", "path": "active", "value": "perhaps"},
                ),
                400,
                "invalidValue",
            )
        ),
    ),
    about_ada(
        "all operations are rolled back when the name is taken",
        *_unchanged(
            refused(
                patch(
                    _ADA,
                    {"op": "replace", "path": "title", "value": "Lead"},
                    {"op": "replace", "path": "userName", "value": "BOSS@corp.example"},
                ),
                409,
                "uniqueness",
            )
        ),
        **_BOSS,
    ),
    about_ada(
        'userName cannot be set to ""',
        *_unchanged(
            refused(patch(_ADA, {"op": "replace", "path": "userName", "value": ""}), 400, "mutability"),
            refused(patch(_ADA, {"op": "replace", "value": {"userName": ""}}), 400, "mutability"),
        ),
    ),
    _managed("at the URN", f"{ENTERPRISE}:manager", "{{boss.id}}"),
    _managed("at the URN with a dot", f"{ENTERPRISE}.manager", "{{boss.id}}"),
    _managed("at its own name", "manager", "{{boss.id}}"),
    _managed("without a path", None, {f"{ENTERPRISE}:manager": "{{boss.id}}"}),
    _managed("without a path, with a dot", None, {f"{ENTERPRISE}.manager": "{{boss.id}}"}),
    _managed("inside the extension", None, {ENTERPRISE: {"manager": "{{boss.id}}"}}),
    about_ada(
        'manager is cleared with ""',
        patch(_ADA, {"op": "add", "path": f"{ENTERPRISE}:manager", "value": "{{boss.id}}"}),
        patch(
            _ADA,
            {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": ""},
            answer={f"/{ENTERPRISE}": ABSENT},
        ),
        **_BOSS,
    ),
]
