"""Trying a mapping on values: what it would give, what today's gives, what is wrong with it; and that nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.graphql.people import READER, Api, Community, new_community, viewer
from tests.services.directory_of_users import fingerprint

from gatehouse.mapping.document import to_document
from gatehouse.mapping.yaml_text import to_yaml
from gatehouse.records import Actor, ActorKind, Origin
from gatehouse.services import mapping
from gatehouse.store import mapping as mappings
from gatehouse.store.database import Database

ACCESS = """role { outcome role { key } normalizedValue matchedRule { titleValue } policyApplied sentence }
  groups { outcome segment segmentIndex normalizedSegment matchedRule { segmentValue } groups { key } sentence }
  unmatchedValues summary"""
EVALUATE = f"""query($input: EvaluateMappingInput!) {{ evaluateMapping(input: $input) {{ version
  findings {{ severity code message path line column }}
  results {{ ref changes proposed {{ {ACCESS} }} today {{ {ACCESS} }} }} }} }}"""
DOCUMENT = """\
settings: {delimiter: /}
roleRules:
- {title: boss, role: manager}
"""


@pytest.fixture
async def acme(database: Database) -> Community:
    return await new_community("acme")


@pytest.fixture
def api(acme: Community) -> Api:
    return Api.of(viewer((acme.tenant.id, READER)))


async def _evaluate(api: Api, tenant: Community, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(EVALUATE, input={"tenantId": tenant.id, **given}))["evaluateMapping"]
    return found


async def test_a_document_beside_the_mapping_in_force(acme: Community, api: Api) -> None:
    before = await fingerprint()

    found = await _evaluate(
        api, acme, document=DOCUMENT, samples=[{"ref": "a", "title": " BOSS", "userType": "north/vip-x"}]
    )

    [result] = found["results"]
    assert (found["version"], found["findings"], result["ref"], result["changes"]) == (1, [], "a", True)
    assert result["proposed"]["role"] == {
        "outcome": "MAPPED",
        "role": {"key": "manager"},
        "normalizedValue": "boss",
        "matchedRule": {"titleValue": "boss"},
        "policyApplied": None,
        "sentence": "title “BOSS” matches the rule “boss” → role Property Manager (mapping version 2)",
    }
    assert [(g["segment"], g["outcome"], g["groups"]) for g in result["proposed"]["groups"]] == [
        ("north", "MAPPED", [{"key": "north"}]),
        ("vip-x", "UNMAPPED", []),
    ]
    assert result["proposed"]["groups"][1] == {
        "outcome": "UNMAPPED",
        "segment": "vip-x",
        "segmentIndex": 1,
        "normalizedSegment": "vip-x",
        "matchedRule": None,
        "groups": [],
        "sentence": (
            "userType part “vip-x” matches no rule; policy ASSIGN_NONE gives the user no group for it"
            " (mapping version 2)"
        ),
    }
    assert result["today"]["role"]["outcome"] == "UNMAPPED"
    assert result["today"]["role"]["policyApplied"] == "ASSIGN_NONE"
    assert [g["segment"] for g in result["today"]["groups"]] == ["north/vip", "x"]
    assert result["today"]["unmatchedValues"] == [" BOSS", "north/vip", "x"]
    assert result["today"]["summary"] == (
        "The user has no role and no employee groups; no rule for “BOSS”, “north/vip” and “x” (mapping version 1)."
    )
    assert await fingerprint() == before


async def test_findings_are_data_and_leave_everything_as_today(acme: Community, api: Api) -> None:
    document = "roleRules:\n- {title: boss, role: chief}\n- {title: no, role: agent}\n"

    found = await _evaluate(api, acme, document=document, samples=[{"title": "boss"}])

    assert [(f["severity"], f["code"], f["path"], f["line"], f["column"]) for f in found["findings"]] == [
        ("ERROR", "UNKNOWN_ROLE", "roleRules[0].role", 2, 23),
        ("ERROR", "WRONG_TYPE", "roleRules[1].title", 3, 11),
    ]
    assert found["findings"][0]["message"] == 'no role has the key "chief" (Known keys: agent, manager.)'
    [result] = found["results"]
    assert (result["changes"], result["proposed"]) == (False, result["today"])


async def test_pruning_and_json(acme: Community, api: Api) -> None:
    given = {"document": '{"roleRules": []}', "format": "JSON", "prune": True, "samples": [{"title": "Agent"}]}

    found = await _evaluate(api, acme, **given)

    assert [(f["severity"], f["code"]) for f in found["findings"]] == [("WARNING", "SECTION_MISSING")]
    assert (found["results"][0]["proposed"]["role"]["role"], found["results"][0]["changes"]) == (None, True)


async def test_an_earlier_version_and_the_one_in_force(acme: Community, api: Api) -> None:
    await mapping.remove_role_rule(
        Actor(ActorKind.ADMIN, None, "test"), Origin("r"), acme.tenant.id, expected_version=1, value="Agent"
    )
    samples = [{"title": "Agent", "userType": "vip"}, {}]

    earlier = await _evaluate(api, acme, version=1, samples=samples)
    in_force = await _evaluate(api, acme, version=2, samples=samples)
    nothing = await _evaluate(api, acme, samples=samples)

    assert (earlier["version"], earlier["findings"]) == (2, [])
    assert [r["changes"] for r in earlier["results"]] == [True, False]
    assert earlier["results"][0]["proposed"]["role"]["role"] == {"key": "agent"}
    assert [r["changes"] for r in in_force["results"]] == [False, False]
    assert in_force == nothing
    assert nothing["results"][1]["today"]["role"]["outcome"] == "EMPTY"


async def test_edits(acme: Community, api: Api) -> None:
    edits = [{"setRole": {"titleValue": "Boss", "roleKey": "manager"}}, {"setDelimiter": "/"}]

    found = await _evaluate(api, acme, patch=edits, samples=[{"title": "boss", "userType": "north/vip"}])

    proposed = found["results"][0]["proposed"]
    assert (found["findings"], proposed["role"]["role"]) == ([], {"key": "manager"})
    assert [group["groups"] for group in proposed["groups"]] == [[{"key": "north"}], [{"key": "vip"}]]


async def test_the_canonical_document_changes_nothing(acme: Community, api: Api) -> None:
    text = to_yaml(to_document(await mappings.read(acme.tenant.id)), heading=["Mapping of acme, version 1"])

    found = await _evaluate(api, acme, document=text, prune=True, samples=[{"title": "Agent", "userType": "VIP"}])

    assert found["findings"] == []
    assert found["results"][0]["proposed"] == found["results"][0]["today"]


async def test_a_value_that_would_be_refused_gives_nothing(acme: Community, api: Api) -> None:
    found = await _evaluate(
        api, acme, document="settings: {unmappedTitle: REJECT_REQUEST}", samples=[{"title": "boss"}]
    )

    role = found["results"][0]["proposed"]["role"]
    assert (role["outcome"], role["policyApplied"], role["role"]) == ("UNMAPPED", "REJECT_REQUEST", None)


@pytest.mark.parametrize(
    ("_case", "given", "message"),
    [
        ("too many", {"samples": [{}] * 101}, "`samples` may hold 100"),
        ("too long", {"samples": [{"title": "x" * 4_097}]}, "a value may have 4,096 characters"),
        ("both", {"samples": [], "document": "{}", "version": 1}, "Give one of `document`, `patch` and `version`"),
        (
            "an edit of nothing",
            {"samples": [], "patch": [{"removeRole": "Nobody"}]},
            'no role rule for "Nobody"',
        ),
        ("no such version", {"samples": [], "version": 7}, "the mapping has no version 7"),
    ],
)
async def test_refused(acme: Community, api: Api, _case: str, given: dict[str, Any], message: str) -> None:
    error = await api.error(EVALUATE, input={"tenantId": acme.id, **given})

    assert error["message"] == message


async def test_null_reads_as_left_out(acme: Community, api: Api) -> None:
    sample = {"ref": None, "title": None, "userType": None}

    found = await _evaluate(api, acme, document=None, patch=None, version=None, samples=[sample])

    assert found == await _evaluate(api, acme, samples=[{}])
