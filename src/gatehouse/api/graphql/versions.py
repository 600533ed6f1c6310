"""The versions of a tenant's mapping: what each was, what it changed, and whom that reached."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.connections import Connection
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import DocumentFormat, MappingKind, MappingSource
from gatehouse.api.graphql.events import Actor, FieldChange
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.mapping import GroupRule, MappingSettings, RoleRule, load_groups, load_role
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.scalars import JsonValue
from gatehouse.mapping import diff as diffs
from gatehouse.mapping.yaml_text import to_yaml
from gatehouse.services import impact as impacts, versions

Format = Annotated[DocumentFormat, strawberry.argument(description="The language of the document.")]


@strawberry.type(description="One rule before and after.")
class RuleChange:
    """A change of :class:`gatehouse.mapping.diff.RuleChange`."""

    kind: MappingKind = strawberry.field(description="Which kind of rule.")
    key: str = strawberry.field(description="The normalised value of the rule.")
    before: JsonValue | None = strawberry.field(description="The rule as documents have it; null: there was none.")
    after: JsonValue | None = strawberry.field(description="The rule as documents have it; null: there is none.")

    @classmethod
    def from_value(cls, change: diffs.RuleChange) -> Self:
        """Wrap a change."""
        return cls(
            kind=change.kind,
            key=change.key,
            before=None if change.before is None else JsonValue(change.before),
            after=None if change.after is None else JsonValue(change.after),
        )


@strawberry.type(description="What differs between two mappings.")
class MappingDiff:
    """A difference of :class:`gatehouse.mapping.diff.MappingDiff`."""

    added: list[RuleChange] = strawberry.field(description="Rules that there were not.")
    removed: list[RuleChange] = strawberry.field(description="Rules that there are no more.")
    changed: list[RuleChange] = strawberry.field(description="Rules that give something else, or are noted otherwise.")
    settings_changed: list[FieldChange] = strawberry.field(description="Settings, as `settings.delimiter`.")
    text: str = strawberry.field(
        description="All of it for people to read, a line each: `+` added, `-` removed, `~` changed; empty: no difference."
    )

    @classmethod
    def from_value(cls, found: diffs.MappingDiff) -> Self:
        """Wrap a difference."""
        return cls(
            added=[RuleChange.from_value(change) for change in found.added],
            removed=[RuleChange.from_value(change) for change in found.removed],
            changed=[RuleChange.from_value(change) for change in found.changed],
            settings_changed=[FieldChange.from_record(change, personal=True) for change in found.settings],
            text=found.text,
        )


@strawberry.type(description="How many users have a role on record, before and after a change.")
class RoleDelta:
    """Counts of :class:`gatehouse.services.impact.Delta`."""

    before: int = strawberry.field(description="Users with the role before.")
    after: int = strawberry.field(description="Users with the role after.")
    gained: int = strawberry.field(description="Those who gain it.")
    lost: int = strawberry.field(description="Those who lose it.")
    delta: strawberry.Private[impacts.Delta]

    @resolver("The role.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.delta.id)


@strawberry.type(description="How many users have an employee group on record, before and after a change.")
class GroupDelta:
    """Counts of :class:`gatehouse.services.impact.Delta`."""

    before: int = strawberry.field(description="Users with the group before.")
    after: int = strawberry.field(description="Users with the group after.")
    gained: int = strawberry.field(description="Those who gain it.")
    lost: int = strawberry.field(description="Those who lose it.")
    delta: strawberry.Private[impacts.Delta]

    @resolver("The employee group.")
    async def group(self, info: Info) -> EmployeeGroup | None:
        """Load the group."""
        return next(iter(await load_groups(info.context, [self.delta.id])), None)


@strawberry.type(description="What a mapping change means, in numbers of users unless said otherwise.")
class Impact:
    """Counts of :class:`gatehouse.services.impact.Impact`."""

    users_evaluated: int = strawberry.field(description="Those whom the change could touch.")
    users_changed: int = strawberry.field(description="Those who get another role or other groups.")
    role_changes: int = strawberry.field(description="Those who get another role, or lose theirs.")
    group_adds: int = strawberry.field(description="Group memberships gained.")
    group_removes: int = strawberry.field(description="Group memberships lost.")
    gain_privileged: int = strawberry.field(description="Those who gain a privileged role.")
    lose_privileged: int = strawberry.field(description="Those who lose a privileged role.")
    become_unmapped: int = strawberry.field(description="Those who come to have a value without a rule.")
    become_mapped: int = strawberry.field(description="Those whose values all have rules from now on.")
    by_role: list[RoleDelta] = strawberry.field(description="The roles that somebody gains or loses, most moved first.")
    by_group: list[GroupDelta] = strawberry.field(
        description="The employee groups that somebody gains or loses, most moved first."
    )

    @classmethod
    def from_value(cls, impact: impacts.Impact) -> Self:
        """Wrap counts."""
        return cls(
            users_evaluated=impact.users_evaluated,
            users_changed=impact.users_changed,
            role_changes=impact.role_changes,
            group_adds=impact.group_adds,
            group_removes=impact.group_removes,
            gain_privileged=impact.gain_privileged,
            lose_privileged=impact.lose_privileged,
            become_unmapped=impact.become_unmapped,
            become_mapped=impact.become_mapped,
            by_role=[RoleDelta(**_counts(delta), delta=delta) for delta in impact.by_role],
            by_group=[GroupDelta(**_counts(delta), delta=delta) for delta in impact.by_group],
        )


@strawberry.type(
    description="All rules of a tenant and its mapping settings at one version: immutable, numbered, with who made it and why."
)
class MappingVersion(Node):
    """A version of :class:`gatehouse.store.mapping_versions.MappingVersion`."""

    number: int = strawberry.field(description="Counts the changes, from 1.")
    version: int = strawberry.field(
        description="The same number: give it as `expectedVersion` to change the mapping in force."
    )
    digest: str = strawberry.field(
        description="SHA-256 of the canonical JSON document, in hex: equal for equal mappings."
    )
    created_at: datetime = strawberry.field(description="When it came into force.")
    message: str | None = strawberry.field(description="What it was for, in one line.")
    source: MappingSource = strawberry.field(description="Where it came from.")
    rollback_of: int | None = strawberry.field(description="The version that it brought back.")
    record: strawberry.Private[versions.MappingVersion]

    @resolver("Who made it.")
    def created_by(self) -> Actor:
        """Wrap the actor."""
        return Actor.from_record(self.record.actor)

    @resolver("The whole mapping as a canonical document: equal mappings have equal bytes.")
    def document(self, *, format: Format = DocumentFormat.YAML) -> str:
        """Write the document."""
        return in_language(self.record.document, format)

    @resolver("How values are read.")
    async def settings(self, info: Info) -> MappingSettings:
        """Load the settings."""
        mapping = await info.context.loaders.mapping_at.load(self.record)
        return MappingSettings.from_value(mapping.settings)

    @resolver("title → role, by title.")
    async def role_rules(self, info: Info) -> list[RoleRule]:
        """Load the rules."""
        mapping = await info.context.loaders.mapping_at.load(self.record)
        return [RoleRule.from_rule(rule) for rule in mapping.role_rules]

    @resolver("userType segment → employee groups, by segment.")
    async def group_rules(self, info: Info) -> list[GroupRule]:
        """Load the rules."""
        mapping = await info.context.loaders.mapping_at.load(self.record)
        return [GroupRule.from_rule(rule) for rule in mapping.group_rules]

    @resolver("What it changed; null if there is no version to compare with.")
    async def diff(
        self,
        info: Info,
        *,
        from_: Annotated[
            int | None,
            strawberry.argument(name="from", description="Since which version; by default the one before."),
        ] = strawberry.UNSET,
    ) -> MappingDiff | None:
        """Compare versions."""
        earlier = None if from_ is strawberry.UNSET else from_
        found = await info.context.loaders.mapping_diff.load((self.record, earlier))
        return MappingDiff.from_value(found) if found else None

    @resolver("Whom it reached.")
    def impact(self) -> Impact:
        """Read the counts kept with the version."""
        return Impact.from_value(impacts.Impact.from_text(self.record.impact))

    @classmethod
    def from_record(cls, version: versions.MappingVersion) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("MappingVersion", version.id),
            number=version.number,
            version=version.number,
            digest=version.digest,
            created_at=version.created_at,
            message=version.message,
            source=version.source,
            rollback_of=version.rollback_of,
            record=version,
        )


@strawberry.type(description="A page of mapping versions.")
class MappingVersionConnection(Connection[MappingVersion]):
    """Versions, newest first."""


def in_language(document: str, language: DocumentFormat) -> str:
    """Give a canonical JSON document in the language asked for."""
    return document if language is DocumentFormat.JSON else to_yaml(document)


def _counts(delta: impacts.Delta) -> dict[str, Any]:
    return {"before": delta.before, "after": delta.after, "gained": delta.gained, "lost": delta.lost}
