"""Every mutation of the schema, with what it must be given to change something."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from graphql import GraphQLInputObjectType, build_schema, get_named_type
from tests.api.graphql.people import Api, Community, viewer

from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.schema import print_admin_schema
from gatehouse.records import Origin, iso_milliseconds
from gatehouse.services import exports
from gatehouse.services.clock import now

SCHEMA = build_schema(print_admin_schema())
SOON = iso_milliseconds(now() + timedelta(days=1))
REQUIRED: dict[str, dict[str, Any]] = {
    "roleUpsert": {"key": "new", "name": "New"},
    "employeeGroupUpsert": {"key": "new", "name": "New"},
    "roleRuleSet": {"expectedVersion": 1, "titleValue": "Boss", "roleKey": "agent"},
    "roleRuleRemove": {"expectedVersion": 1, "value": "Agent"},
    "groupRuleSet": {"expectedVersion": 1, "segmentValue": "east", "groupKeys": ["north"]},
    "groupRuleRemove": {"expectedVersion": 1, "value": "north"},
    "mappingSettingsUpdate": {"expectedVersion": 1, "delimiter": "/"},
    "tenantUpdate": {"expectedVersion": 1, "name": "New"},
    "mappingPlanCreate": {"baseVersion": 1, "change": {"patch": [{"removeRole": "Agent"}]}},
    "mappingRollback": {"toVersion": 1, "message": "back"},
    "credentialCreate": {"label": "Entra"},
    "userOverrideSet": {"reason": "cover", "expiresAt": SOON},
    "userOverrideClear": {},
    "exportCreate": {"subject": "AUDIT", "format": "CSV"},
}


def mutations() -> list[str]:
    assert SCHEMA.mutation_type is not None
    return list(SCHEMA.mutation_type.fields)


def input_type(mutation: str) -> GraphQLInputObjectType:
    assert SCHEMA.mutation_type is not None
    named = get_named_type(SCHEMA.mutation_type.fields[mutation].args["input"].type)
    assert isinstance(named, GraphQLInputObjectType)
    return named


async def run(api: Api, mutation: str, **given: Any) -> dict[str, Any]:
    document = f"mutation($input: {input_type(mutation).name}!) {{ result: {mutation}(input: $input) "
    document += "{ userErrors { code message path } } }"
    result: dict[str, Any] = (await api.data(document, input=given))["result"]
    return result


async def _secret(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation of a token or key must be given, with one to replace or end."""
    kind = "credential" if mutation.startswith("credential") else "apiKey"
    given: dict[str, Any] = {"tenantId": acme.id, "label": "Entra"}
    if kind == "apiKey":
        given = {"name": "key", "expiresAt": SOON, "grants": [{"tenantId": acme.id, "preset": "VIEWER"}]}
    if mutation == "apiKeyCreate":
        return given
    document = (
        f"mutation($input: {input_type(f'{kind}Create').name}!) {{ {kind}Create(input: $input) {{ {kind} {{ id }} }} }}"
    )
    made = (await api.data(document, input=given))[f"{kind}Create"][kind]["id"]
    more = {"credentialRevoke": {"reason": "x", "confirmLast": True}, "apiKeyRotate": {"expiresAt": SOON}}
    return {f"{kind}Id": made, **more.get(mutation, {"reason": "x"} if mutation == "apiKeyRevoke" else {})}


async def _value(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation of a value without a rule must be given, with one to ignore or one that is ignored."""
    await acme.add("Bob", title="Baker")
    document = "query($id: ID!) { tenant(by: {id: $id}) { unmappedValues { nodes { id } } } }"
    value = (await api.data(document, id=acme.id))["tenant"]["unmappedValues"]["nodes"][0]["id"]
    ignored = {"unmappedValueId": value, "reason": "x"}
    if mutation == "unmappedValueIgnore":
        return ignored
    await run(api, "unmappedValueIgnore", **ignored)
    return {"unmappedValueId": value}


async def _override(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation of an override must be given, with one to replace or end."""
    before = {"userId": acme.person_id(0), **REQUIRED["userOverrideSet"], "roleKey": "manager"}
    await run(api, "userOverrideSet", **before)
    other = {"roleKey": "agent"} if mutation == "userOverrideSet" else {}
    return {"userId": acme.person_id(0), **other, **REQUIRED[mutation]}


async def _plan(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation of a plan must be given, with one to apply or discard."""
    made = await api.data(
        """mutation($input: MappingPlanCreateInput!) { mappingPlanCreate(input: $input) { plan { id proposedDigest } } }""",
        input={"tenantId": acme.id, **REQUIRED["mappingPlanCreate"]},
    )
    plan = made["mappingPlanCreate"]["plan"]
    digest = {"expectedDigest": plan["proposedDigest"]} if mutation == "mappingPlanApply" else {}
    return {"planId": plan["id"], **digest}


async def _rollback(acme: Community, api: Api, _mutation: str) -> dict[str, Any]:
    """What mappingRollback must be given, with something to take back."""
    await run(api, "roleRuleSet", tenantId=acme.id, **REQUIRED["roleRuleSet"])
    return {"tenantId": acme.id, **REQUIRED["mappingRollback"]}


async def _job(acme: Community, _api: Api, _mutation: str) -> dict[str, Any]:
    """What a mutation of a job must be given, with one to cancel."""
    wish = exports.Wish(exports.ExportSubject.USERS, exports.ExportFormat.CSV)
    return {"jobId": global_id("Job", (await exports.create(viewer(), Origin("r"), acme.tenant.id, wish)).id)}


_WITH_SOMETHING = {
    **dict.fromkeys(("userOverrideSet", "userOverrideClear"), _override),
    **dict.fromkeys(("mappingPlanApply", "mappingPlanDiscard"), _plan),
    **dict.fromkeys(("unmappedValueIgnore", "unmappedValueUnignore"), _value),
    **dict.fromkeys(("credentialRotate", "credentialRevoke", "apiKeyCreate", "apiKeyRotate", "apiKeyRevoke"), _secret),
    "mappingRollback": _rollback,
    "jobCancel": _job,
}


async def required(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation must be given, with something to act on for those that take it."""
    if mutation in _WITH_SOMETHING:
        return await _WITH_SOMETHING[mutation](acme, api, mutation)
    if mutation == "tenantCreate":
        return {"slug": f"beta-of-{acme.tenant.slug}", "name": "Beta"}
    return {"tenantId": acme.id, **REQUIRED[mutation]}
