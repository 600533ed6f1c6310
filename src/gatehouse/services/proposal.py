"""From what somebody asks for to the mapping it leads to: a list of edits, a document, or a version to return to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from gatehouse.errors import GatehouseError, InvalidValue
from gatehouse.mapping.edit import Draft
from gatehouse.mapping.findings import Finding
from gatehouse.mapping.merge import Merged, RuleLines, merge
from gatehouse.mapping.reading import read_document
from gatehouse.mapping.rules import Mapping
from gatehouse.mapping.syntax import DocumentFormat
from gatehouse.services.catalogue import Catalogue
from gatehouse.services.versions import get_version
from gatehouse.services.vocabulary import TenantVocabulary
from gatehouse.store.ids import uuid7
from gatehouse.store.mapping_versions import MappingSource

MAX_OPERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class SetRole:
    """Let a title give a role."""

    title_value: str
    role_key: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveRole:
    """Take away the rule of a title."""

    value: str


@dataclass(frozen=True, slots=True)
class SetGroup:
    """Let a userType segment, or a whole value, give employee groups."""

    segment_value: str
    group_keys: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveGroup:
    """Take away the rule of a segment."""

    value: str


@dataclass(frozen=True, slots=True)
class SetDelimiter:
    """Split userType on something else."""

    delimiter: str


PatchOperation = SetRole | RemoveRole | SetGroup | RemoveGroup | SetDelimiter


@dataclass(frozen=True, slots=True)
class PatchChange:
    """Edits, one after the other."""

    operations: tuple[PatchOperation, ...]


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A mapping document; rules that it does not have go only when it prunes."""

    language: DocumentFormat
    content: str
    prune: bool = False


@dataclass(frozen=True, slots=True)
class RollbackChange:
    """Everything as it was at a version."""

    to_version: int


RequestedChange = PatchChange | DocumentChange | RollbackChange


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a change leads; ``after`` is the base itself when it changes nothing, or when a finding is an error."""

    after: Mapping
    findings: tuple[Finding, ...] = ()
    lines: RuleLines = field(default_factory=RuleLines)
    source: MappingSource | None = None  # None: by the kind of actor
    rollback_of: int | None = None


async def propose(tenant_id: UUID, base: Mapping, catalogue: Catalogue, change: RequestedChange) -> Proposal:
    """Work out the mapping that a change leads to.

    :raises NotFound, InvalidValue: an edit that cannot be made, with its place under ``change``; no such version.
    """
    if isinstance(change, PatchChange):
        return Proposal(_edited(base, catalogue, change.operations))
    if isinstance(change, DocumentChange):
        outcome = _merged(base, catalogue, change)
        return Proposal(outcome.after, outcome.findings, outcome.lines, MappingSource.FILE)
    version = await get_version(tenant_id, change.to_version, path="change.rollbackToVersion")
    outcome = rebuild(base, catalogue, version.document)
    findings = tuple(replace(finding, line=None, column=None) for finding in outcome.findings)  # of no text of theirs
    return Proposal(outcome.after, findings, RuleLines(), MappingSource.ROLLBACK, version.number)


def rebuild(base: Mapping, catalogue: Catalogue, document: str) -> Merged:
    """The mapping that a canonical document stands for, as an edit of ``base``."""
    return _merged(base, catalogue, DocumentChange(DocumentFormat.JSON, document, prune=True))


def _merged(base: Mapping, catalogue: Catalogue, change: DocumentChange) -> Merged:
    """What a document makes of a mapping, with the words of the tenant's catalogue."""
    document, faults = read_document(change.content, change.language)
    return merge(
        base,
        document,
        prune=change.prune,
        vocabulary=TenantVocabulary(catalogue),
        new_id=uuid7,
        faults=faults,
    )


def _edited(base: Mapping, catalogue: Catalogue, operations: tuple[PatchOperation, ...]) -> Mapping:
    if len(operations) > MAX_OPERATIONS:
        raise InvalidValue(f"a patch may hold {MAX_OPERATIONS:,} operations", path="change.patch")
    draft = Draft(base)
    settings = base.settings
    for number, operation in enumerate(operations):
        with _placed(f"change.patch.{number}", operation):
            if isinstance(operation, SetDelimiter):
                settings = replace(settings, delimiter=operation.delimiter)
                draft.set_settings(settings)
            else:
                _edit_rule(draft, catalogue, operation)
    return draft.result()


def _edit_rule(draft: Draft, catalogue: Catalogue, operation: SetRole | RemoveRole | SetGroup | RemoveGroup) -> None:
    if isinstance(operation, SetRole):
        role = catalogue.assignable_role(operation.role_key, path="roleKey")
        draft.set_role_rule(operation.title_value, role.id, operation.note, new_id=uuid7())
    elif isinstance(operation, SetGroup):
        groups = catalogue.assignable_groups(operation.group_keys, path="groupKeys")
        draft.set_group_rule(operation.segment_value, groups, operation.note, new_id=uuid7())
    elif isinstance(operation, RemoveRole):
        draft.remove_role_rule(operation.value)
    else:
        draft.remove_group_rule(operation.value)


@contextmanager
def _placed(place: str, operation: PatchOperation) -> Iterator[None]:
    """Say where in the list of edits a fault lies: ``change.patch.2.setRole.roleKey``."""
    name = type(operation).__name__
    at = f"{place}.{name[0].lower()}{name[1:]}"
    plain = isinstance(operation, RemoveRole | RemoveGroup | SetDelimiter)
    try:
        yield
    except GatehouseError as fault:
        fault.path = at if plain or not fault.path else f"{at}.{fault.path}"
        raise
