"""A small mapping to decide with, and strategies for random ones."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from gatehouse.mapping.override import Override
from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule, normalise
from gatehouse.records import Actor, ActorKind

AGENT, MANAGER, REGIONAL = (UUID(int=n) for n in (1, 2, 3))
NORTH, SOUTH, VIP, EVERYBODY = (UUID(int=n) for n in (11, 12, 13, 14))
ROLES = {AGENT: "leasing-agent", MANAGER: "property-manager", REGIONAL: "regional-manager"}
GROUPS = {NORTH: "north", SOUTH: "south", VIP: "vip", EVERYBODY: "everybody"}
ROLE_NAMES = {AGENT: "Leasing Agent", MANAGER: "Property Manager", REGIONAL: "Regional Manager"}
GROUP_NAMES = {NORTH: "North", SOUTH: "South", VIP: "VIP", EVERYBODY: "Everybody"}

TITLES = {"leasing agent": AGENT, "property manager": MANAGER}
SEGMENTS: dict[str, tuple[UUID, ...]] = {
    "north": (NORTH,),
    "south": (SOUTH,),
    "vip": (VIP, NORTH),
    "north-west": (SOUTH, VIP),
}

OVERRIDE = Override(
    id=UUID(int=900),
    set_at=datetime(2026, 11, 1, tzinfo=UTC),
    set_by=Actor(ActorKind.ADMIN, UUID(int=901), "Kim"),
    expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    reason="covers for Bo",
)


def mapping(
    titles: Lookup[str, UUID] = TITLES,
    segments: Lookup[str, tuple[UUID, ...]] = SEGMENTS,
    *,
    version: int = 4,
    **settings: Any,
) -> Mapping:
    """The rules above at version 4; keyword arguments are settings."""
    return Mapping(
        version=version,
        settings=MappingSettings(**settings),
        role_rules=tuple(RoleRule(UUID(int=100 + n), v, role_id) for n, (v, role_id) in enumerate(titles.items())),
        group_rules=tuple(GroupRule(UUID(int=200 + n), v, ids) for n, (v, ids) in enumerate(segments.items())),
        roles=ROLES,
        groups=GROUPS,
    )


WORDS = st.sampled_from(["north", "South", "VIP", "west", "Foo", "Ü", "leasing agent", "Property  Manager", "", "  "])
VALUES = st.one_of(
    st.none(),
    WORDS,
    st.lists(WORDS, max_size=5).map("-".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
_RULE_VALUES = st.one_of(WORDS, st.lists(WORDS, min_size=2, max_size=3).map("-".join)).filter(normalise)


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    """Any mapping over the catalogue above, with any policies."""
    titles = draw(st.dictionaries(_RULE_VALUES, st.sampled_from(sorted(ROLES)), max_size=4))
    segments = draw(
        st.dictionaries(
            _RULE_VALUES, st.lists(st.sampled_from(sorted(GROUPS)), min_size=1, max_size=3).map(tuple), max_size=4
        )
    )
    settings = MappingSettings(
        delimiter=draw(st.sampled_from(["-", "/", ".", "--", " ", "|", "a"])),
        empty_title=draw(st.sampled_from(Policy)),
        unmapped_title=draw(st.sampled_from(Policy)),
        unmapped_group=draw(st.sampled_from(Policy)),
        default_role_id=draw(st.sampled_from([None, *ROLES])),
        default_group_ids=tuple(draw(st.lists(st.sampled_from(sorted(GROUPS)), max_size=2))),
    )
    by_value = {normalise(value): role_id for value, role_id in titles.items()}
    by_segment = {normalise(value): group_ids for value, group_ids in segments.items()}
    return replace(mapping(by_value, by_segment), settings=settings)
