"""Facts about groups."""

from __future__ import annotations

from tests.api.scim.conformance.fact import ABSENT, ADA, Fact, ask, patch, refused, search
from tests.bodies import GROUP, person

_CREW = "/Groups/{{Crew.id}}"
_BO = person("bo@x")
_TWO = {"ada": ADA, "bo": _BO}
_MEMBERS = {"Crew": ("ada", "bo")}
_USERS = "http://gatehouse.test/scim/v2/Users"


def _group(name: str, **attributes: object) -> dict[str, object]:
    return {"schemas": [GROUP], "displayName": name, **attributes}


FACTS = [
    Fact(
        "displayName is unique without regard to case",
        (refused(ask("POST", "/Groups", _group("CREW")), 409, "uniqueness"), search('displayName eq "crew"', ["Crew"], "/Groups")),
        groups={"Crew": ()},
    ),
    Fact(
        "externalId minds its case",
        (
            ask("POST", "/Groups", _group("Crew", externalId="Ext"), status=201, answer={"/externalId": "Ext"}),
            search('externalId eq "Ext"', ["Crew"], "/Groups"),
            search('externalId eq "ext"', [], "/Groups"),
        ),
    ),
    Fact(
        "excludedAttributes=members",
        (
            ask("GET", f"{_CREW}?excludedAttributes=members", answer={"/members": ABSENT, "/displayName": "Crew"}),
            ask("GET", "/Groups?excludedAttributes=members", answer={"/Resources/0/members": ABSENT, "/totalResults": 1}),
        ),
        _TWO,
        _MEMBERS,
    ),
    Fact(
        "removal with a list of values removes those",
        (
            patch(_CREW, {"op": "remove", "path": "members", "value": [{"value": "{{ada.id}}"}]}, status=204, empty=True),
            ask("GET", _CREW, answer={"/members/*/value": ["{{bo.id}}"]}),
        ),
        _TWO,
        _MEMBERS,
    ),
    Fact(
        "members come with $ref",
        (ask("GET", _CREW, answer={"/members": [{"value": "{{ada.id}}", "$ref": f"{_USERS}/{{{{ada.id}}}}", "type": "User"}]}),),
        _TWO,
        {"Crew": ("ada",)},
    ),
    Fact("no members: empty or absent", (ask("GET", _CREW, answer={"/members": {"$nullish": True}}),), groups={"Crew": ()}),
]  # fmt: skip
