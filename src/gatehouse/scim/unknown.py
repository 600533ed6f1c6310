"""Paths that are well formed but name an attribute that no schema knows (RFC 7644 §3.3: such attributes may be ignored).

Entra sends whatever an administrator has mapped. One attribute that is not known here must not hold up the rest of a
PATCH; a path that is not well formed is an error all the same.
"""

from __future__ import annotations

import re
from typing import Final

from gatehouse.scim.path import MAX_LENGTH
from gatehouse.scim.schema import ResourceType

_NAME: Final = r"[A-Za-z$][A-Za-z0-9_$-]*"
# attrPath of RFC 7644 Figure 1, then perhaps brackets with anything inside, then perhaps a sub-attribute
_WELL_FORMED: Final = re.compile(
    rf"((?:urn:[A-Za-z0-9:._$-]+[:.])?{_NAME})(?:\.({_NAME}))?(?:\[.*\](?:\.({_NAME}))?)?",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)


def names_unknown_attribute(text: str, resource_type: ResourceType) -> bool:
    """Whether a path that could not be parsed is well formed and its attribute or sub-attribute is not in the schema.

    A sub-attribute of a simple attribute, or brackets on a singular one, contradict the schema: those are errors.

    >>> from gatehouse.scim.schema import USER
    >>> [names_unknown_attribute(path, USER) for path in ("shoeSize", "name.nick", "title.sub", "/title", "shoeSize[")]
    [True, True, False, False, False]
    """
    found = _WELL_FORMED.fullmatch(text.strip()) if len(text) <= MAX_LENGTH else None
    if found is None:
        return False
    name, sub, selected_sub = found.groups()
    target = resource_type.resolve(name)
    if target is None:
        return True
    if selected_sub is not None and not target.attribute.multi_valued:
        return False
    wanted = sub or selected_sub
    return bool(target.attribute.sub_attributes) and wanted is not None and target.attribute.sub(wanted) is None
