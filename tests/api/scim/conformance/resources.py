"""Facts about users, discovery, lists and versions."""

from __future__ import annotations

from tests.api.scim.conformance.fact import ABSENT, ADA, MISSING_USER, Fact, about_ada, ask, patch, refused, search
from tests.bodies import GROUP, USER, person

_ADA = "/Users/{{ada.id}}"
_TITLE = {"op": "replace", "path": "title", "value": "Lead"}
_LOCATED = {"location": "/scim/v2/Users/", "content-location": "/scim/v2/Users/", "etag": '^W/"'}
_SAME = {
    "/meta/location": {"$sameAsHeader": "location"},
    "/meta/version": {"$sameAsHeader": "etag"},
}
_LISTED = {"/schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "/startIndex": 1}
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_ANONYMOUS = {"Authorization": None}

FACTS = [
    about_ada(
        "a PATCH answers 200 with the whole user",
        patch(
            _ADA,
            _TITLE,
            answer={f"/{name}": value for name, value in {**ADA, "title": "Lead"}.items()}
            | {"/id": "{{ada.id}}", "/meta/resourceType": "User"},
        ),
    ),
    Fact(
        "Location, Content-Location and ETag on 201",
        (
            ask(
                "POST",
                "/Users",
                ADA,
                status=201,
                headers=_LOCATED,
                answer={**_SAME, "/meta/location": {"$sameAsHeader": "content-location"}},
            ),
        ),
    ),
    about_ada("Location, Content-Location and ETag on GET", ask("GET", _ADA, headers=_LOCATED, answer=_SAME)),
    about_ada("Location, Content-Location and ETag on PUT", ask("PUT", _ADA, ADA, headers=_LOCATED, answer=_SAME)),
    about_ada("Location, Content-Location and ETag on PATCH", patch(_ADA, _TITLE, headers=_LOCATED, answer=_SAME)),
    Fact(
        "401 is a SCIM error with a challenge",
        tuple(
            refused(ask(method, path, sent=_ANONYMOUS, headers={"www-authenticate": "^Bearer "}), 401)
            for method, path in (("GET", "/Users"), ("POST", "/Users"), ("DELETE", MISSING_USER))
        ),
    ),
    Fact("404 is a SCIM error", tuple(refused(ask(m, MISSING_USER), 404) for m in ("GET", "DELETE"))),
    Fact("405 is a SCIM error that names what is allowed", (refused(ask("PUT", "/Users", {}, headers={"allow": "GET, POST"}), 405),)),
    Fact("an unknown route is a SCIM error", (refused(ask("GET", "/nosuch"), 404), refused(ask("POST", "/nosuch", {}), 404))),
    Fact(
        "discovery answers in ListResponses, User first and Group with it",
        (
            ask(
                "GET",
                "/Schemas",
                answer={
                    **_LISTED,
                    "/totalResults": {"$gte": 3},
                    "/Resources/0/id": USER,
                    "/Resources/*/id": {"$has": GROUP},
                },
            ),
            ask(
                "GET",
                "/ResourceTypes",
                answer={
                    **_LISTED,
                    "/totalResults": 2,
                    "/itemsPerPage": 2,
                    "/Resources/0/name": "User",
                    "/Resources/1/name": "Group",
                },
            ),
        ),
    ),
    Fact(
        "each document of discovery by its id",
        (
            ask("GET", f"/Schemas/{USER}", answer={"/id": USER, "/meta/resourceType": "Schema"}),
            ask("GET", "/ResourceTypes/User", answer={"/id": "User", "/endpoint": "/Users", "/schema": USER}),
            ask("GET", "/ResourceTypes/Group", answer={"/id": "Group", "/endpoint": "/Groups"}),
        ),
    ),
    Fact(
        "discovery knows no other documents",
        (refused(ask("GET", "/Schemas/urn:nosuch"), 404), refused(ask("GET", "/ResourceTypes/Nosuch"), 404)),
    ),
    Fact(
        "discovery is read-only",
        tuple(
            refused(ask(method, path, {}), 405)
            for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", f"/Schemas/{USER}")
            for method in ("POST", "PUT", "PATCH", "DELETE")
        ),
    ),
    Fact(
        "free text where canonical values are given",
        (
            ask(
                "POST",
                "/Users",
                person("bo@x", phoneNumbers=[{"type": "satellite", "value": "call me"}]),
                status=201,
                answer={"/phoneNumbers": [{"type": "satellite", "value": "call me"}]},
            ),
        ),
    ),
    about_ada("displayName is stored", ask("GET", _ADA, answer={"/displayName": "Ada"})),
    Fact(
        "unknown attributes are ignored",
        (
            ask(
                "POST",
                "/Users",
                {**ADA, "favouriteColour": "blue", "urn:example:2.0:User": {"x": 1}},
                status=201,
                answer={"/favouriteColour": ABSENT, "/urn:example:2.0:User": ABSENT, "/schemas": [USER]},
            ),
        ),
    ),
    Fact(
        "booleans as text",
        (
            ask("POST", "/Users", {**ADA, "active": "False"}, status=201, answer={"/active": False}, save={"id": "/id"}),
            patch("/Users/{{id}}", {"op": "replace", "path": "active", "value": "True"}, answer={"/active": True}),
        ),
    ),
    about_ada(
        "userName is never empty",
        refused(ask("POST", "/Users", {**ADA, "userName": ""}), 400, "invalidValue"),
        refused(ask("PUT", _ADA, {**ADA, "userName": ""}), 400, "invalidValue"),
        ask("GET", _ADA, answer={"/userName": "ada@corp.example"}),
    ),
    about_ada(
        "userName is unique without regard to case",
        refused(ask("POST", "/Users", {**ADA, "userName": "ADA@corp.example"}), 409, "uniqueness"),
        search('userName eq "ADA@CORP.example"', ["ada@corp.example"]),
    ),
    about_ada(
        "externalId minds its case and may repeat",
        search('externalId eq "EXT-ada@corp.example"', []),
        ask("POST", "/Users", {**ADA, "userName": "bo@x"}, status=201),
        search('externalId eq "ext-ada@corp.example"', ["ada@corp.example", "bo@x"]),
    ),
    Fact(
        "attributes on every verb",
        (
            ask("POST", "/Users?attributes=title", ADA, status=201, answer={"": {"$type": "object"}, "/title": "Agent", "/name": ABSENT, "/meta": ABSENT}, save={"id": "/id"}),
            ask("GET", "/Users/{{id}}?attributes=title", answer={"": {"schemas": [USER], "id": "{{id}}", "title": "Agent"}}),
            ask("GET", "/Users?attributes=title", answer={"/Resources/0": {"schemas": [USER], "id": "{{id}}", "title": "Agent"}}),
            ask("PUT", "/Users/{{id}}?attributes=title", ADA, answer={"": {"schemas": [USER], "id": "{{id}}", "title": "Agent"}}),
            patch("/Users/{{id}}?attributes=title", _TITLE, answer={"": {"schemas": [USER], "id": "{{id}}", "title": "Lead"}}),
        ),
    ),
    Fact(
        "excludedAttributes on every verb",
        (
            ask("POST", "/Users?excludedAttributes=title", ADA, status=201, answer={"/title": ABSENT, "/displayName": "Ada"}, save={"id": "/id"}),
            ask("GET", "/Users/{{id}}?excludedAttributes=title", answer={"/title": ABSENT, "/displayName": "Ada"}),
            ask("GET", "/Users?excludedAttributes=title", answer={"/Resources/0/title": ABSENT, "/Resources/0/displayName": "Ada"}),
            ask("PUT", "/Users/{{id}}?excludedAttributes=title", ADA, answer={"/title": ABSENT, "/displayName": "Ada"}),
            patch("/Users/{{id}}?excludedAttributes=title", _TITLE, answer={"/title": ABSENT, "/displayName": "Ada"}),
        ),
    ),
    about_ada("count=0 counts", ask("GET", "/Users?count=0", answer={"/totalResults": 1, "/itemsPerPage": 0, "/Resources": []})),
    about_ada(
        "startIndex is echoed",
        ask("GET", "/Users?startIndex=1&count=1", answer={"/startIndex": 1, "/itemsPerPage": 1}),
        ask("GET", "/Users?startIndex=7", answer={"/startIndex": 7, "/itemsPerPage": 0, "/totalResults": 1}),
    ),
    about_ada(
        ".search answers as GET does",
        ask(
            "POST",
            "/Users/.search",
            {"schemas": [_SEARCH_REQUEST], "filter": 'userName eq "ADA@corp.example"', "attributes": ["title"]},
            answer={**_LISTED, "/totalResults": 1, "/Resources/0": {"schemas": [USER], "id": "{{ada.id}}", "title": "Agent"}},
        ),
        refused(ask("POST", "/Users/.search", {"schemas": [_SEARCH_REQUEST], "filter": "nosuch pr"}), 400, "invalidFilter"),
    ),
    about_ada(
        "sorting",
        ask("GET", "/Users?sortBy=userName", answer={"/Resources/*/userName": ["ada@corp.example", "Bo@x", "cy@x"]}),
        ask(
            "GET",
            "/Users?sortBy=userName&sortOrder=descending",
            answer={"/Resources/*/userName": ["cy@x", "Bo@x", "ada@corp.example"]},
        ),
        cy=person("cy@x"),
        bo=person("Bo@x"),
    ),
    Fact("/Me is not offered", (refused(ask("GET", "/Me"), 501),)),
    about_ada(
        "a deleted user is gone, for the second DELETE too",
        ask("DELETE", _ADA, status=204, empty=True),
        refused(ask("GET", _ADA), 404),
        refused(patch(_ADA, _TITLE), 404),
        refused(ask("DELETE", _ADA), 404),
        search('userName eq "ada@corp.example"', []),
    ),
    about_ada(
        "a deleted user's userName is free",
        ask("DELETE", _ADA, status=204),
        ask("POST", "/Users", ADA, status=201, answer={"/id": {"$ne": "{{ada.id}}"}}),
    ),
    about_ada(
        "an ETag is weak, equals meta.version, and spares the body",
        ask("GET", _ADA, headers={"etag": '^W/"1"$'}, answer={"/meta/version": {"$sameAsHeader": "etag"}}),
        ask("GET", _ADA, sent={"If-None-Match": 'W/"1"'}, status=304, empty=True, headers={"etag": '^W/"1"$'}),
        patch(_ADA, _TITLE, headers={"etag": '^W/"2"$'}),
        ask("GET", _ADA, sent={"If-None-Match": 'W/"1"'}, answer={"/title": "Lead"}),
    ),
]  # fmt: skip
