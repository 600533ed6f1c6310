"""What a script can learn of the server before it asks for anything else."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from tests.api.graphql.people import Api, viewer
from tests.world import running

from gatehouse.api.graphql.budget import MAX_PAGE
from gatehouse.services.clock import now
from gatehouse.store.models.tenants import Tenant

FEATURES = "{ server { features } }"
FACTS = "{ server { version startedAt schemaHash features maxPageSize maxQueryCost historyRetentionDays } }"
SCHEMA_FILE = Path(__file__).parents[3] / "schema.graphql"


async def test_what_the_server_tells() -> None:
    before = now()
    nobody = Api.of(viewer((viewer().id, frozenset())), max_cost=77)

    told = [(await nobody.data(FACTS))["server"] for _ in range(2)]

    assert told[0] == told[1]  # by the executor and by a plan
    started_at = datetime.fromisoformat(told[0].pop("startedAt"))
    assert before - timedelta(milliseconds=1) <= started_at <= now()
    assert told[0] == {
        "version": version("gatehouse"),
        "schemaHash": sha256(SCHEMA_FILE.read_bytes()).hexdigest(),
        "features": [],
        "maxPageSize": MAX_PAGE,
        "maxQueryCost": 77,
        "historyRetentionDays": Tenant._meta.fields_map["event_retention_days"].default,
    }


ENTRA = {
    "entra_issuer": "https://login.microsoftonline.com/directory/v2.0",
    "entra_audience": "gatehouse",
    "entra_directory_id": UUID(int=1),
    "entra_jwks_url": "http://127.0.0.1:1/keys",
    "entra_grants": "Gatehouse.Viewer=viewer",
}
EVERYTHING_OFF = {"graphiql": False, "introspection": False, "metrics": False}


@pytest.mark.parametrize(
    ("settings", "features"),
    [
        ({}, ["GRAPHIQL", "INTROSPECTION", "METRICS"]),
        (EVERYTHING_OFF, []),
        ({**EVERYTHING_OFF, "introspection": True}, ["INTROSPECTION"]),
        ({**EVERYTHING_OFF, **ENTRA}, ["ENTRA_SIGN_IN"]),
        ({**EVERYTHING_OFF, "trusted_documents": {sha256(FEATURES.encode()).hexdigest(): FEATURES}}, ["TRUSTED_DOCUMENTS"]),
    ],
    ids=["as it comes", "all off", "introspection", "Entra ID", "trusted documents"],
)  # fmt: skip
async def test_what_is_switched_on(
    migrated_url: str, tmp_path: Path, settings: dict[str, Any], features: list[str]
) -> None:
    given = dict(settings)
    if "trusted_documents" in given:
        manifest = tmp_path / "manifest.json"
        manifest.write_bytes(orjson.dumps(given["trusted_documents"]))
        given["trusted_documents"] = manifest

    async with running(migrated_url, **given) as gatehouse:
        told = await gatehouse.graphql(await gatehouse.api_key("viewer"), FEATURES)

    assert told == {"server": {"features": features}}
