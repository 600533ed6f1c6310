"""What the mutations of plans take."""

from __future__ import annotations

from typing import Final

import strawberry

from gatehouse.api.graphql.enums import DocumentFormat
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.inputs import REASON
from gatehouse.errors import InvalidValue
from gatehouse.services.proposal import (
    DocumentChange,
    PatchChange,
    PatchOperation,
    RemoveGroup,
    RemoveRole,
    RequestedChange,
    RollbackChange,
    SetDelimiter,
    SetGroup,
    SetRole,
)

_CLIENT: Final = "Comes back in the payload."
_IDEMPOTENCY: Final = (
    "Names the request for a day: sent again with the same key it gives the same answer and does nothing twice; with"
    " another request it is refused (IDEMPOTENCY_MISMATCH)."
)
_MESSAGE: Final = "What it is for, in one line; it becomes the message of the version."
_NOTE: Final = "Why the rule is there; left out or null: no note."


@strawberry.input(description="Let a title give a role.")
class SetRoleOp:
    """An edit."""

    title_value: str = strawberry.field(description="The title; case and blanks do not matter.")
    role_key: str = strawberry.field(description="The role.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description=_NOTE)


@strawberry.input(description="Let a segment of userType, or a whole userType, give employee groups.")
class SetGroupOp:
    """An edit."""

    segment_value: str = strawberry.field(
        description="The segment, or a whole userType; case and blanks do not matter."
    )
    group_keys: list[str] = strawberry.field(description="The employee groups, in order; at least one.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description=_NOTE)


@strawberry.input(one_of=True, description="One edit of the mapping: exactly one of these.")
class MappingPatchOp:
    """An edit."""

    set_role: SetRoleOp | None = strawberry.field(default=strawberry.UNSET, description="Set a role rule.")
    remove_role: str | None = strawberry.field(default=strawberry.UNSET, description="Remove the role rule of a title.")
    set_group: SetGroupOp | None = strawberry.field(default=strawberry.UNSET, description="Set a group rule.")
    remove_group: str | None = strawberry.field(
        default=strawberry.UNSET, description="Remove the group rule of a segment."
    )
    set_delimiter: str | None = strawberry.field(
        default=strawberry.UNSET, description="What userType is split on; 1 to 8 characters."
    )

    def to_operation(self) -> PatchOperation:
        """Translate."""
        if role := given(self.set_role):
            return SetRole(role.title_value, role.role_key, given(role.note))
        if group := given(self.set_group):
            return SetGroup(group.segment_value, tuple(group.group_keys), given(group.note))
        for kind, text in ((RemoveRole, self.remove_role), (RemoveGroup, self.remove_group)):
            if (value := given(text)) is not None:
                return kind(value)
        return SetDelimiter(given(self.set_delimiter) or "")


@strawberry.input(description="A mapping document as text.")
class MappingDocumentInput:
    """A document."""

    format: DocumentFormat = strawberry.field(description="Its language.")
    content: str = strawberry.field(description="The whole text.")
    prune: bool = strawberry.field(
        default=False, description="Whether rules that the document does not have are removed; by default they stay."
    )


@strawberry.input(one_of=True, description="What to change: exactly one of these.")
class MappingChange:
    """A change."""

    document: MappingDocumentInput | None = strawberry.field(
        default=strawberry.UNSET, description="Bring the mapping to what a document says."
    )
    patch: list[MappingPatchOp] | None = strawberry.field(
        default=strawberry.UNSET, description="Edits, one after the other; up to 1,000."
    )
    rollback_to_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Bring everything back to what it was at a version."
    )

    def to_change(self) -> RequestedChange:
        """Translate.

        :raises InvalidValue: the one part given is null.
        """
        if document := given(self.document):
            return DocumentChange(document.format, document.content, document.prune)
        if (patch := given(self.patch)) is not None:
            return PatchChange(tuple(operation.to_operation() for operation in patch))
        if (version := given(self.rollback_to_version)) is not None:
            return RollbackChange(version)
        raise InvalidValue("give exactly one of document, patch and rollbackToVersion", path="change")


@strawberry.input(description="A change of the mapping to plan.")
class MappingPlanCreateInput:
    """Input of mappingPlanCreate."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    base_version: int = strawberry.field(
        description="The mapping version that you saw; refused (STALE_VERSION) if it is not in force any more."
    )
    change: MappingChange = strawberry.field(description="What to change.")
    message: str | None = strawberry.field(default=strawberry.UNSET, description=_MESSAGE)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_IDEMPOTENCY)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A version of the mapping to return to, by a plan.")
class MappingRollbackInput:
    """Input of mappingRollback."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    to_version: int = strawberry.field(description="The version whose rules and settings shall be in force again.")
    message: str = strawberry.field(description=_MESSAGE)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_IDEMPOTENCY)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A plan to apply.")
class MappingPlanApplyInput:
    """Input of mappingPlanApply."""

    plan_id: strawberry.ID = strawberry.field(description="The plan.")
    expected_digest: str = strawberry.field(description="The `proposedDigest` of the plan that you saw.")
    max_users_changed: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Refuse (IMPACT_LIMIT_EXCEEDED) if more users would change; null: no limit.",
    )
    max_percent_changed: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="Refuse (IMPACT_LIMIT_EXCEEDED) if more of all users would change, 0 to 100; null: no limit.",
    )
    acknowledge_findings: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "Codes of findings that you accept: given, a warning with any other code refuses the apply; left out or"
            " null, findings are not looked at."
        ),
    )
    reason: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{REASON} By default the message of the plan."
    )
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_IDEMPOTENCY)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A plan that shall not be applied.")
class MappingPlanDiscardInput:
    """Input of mappingPlanDiscard."""

    plan_id: strawberry.ID = strawberry.field(description="The plan.")
    comment: str | None = strawberry.field(default=strawberry.UNSET, description="Why not.")
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)
