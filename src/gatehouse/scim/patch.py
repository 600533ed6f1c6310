"""PatchOp messages (RFC 7644 §3.5.2): read, with every static error, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gatehouse.errors import ImmutableAttribute, InvalidPath, InvalidSyntax, InvalidValue, NoTarget, TooMany
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.attribute import Target
from gatehouse.scim.coerce import Dialect, coerce_element, coerce_listed, coerce_value
from gatehouse.scim.elements import Element
from gatehouse.scim.entra import element_of
from gatehouse.scim.members import MemberOperation, member_operation
from gatehouse.scim.messages import PATCH_OP, check_schemas
from gatehouse.scim.operation import Op, Operation, read_op
from gatehouse.scim.patch_apply import apply_operations, unchanged
from gatehouse.scim.patch_schemas import block_removal, named_schemas, schemas_removal
from gatehouse.scim.path import Path, SchemaPath, parse_path
from gatehouse.scim.read_only import Stated, check_stated
from gatehouse.scim.schema import GROUP, ResourceType
from gatehouse.scim.unknown import names_unknown_attribute

__all__ = ["Operation", "PatchRequest", "apply_patch", "members_operations", "parse_patch", "unchanged"]

MAX_SELECTORS: Final = 16_384  # characters of all paths with brackets: each is compared with every stored element

_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class PatchRequest:
    """A PatchOp message that is well formed and fits the schema.

    ``members`` are a group's member operations: kept apart, so that the member list is never loaded. ``stated`` are
    read-only attributes that must be as the message says.
    """

    operations: tuple[Operation, ...]
    members: tuple[MemberOperation, ...]
    warnings: tuple[str, ...]
    lenient: bool
    limits: Limits
    stated: tuple[Stated, ...] = ()


def parse_patch(
    body: Mapping[str, Any],
    resource_type: ResourceType,
    *,
    mode: ScimMode,
    unknown: UnknownAttributes,
    limits: Limits = DEFAULT_LIMITS,
) -> PatchRequest:
    """Read a PatchOp message.

    :raises InvalidSyntax: no PatchOp, no operations, an unknown ``op``.
    :raises TooMany: more than ``limits.patch_operations`` operations, or ``MAX_SELECTORS`` characters of paths with brackets.
    :raises InvalidPath: a path that cannot be parsed, or names nothing where the tenant refuses unknown attributes.
    :raises InvalidFilter: what stands between the brackets of a path.
    :raises InvalidValue: a value that does not fit its target, or is missing.
    :raises NoTarget: ``remove`` without a path.
    :raises ImmutableAttribute: a read-only attribute, or a required one to be removed.
    """
    dialect = Dialect(mode, unknown, InvalidPath, limits)
    reader = _Reader(resource_type, dialect)
    for raw in _operations(body, dialect):
        reader.read(raw)
    return PatchRequest(
        tuple(reader.operations),
        tuple(reader.members),
        tuple(dialect.warnings),
        lenient=dialect.lenient,
        limits=limits,
        stated=tuple(reader.stated),
    )


def apply_patch(
    resource: dict[str, Any],
    request: PatchRequest,
    resource_type: ResourceType,
    *,
    server: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """The resource after all operations, in order; the input stays as it is (RFC 7644 §3.5.2: all or nothing).

    :param server: the attributes that the server sets, ``id``, ``meta`` and ``groups``, to compare with what the message
        states.
    :raises NoTarget: a selector matches nothing where something is needed.
    :raises InvalidPath: a sub-attribute of several elements without saying which.
    :raises InvalidValue: two primary elements, too many, or a value that contradicts its selector.
    :raises ImmutableAttribute: a required value would be gone, or a read-only one is another than stated.
    """
    check_stated(request.stated, {**resource, **server})
    return apply_operations(resource, request.operations, resource_type, lenient=request.lenient, limits=request.limits)


def members_operations(request: PatchRequest) -> tuple[MemberOperation, ...]:
    """What the message does to a group's members, in order."""
    return request.members


class _Reader:
    """Collects the operations of one message."""

    __slots__ = ("_dialect", "_resource_type", "_selectors", "members", "operations", "stated")

    def __init__(self, resource_type: ResourceType, dialect: Dialect) -> None:
        self._resource_type = resource_type
        self._dialect = dialect
        self._selectors = 0
        self.operations: list[Operation] = []
        self.members: list[MemberOperation] = []
        self.stated: list[Stated] = []

    def read(self, raw: Mapping[str, Any]) -> None:
        """One element of ``Operations``; its names in any case, as everything in SCIM."""
        fields = {name.lower(): part for name, part in raw.items()}
        op = read_op(fields.get("op"))
        path, value = fields.get("path"), fields.get("value", _ABSENT)
        if path is None:
            self._without_path(op, value)
        elif isinstance(path, str):
            self._at(op, path, value)
        else:
            raise InvalidPath("path must be a string", path="path")

    def _without_path(self, op: Op, value: object) -> None:
        """Each key of the value is a path of its own (L8); read-only ones are passed over, or must be as stated (L10)."""
        if op == "remove":
            raise NoTarget("remove needs a path", path="path")
        if not isinstance(value, dict):
            raise InvalidValue(f"{op} without a path needs an object of attributes as its value", path="value")
        for name, part in value.items():
            target = self._resource_type.resolve(name)
            if target is not None and "readOnly" in {target.attribute.mutability, target.leaf.mutability}:
                if not self._dialect.lenient:
                    self.stated.append(Stated(target, part))
            elif op == "replace" and target is not None and target.path == "schemas" and not self._dialect.lenient:
                self.stated.append(Stated(target, named_schemas(part, self._resource_type, self._dialect)))
            elif not (self._dialect.lenient and self._is_for_the_server(name, target)):
                self._at(op, name, part)

    def _is_for_the_server(self, name: str, target: Target | None) -> bool:
        """Whether only the server says what stands there: ``schemas``, and all of an extension that can only be read."""
        if target is not None:
            return target.path == "schemas"
        extension = self._resource_type.extensions.get(name.strip().lower())
        return extension is not None and extension.read_only

    def _at(self, op: Op, text: str, value: object) -> None:
        try:
            path = parse_path(text, self._resource_type, self._dialect.limits, lenient=self._dialect.lenient)
        except InvalidPath:
            if not names_unknown_attribute(text, self._resource_type):
                raise
            self._dialect.ignore(text.strip())
            return
        if isinstance(path, SchemaPath):
            self._at_schema(op, path.urn, value)
            return
        if path.selector is not None and path.target.attribute.name != "members":
            self._weigh(text)
        self._at_attribute(op, path, value)

    def _at_schema(self, op: Op, urn: str, value: object) -> None:
        """The URN of a schema as path: all its attributes."""
        extension = urn != self._resource_type.schema
        if op == "remove" and not extension:
            raise NoTarget("remove needs the path of an attribute", path=urn)
        if extension and self._resource_type.extensions[urn.lower()].read_only:
            raise ImmutableAttribute(f"{urn} is read-only", path=urn)
        if op == "remove" or (value is None and extension):
            self.operations.extend(block_removal(urn, self._resource_type) if op != "add" else ())
        elif not isinstance(value, dict):
            raise InvalidValue(f"{urn} needs an object of attributes as its value", path=urn)
        else:
            self._without_path(op, {f"{urn}:{name}": part for name, part in value.items()})

    def _at_attribute(self, op: Op, path: Path, value: object) -> None:
        target = path.target
        if self._is_read_only_path(path):
            raise ImmutableAttribute(f"{target.path} is read-only", path=target.path)
        if not target.supported:
            self._dialect.warn(f"{target.path} is not stored here and was ignored")
        elif self._resource_type is GROUP and target.attribute.name == "members":
            self._change_members(op, path, value)
        elif target.path == "schemas":
            self._change_schemas(op, path, value)
        elif op == "remove":
            self._remove(path, value)
        else:
            self._write(op, path, value)

    def _weigh(self, text: str) -> None:
        self._selectors += len(text)
        if self._selectors > MAX_SELECTORS:
            raise TooMany(f"more than {MAX_SELECTORS:,} characters of paths with filters", path="Operations")

    def _is_read_only_path(self, path: Path) -> bool:
        leaf = path.sub or path.target.leaf
        return "readOnly" in {path.target.attribute.mutability, leaf.mutability}

    def _change_members(self, op: Op, path: Path, value: object) -> None:
        given = value is not _ABSENT
        step = member_operation(op, path, value if given else None, self._dialect, given=given)
        if step is not None:
            self.members.append(step)

    def _change_schemas(self, op: Op, path: Path, value: object) -> None:
        if op == "add":
            named_schemas(value, self._resource_type, self._dialect)
            return
        given = None if value is _ABSENT else value
        self.operations.extend(schemas_removal(op, path.selector, given, self._resource_type))

    def _remove(self, path: Path, value: object) -> None:
        _check_not_required(path)
        whole = path.target.attribute.multi_valued and path.selector is None and path.sub is None
        if value is _ABSENT or value is None or not whole:
            self.operations.append(Operation("remove", path))
            return
        if not self._dialect.lenient:
            raise InvalidValue("remove takes no value; select the elements in the path", path=path.target.path)
        self.operations.append(Operation("remove", path, coerce_listed(value, path.target.attribute, self._dialect)))

    def _write(self, op: Op, path: Path, value: object) -> None:
        if value is _ABSENT:
            raise InvalidValue(f"{op} needs a value", path=path.target.path)
        coerced = self._coerced(path, value)
        if coerced is None:
            _check_not_required(path)
            if op == "add" and path.sub is None and path.target.attribute.multi_valued:
                return  # nothing is added
        if isinstance(coerced, dict):
            _check_parts(path, coerced)
            if not coerced:
                return  # nothing in it is known here
        self.operations.append(Operation(op, path, coerced, self._described(path)))

    def _described(self, path: Path) -> Element | None:
        """What may become an element comes from the selector's values: they have to fit as any other (L5, L6)."""
        stated = element_of(path.selector) if path.selector is not None else None
        return coerce_element(stated, path.target.attribute, self._dialect)

    def _coerced(self, path: Path, value: object) -> Any:
        target = path.target
        place = f"{target.urn}:" if target.urn else ""
        if path.sub is not None:
            return coerce_value(value, path.sub, self._dialect, place=f"{place}{target.attribute.name}.")
        if path.selector is not None:
            element = value[0] if isinstance(value, list) and len(value) == 1 else value
            return coerce_element(element, target.attribute, self._dialect, place=place, nulls=True)
        return coerce_value(value, target.attribute, self._dialect, place=place, nulls=True)


def _check_not_required(path: Path) -> None:
    """A singular required value cannot be unassigned; of a multi-valued one it shows only when the patch is applied."""
    leaf = path.sub or path.target.leaf
    if leaf.required and not path.target.attribute.multi_valued:
        raise ImmutableAttribute(f"{path.target.path} is required and cannot be removed", path=path.target.path)


def _check_parts(path: Path, parts: Mapping[str, Any]) -> None:
    """The same for the parts of a singular complex value: ``{"familyName": null}``."""
    if path.target.attribute.multi_valued:
        return
    for name, part in parts.items():
        sub = path.target.attribute.sub(name)
        if part is None and sub is not None and sub.required:
            whole = f"{path.target.path}.{name}"
            raise ImmutableAttribute(f"{whole} is required and cannot be removed", path=whole)


def _operations(body: Mapping[str, Any], dialect: Dialect) -> Iterator[Mapping[str, Any]]:
    fields = {name.lower(): value for name, value in body.items()}
    check_schemas(fields.get("schemas"), PATCH_OP, lenient=dialect.lenient)
    operations = fields.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list of at least one operation", path="Operations")
    most = dialect.limits.patch_operations
    if len(operations) > most:
        raise TooMany(f"more than {most:,} operations", path="Operations")
    for operation in operations:
        if not isinstance(operation, dict):
            raise InvalidSyntax("Each operation must be an object", path="Operations")
        yield operation
