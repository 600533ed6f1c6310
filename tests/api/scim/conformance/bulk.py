"""Facts about bulk requests."""

from __future__ import annotations

from typing import Any

from tests.api.scim.conformance.fact import ADA, Fact, ask, refused, search
from tests.bodies import person

_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def _message(*operations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"schemas": [_REQUEST], "Operations": list(operations), **fields}


def _creating(bulk_id: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": body}


_TWICE_THEN_BO = (_creating("1", ADA), _creating("2", ADA), _creating("3", person("bo@x")))

FACTS = [
    Fact(
        "bulk: what is supported is said",
        (
            ask(
                "GET",
                "/ServiceProviderConfig",
                answer={"/bulk": {"supported": True, "maxOperations": 1_000, "maxPayloadSize": 1_048_576}},
            ),
        ),
    ),
    Fact(
        "bulk: more than maxOperations",
        (
            refused(ask("POST", "/Bulk", _message(*(_creating(f"{n}", person(f"u{n}@x")) for n in range(1_001)))), 413),
            search("userName pr", []),
        ),
    ),
    Fact(
        "bulk: more than maxPayloadSize",
        (
            refused(ask("POST", "/Bulk", _message(_creating("1", {**ADA, "nickName": "x" * 1_048_576}))), 413),
            search("userName pr", []),
        ),
    ),
    Fact(
        "bulk: errors leave the rest alone",
        (
            ask(
                "POST",
                "/Bulk",
                _message(*_TWICE_THEN_BO),
                answer={
                    "/schemas": [_RESPONSE],
                    "/Operations/*/status": ["201", "409", "201"],
                    "/Operations/*/bulkId": ["1", "2", "3"],
                    "/Operations/1/response/scimType": "uniqueness",
                },
            ),
            search("userName pr", ["ada@corp.example", "bo@x"]),
        ),
    ),
    Fact(
        "bulk: failOnErrors",
        (
            ask(
                "POST",
                "/Bulk",
                _message(*_TWICE_THEN_BO, failOnErrors=1),
                answer={"/Operations/*/status": ["201", "409"]},
            ),
            search("userName pr", ["ada@corp.example"]),
        ),
    ),
]
