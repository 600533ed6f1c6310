"""A version comes back as it was."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from tests.mapping.samples import AGENT, GROUPS, MANAGER, ROLES, mapping, mappings

from gatehouse.mapping.document import to_document
from gatehouse.mapping.rules import Mapping
from gatehouse.mapping.snapshot import restore, rule_ids

TENANT = UUID(int=77)


def brought_back(before: Mapping, ids: str, namespace: UUID = TENANT) -> Mapping:
    return restore(to_document(before), ids, version=before.version, roles=ROLES, groups=GROUPS, namespace=namespace)


@given(mappings())
def test_restored_is_what_was(before: Mapping) -> None:
    after = brought_back(before, rule_ids(before))

    assert after.role_rule_by_value == before.role_rule_by_value
    assert after.group_rule_by_value == before.group_rule_by_value
    assert (after.version, after.settings) == (before.version, before.settings)


def test_defaults_come_back_too() -> None:
    before = mapping(delimiter="/", default_role_id=AGENT, default_group_ids=tuple(GROUPS))

    assert brought_back(before, rule_ids(before)).settings == before.settings


def test_without_ids_they_follow_from_tenant_and_value() -> None:
    before = mapping({"Agent": AGENT, "Manager": MANAGER}, {})

    once, again, elsewhere = brought_back(before, "{}"), brought_back(before, "{}"), brought_back(before, "{}", AGENT)

    assert once == again
    ids = {rule.id for restored in (once, elsewhere) for rule in restored.role_rules}
    assert len(ids) == 4
    assert {rule.since_version for rule in once.role_rules} == {before.version}
