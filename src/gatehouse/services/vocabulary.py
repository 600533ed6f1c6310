"""What the keys and attributes in a mapping document of a tenant stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue
from gatehouse.scim.schema import USER, AttributeType
from gatehouse.services.catalogue import Catalogue

_NOT_IN_THE_DOCUMENT: Final = frozenset({"id", "schemas", "meta"})


@dataclass(frozen=True, slots=True)
class TenantVocabulary:
    """Keys as the catalogue has them, attributes as the User schema has them: :class:`gatehouse.mapping.merge.Vocabulary`."""

    catalogue: Catalogue

    def role(self, key: str) -> UUID:
        """:raises NotFound, InvalidValue: no such role, or an archived one."""
        return self.catalogue.assignable_role(key, path="role").id

    def group(self, key: str) -> UUID:
        """:raises NotFound, InvalidValue: no such employee group, or an archived one."""
        return self.catalogue.assignable_groups([key], path="groups")[0]

    def attribute(self, path: str) -> str:
        """:raises InvalidValue: not a single-valued string attribute."""
        return string_attribute(path, field="attribute")


def string_attribute(path: str, *, field: str) -> str:
    """Find the canonical spelling of a single-valued string attribute of the User.

    :param field: the input field to name in an error.
    :raises InvalidValue: there is no such attribute.
    """
    target = USER.resolve(path)
    suitable = (
        target is not None
        and target.supported
        and target.leaf.type is AttributeType.STRING
        and not target.attribute.multi_valued
        and target.attribute.name not in _NOT_IN_THE_DOCUMENT
    )
    if target is None or not suitable:
        raise InvalidValue(f'"{path}" is not a single-valued string attribute of User', path=field)
    return target.path
