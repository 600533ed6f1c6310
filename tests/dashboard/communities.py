"""Tenants of their own for tests that change the mapping: few people, with values that have rules and values that have none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import httpx
from tests.bodies import person
from tests.dashboard.conftest import Gatehouse

LEADS: Final = 12  # have the title "Leasing Lead", for which there is no rule
_NUMBERS: Final = count(1)
_RULES: Final = [
    {"setRole": {"titleValue": "Leasing Agent", "roleKey": "agent", "note": "asked by Ben"}},
    {"setRole": {"titleValue": "Regional Manager", "roleKey": "manager"}},
    {"setGroup": {"segmentValue": "north", "groupKeys": ["north"]}},
    {"setGroup": {"segmentValue": "vip", "groupKeys": ["vip"]}},
]


@dataclass
class Community:
    """A tenant whose mapping is at version 2: roles ``agent`` and ``manager`` (privileged), groups ``north`` and ``vip``."""

    gatehouse: Gatehouse
    id: str
    slug: str

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"/admin/t/{self.slug}"

    def ask(self, query: str, **variables: Any) -> Any:
        """Send a query or mutation as owner; the only field of its answer."""
        return _ask(self.gatehouse, query, **variables)

    def plan(self, *patch: dict[str, Any], message: str | None = None) -> str:
        """Plan edits of the mapping in force; the plan's id."""
        version = self.version()
        made = self.ask(
            "mutation($input: MappingPlanCreateInput!) { mappingPlanCreate(input: $input) { plan { id } userErrors { message } } }",
            input={"tenantId": self.id, "baseVersion": version, "message": message, "change": {"patch": patch}},
        )
        assert made["userErrors"] == []
        return str(made["plan"]["id"])

    def change(self, *patch: dict[str, Any], message: str | None = None) -> None:
        """Bring edits into force at once."""
        digest = "query($id: ID!) { mappingPlan(id: $id) { proposedDigest } }"
        plan_id = self.plan(*patch, message=message)
        expected = self.ask(digest, id=plan_id)["proposedDigest"]
        done = self.ask(
            "mutation($input: MappingPlanApplyInput!) { mappingPlanApply(input: $input) { userErrors { message } } }",
            input={"planId": plan_id, "expectedDigest": expected},
        )
        assert done["userErrors"] == []

    def version(self) -> int:
        """The number of the mapping in force."""
        found = self.ask("query($id: ID!) { tenant(by: {id: $id}) { mapping { version } } }", id=self.id)
        return int(found["mapping"]["version"])

    def roles(self, title: str) -> set[str | None]:
        """The roles of those with a title."""
        found = self.ask(
            "query($id: ID!) { tenant(by: {id: $id}) { users(first: 100) { nodes { title role { key } } } } }",
            id=self.id,
        )
        return {user["role"] and user["role"]["key"] for user in found["users"]["nodes"] if user["title"] == title}


def new_community(gatehouse: Gatehouse, *, leads: int = LEADS) -> Community:
    """Make a tenant with people."""
    slug = f"riverside-{next(_NUMBERS)}"
    gatehouse.server.command("tenant", "create", slug, "--name", slug.title())
    found = _ask(gatehouse, "query($slug: String!) { tenant(by: {slug: $slug}) { id } }", slug=slug)
    community = Community(gatehouse, found["id"], slug)
    for key, privileged in (("agent", False), ("manager", True)):
        values = {"tenantId": community.id, "key": key, "name": _NAMES[key], "privileged": privileged}
        community.ask(f"{_MUTATION}RoleUpsertInput!) {{ roleUpsert(input: $input) {{ requestId }} }}", input=values)
    for key in ("north", "vip"):
        values = {"tenantId": community.id, "key": key, "name": _NAMES[key]}
        community.ask(
            f"{_MUTATION}EmployeeGroupUpsertInput!) {{ employeeGroupUpsert(input: $input) {{ requestId }} }}",
            input=values,
        )
    community.change(*_RULES, message="The first rules")
    _provision(community, leads)
    return community


_MUTATION: Final = "mutation($input: "
_NAMES: Final = {"agent": "Leasing Agent", "manager": "Regional Manager", "north": "North", "vip": "Important People"}


def _ask(gatehouse: Gatehouse, query: str, **variables: Any) -> Any:
    answer = httpx.post(
        f"{gatehouse.base}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {gatehouse.api_key}"},
    ).json()
    assert "errors" not in answer, answer
    [value] = answer["data"].values()
    return value


def _provision(community: Community, leads: int) -> None:
    made = community.ask(
        f"{_MUTATION}CredentialCreateInput!) {{ credentialCreate(input: $input) {{ secret }} }}",
        input={"tenantId": community.id, "label": "Entra ID"},
    )
    headers = {"Authorization": f"Bearer {made['secret']}", "Content-Type": "application/scim+json"}
    people = [
        person(f"lead{number}@corp.example", title="Leasing Lead", userType="north-vip") for number in range(leads)
    ]
    people += [person("agent@corp.example", title="Leasing Agent", userType="north")]
    with httpx.Client(base_url=f"{community.gatehouse.base}/scim/v2", headers=headers) as entra:
        for body in people:
            assert entra.post("/Users", json=body).status_code == 201
