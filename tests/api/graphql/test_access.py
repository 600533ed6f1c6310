"""Why does a user have this access? The answer equals what is stored and what is in force."""

from __future__ import annotations

import orjson
import pytest
from tests.api.graphql.people import READER, Api, Community, new_community, viewer
from tests.fixtures import NOW_US

from gatehouse.records import Change
from gatehouse.services.masking import mask
from gatehouse.store.database import Database, execute

WHY = """
query($id: ID!) { user(by: {id: $id}) { role { key } groups { key } access {
  mappingVersion summary unmatchedValues
  role { outcome inputAttribute inputValue normalizedValue policyApplied sentence role { key } assertedBy { reason }
         matchedRule { titleValue note sinceVersion role { key } } }
  groups { outcome inputAttribute segment segmentIndex normalizedSegment policyApplied sentence groups { key }
           matchedRule { segmentValue sinceVersion groups { key } } assertedBy { reason } } } } }
"""


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


@pytest.fixture
async def acme(database: Database) -> Community:
    return await new_community("acme")


async def test_why_with_rules(acme: Community, api: Api) -> None:
    await acme.add("Ana", title=" AGENT ", userType="north-Moon-vip")
    await acme.happen(0, 1, reason="title set", changes=(Change("title", "x", " AGENT "),))
    await acme.happen(0, 2, reason="phone set", changes=(Change("phoneNumbers", None, "1"),))

    user = (await api.data(WHY, id=acme.person_id(0)))["user"]

    assert user == {
        "role": {"key": "agent"},
        "groups": [{"key": "north"}, {"key": "vip"}],
        "access": {
            "mappingVersion": 1,
            "summary": "Ana Okafor has role Leasing Agent and employee groups North and Vip; no rule for “Moon”"
            " (mapping version 1).",
            "unmatchedValues": ["Moon"],
            "role": {
                "outcome": "MAPPED",
                "inputAttribute": "title",
                "inputValue": " AGENT ",
                "normalizedValue": "agent",
                "policyApplied": None,
                "sentence": "title “AGENT” matches the rule “Agent” → role Leasing Agent (mapping version 1)",
                "role": {"key": "agent"},
                "assertedBy": {"reason": "title set"},
                "matchedRule": {"titleValue": "Agent", "note": None, "sinceVersion": 1, "role": {"key": "agent"}},
            },
            "groups": [
                {
                    "outcome": "MAPPED",
                    "inputAttribute": "userType",
                    "segment": "north",
                    "segmentIndex": 0,
                    "normalizedSegment": "north",
                    "policyApplied": None,
                    "sentence": "userType part “north” matches the rule “North” → employee group North"
                    " (mapping version 1)",
                    "groups": [{"key": "north"}],
                    "matchedRule": {"segmentValue": "North", "sinceVersion": 1, "groups": [{"key": "north"}]},
                    "assertedBy": {"reason": None},
                },
                {
                    "outcome": "UNMAPPED",
                    "inputAttribute": "userType",
                    "segment": "Moon",
                    "segmentIndex": 1,
                    "normalizedSegment": "moon",
                    "policyApplied": "ASSIGN_NONE",
                    "sentence": "userType part “Moon” matches no rule; policy ASSIGN_NONE gives Ana Okafor no group for it"
                    " (mapping version 1)",
                    "groups": [],
                    "matchedRule": None,
                    "assertedBy": {"reason": None},
                },
                {
                    "outcome": "MAPPED",
                    "inputAttribute": "userType",
                    "segment": "vip",
                    "segmentIndex": 2,
                    "normalizedSegment": "vip",
                    "policyApplied": None,
                    "sentence": "userType part “vip” matches the rule “Vip” → employee group Vip (mapping version 1)",
                    "groups": [{"key": "vip"}],
                    "matchedRule": {"segmentValue": "Vip", "sinceVersion": 1, "groups": [{"key": "vip"}]},
                    "assertedBy": {"reason": None},
                },
            ],
        },
    }


async def test_disabled_user_keeps_access_on_record(acme: Community, api: Api) -> None:
    await acme.add("Ana", title="Agent", userType="north", active=False)

    user = (await api.data(WHY, id=acme.person_id(0)))["user"]

    access = user["access"]
    assert (user["role"], user["groups"]) == (None, [])
    assert (access["role"]["outcome"], access["role"]["role"]) == ("INACTIVE", {"key": "agent"})
    assert (access["groups"][0]["outcome"], access["groups"][0]["groups"]) == ("INACTIVE", [{"key": "north"}])
    assert access["summary"].endswith("are on record but not in force.")


async def test_deleted_user_is_explained_by_the_version_that_decided(acme: Community, api: Api) -> None:
    await acme.add("Ana", title="Agent", userType="north")
    await acme.delete(0)
    changed = 'mutation($id: ID!) { roleRuleSet(input: {tenantId: $id, expectedVersion: 1, titleValue: "Agent",'
    changed += ' roleKey: "manager"}) { userErrors { code } } }'
    assert (await api.data(changed, id=acme.id))["roleRuleSet"] == {"userErrors": []}

    access = (await api.data(WHY, id=acme.person_id(0)))["user"]["access"]

    assert access["mappingVersion"] == 1
    assert access["summary"] == (
        "Ana Okafor is deleted: role Leasing Agent and employee group North are on record but not in force."
    )
    assert access["role"]["sentence"] == (
        "title “Agent” matches the rule “Agent” → role Leasing Agent (mapping version 1);"
        " not in force: Ana Okafor is deleted"
    )
    rule = {"titleValue": "Agent", "note": None, "sinceVersion": 1, "role": {"key": "agent"}}
    assert (access["role"]["outcome"], access["role"]["matchedRule"]) == ("INACTIVE", rule)


@pytest.mark.parametrize(
    ("attributes", "called"),
    [
        ({"displayName": "Ana Lima"}, "Ana Lima"),
        ({"displayName": " "}, "Ana Okafor"),
        ({"displayName": " ", "name": {}}, "ana@contoso.example"),
    ],
)
async def test_the_summary_names_the_person(
    acme: Community, api: Api, attributes: dict[str, object], called: str
) -> None:
    name = {"givenName": "Ana", "familyName": "Okafor"}
    user = await acme.add("Ana", title="Agent")
    document = orjson.loads(user.document) | {"name": name} | attributes
    await execute("UPDATE scim_user SET document = $2 WHERE id = $1", user.id, orjson.dumps(document).decode())
    query = "query($id: ID!) { user(by: {id: $id}) { access { summary } } }"
    expected = "{} has role Leasing Agent and no employee groups (mapping version 1)."

    plain = await api.data(query, id=acme.person_id(0))
    masked = await Api.of(viewer((acme.tenant.id, READER))).data(query, id=acme.person_id(0))

    assert plain["user"]["access"]["summary"] == expected.format(called)
    assert masked["user"]["access"]["summary"] == expected.format(mask(called))


async def test_user_without_values(acme: Community, api: Api) -> None:
    await acme.add("Ana")

    access = (await api.data(WHY, id=acme.person_id(0)))["user"]["access"]

    assert (access["role"]["outcome"], access["role"]["inputValue"], access["role"]["assertedBy"]) == (
        "EMPTY",
        None,
        None,
    )
    assert [group["outcome"] for group in access["groups"]] == ["EMPTY"]
    assert access["unmatchedValues"] == []


async def test_personal_input_is_masked_without_read_pii(acme: Community) -> None:
    """A tenant may let any attribute decide; then the value in the explanation is a personal one."""
    await acme.add("Ana", title="Secret Person", userType="north-Hidden")
    await execute(
        "UPDATE tenant SET role_attribute = 'displayName', group_attribute = 'nickName', updated_at = $1", NOW_US
    )
    api = Api.of(viewer((acme.tenant.id, READER)))

    access = (await api.data(WHY, id=acme.person_id(0)))["user"]["access"]

    assert (access["role"]["inputAttribute"], access["role"]["inputValue"]) == ("displayName", "S***")
    assert access["unmatchedValues"] == ["S***", "H***"]
    assert [group["segment"] for group in access["groups"]] == ["n***", "H***"]
    assert "Secret" not in str(access) and "Hidden" not in str(access)
