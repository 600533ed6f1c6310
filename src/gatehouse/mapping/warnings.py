"""What a request left unmatched, in words for the provisioning history."""

from __future__ import annotations

from typing import Final

from gatehouse.mapping.resolve import Access, Outcome
from gatehouse.mapping.rules import Mapping

_ROLE_RESULT: Final = {Outcome.DEFAULTED: "the default role is given", Outcome.KEPT_PREVIOUS: "the role stays"}
_GROUP_RESULT: Final = {
    Outcome.DEFAULTED: "the default employee groups are given",
    Outcome.KEPT_PREVIOUS: "the employee groups stay",
}


def warnings(access: Access, mapping: Mapping) -> tuple[str, ...]:
    """One sentence for each value without a rule, and for each empty one; none when everything matched."""
    found = []
    settings, role = mapping.settings, access.role
    if role.rule_id is None:
        result = _ROLE_RESULT.get(role.outcome, "no role is given")
        found.append(f"{_problem(settings.role_attribute, role.value, role.normalised, 'role')}: {result}")
    for group in access.groups:
        if group.rule_id is None:
            result = _GROUP_RESULT.get(group.outcome, "no employee group is given")
            problem = _problem(settings.group_attribute, group.segment, group.normalised, "group")
            found.append(f"{problem}: {result}")
    return tuple(found)


def _problem(attribute: str, value: str | None, normalised: str, kind: str) -> str:
    return f'{attribute} "{value}" matches no {kind} rule' if normalised else f"{attribute} is empty"
