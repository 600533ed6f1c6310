"""Paths of PATCH operations (RFC 7644 §3.5.2, Figure 7, with errata 4690 and 7122)."""

from __future__ import annotations

from dataclasses import dataclass

from gatehouse.errors import InvalidPath
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.filter import FilterParser
from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.schema import ResourceType

MAX_LENGTH = 2_048  # characters


@dataclass(frozen=True, slots=True)
class Path:
    """Where an operation applies.

    ====================================  ===================  ========  ==========
    path                                  target               selector  sub
    ====================================  ===================  ========  ==========
    ``title``                             title                None      None
    ``name.familyName``                   name.familyName      None      familyName
    ``emails``                            emails               None      None
    ``emails[type eq "work"]``            emails               filter    None
    ``emails[type eq "work"].value``      emails               filter    value
    ``schemas eq "urn:…"``                schemas              filter    None
    ====================================  ===================  ========  ==========

    :param target: the attribute; with its sub-attribute when the path is dotted. May be unsupported or read-only.
    :param selector: which elements of a multi-valued attribute: ``evaluate.selects(selector, element)``.
    :param sub: the sub-attribute that is written, dotted or behind the brackets.
    """

    target: Target
    selector: Filter | None = None
    sub: Attribute | None = None


@dataclass(frozen=True, slots=True)
class SchemaPath:
    """The path is the URN of the core schema or of an extension: the operation applies to all its attributes."""

    urn: str


def parse_path(
    text: str, resource_type: ResourceType, limits: Limits = DEFAULT_LIMITS, *, lenient: bool = True
) -> Path | SchemaPath:
    """Parse the ``path`` of a PATCH operation; case and surrounding blanks do not matter.

    :param lenient: as of :func:`~gatehouse.scim.filter.parse_filter`, for what stands between brackets.
    :raises InvalidPath: syntax, an unknown attribute, brackets on a singular attribute.
    :raises InvalidFilter: what stands between the brackets is not a filter on the attribute's elements.

    >>> from gatehouse.scim.schema import USER
    >>> path = parse_path('emails[type eq "work"].value', USER)
    >>> path.target.path, path.sub.name
    ('emails', 'value')
    """
    if len(text) > MAX_LENGTH:
        raise InvalidPath(f"The path is longer than {MAX_LENGTH} characters.")
    name = text.strip()
    target = resource_type.resolve(name)
    if target:
        return Path(target, None, target.sub)
    urn = resource_type.resolve_schema(name)
    if urn:
        return SchemaPath(urn)
    return _selecting_path(text, resource_type, limits, lenient=lenient)


def _selecting_path(text: str, resource_type: ResourceType, limits: Limits, *, lenient: bool) -> Path:
    """``attr[filter]``, ``attr[filter].sub``, or a bare comparison of a simple multi-valued attribute."""
    parser = FilterParser(text, resource_type, limits, lenient=lenient)
    name = parser.tokens[0]
    target = resource_type.resolve(name)
    if target is None:
        raise InvalidPath(f"There is no attribute {name[:64]!r}.", path=text)
    if not target.attribute.multi_valued or target.sub:
        raise InvalidPath(f"{target.path} has no elements to select.", path=text)
    parser.at = 1
    if parser.tokens[1] != "[":
        return _comparing_path(text, parser, target)
    selector = parser.brackets(target)
    rest = "".join(parser.tokens[parser.at :])
    if not rest:
        return Path(target, selector)
    sub = resource_type.resolve(target.path + rest) if rest.startswith(".") else None
    if sub is None or sub.sub is None:
        raise InvalidPath(f"{target.path} has no sub-attribute {rest[1:65]!r}.", path=text)
    return Path(target, selector, sub.sub)


def _comparing_path(text: str, parser: FilterParser, target: Target) -> Path:
    """``schemas eq "urn:…"`` (erratum 7122)."""
    if target.attribute.type is AttributeType.COMPLEX:
        raise InvalidPath(f"The path goes on behind {target.path} in a way that is not understood.", path=text)
    selector = parser.expression(target)
    parser.end()
    return Path(target, selector)
