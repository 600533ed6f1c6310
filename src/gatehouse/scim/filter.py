"""Reads filters (RFC 7644 §3.4.2.2) and binds them to the attributes of a resource type.

Grammar: Figure 1 of RFC 7644 with errata 4690, 7122, 7319 and 8924, and ``emails[type eq "work"].value eq "x"``,
which Microsoft sends::

    filter     = and *( "or" and )
    and        = term *( "and" term )
    term       = "not" group / group / comparison / valuePath [ "." subAttr ( "pr" / operator value ) ]
    group      = "(" filter ")"
    comparison = attrPath ( "pr" / operator value )
    valuePath  = attrPath "[" filter without valuePath "]"

Any run of blanks separates tokens. Names, operators, keywords and constants are read in any case.
"""

from __future__ import annotations

import re
from typing import NoReturn, Protocol

from gatehouse.errors import InvalidFilter
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.attribute import AttributeType, Target
from gatehouse.scim.entra_filter import unescaped_eq
from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present, ValuePath, print_filter
from gatehouse.scim.json_text import is_storable
from gatehouse.scim.literal import OPERATORS, bind, read_literal

__all__ = [
    "And",
    "Attributes",
    "Compare",
    "Filter",
    "FilterParser",
    "Not",
    "Or",
    "Present",
    "ValuePath",
    "parse_filter",
    "print_filter",
]

# A JSON string, a bracket, a word (anything up to a blank, quote or bracket), or all that follows a quote which opens no
# JSON string: nothing after it can be read, and to try every further quote would take quadratic time.
_TOKEN = re.compile(
    r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"|[()\[\]]|[^ \t\r\n"()\[\]]+|"[\s\S]*',
)


class Attributes(Protocol):
    """What the names in a filter can mean: a resource type, or several seen from one of them."""

    def resolve(self, path: str) -> Target | None:
        """Find the target of a path in any spelling, or None."""


def parse_filter(
    text: str, resource_type: Attributes, limits: Limits = DEFAULT_LIMITS, *, lenient: bool = True
) -> Filter:
    """Parse a filter and bind it to the attributes of a resource type.

    :param text: percent-decoded, at most ``limits.filter_characters`` long.
    :param lenient: also read what Entra writes: booleans in quotes, values that are not quoted or not escaped.
    :raises InvalidFilter: syntax, unknown attribute, operator or value that does not fit the attribute, limits;
        the message names the offset (0-based, characters) of the offending token.

    >>> from gatehouse.scim.schema import USER
    >>> print_filter(parse_filter('USERNAME Eq "ada" and not(title pr)', USER))
    'userName eq "ada" and not (title pr)'
    """
    if len(text) > limits.filter_characters:
        raise InvalidFilter(f"The filter is longer than {limits.filter_characters:,} characters.")
    try:
        parser = FilterParser(text, resource_type, limits, lenient=lenient)
        tree = parser.filter()
        parser.end()
    except InvalidFilter:
        comparison = _as_entra_writes(text, resource_type, limits.text) if lenient else None
        if comparison is None:
            raise
        return comparison
    return tree


def _as_entra_writes(text: str, resource_type: Attributes, longest: int) -> Compare | None:
    """One ``eq`` on a string attribute whose value is not quoted or not escaped; None when it is not that."""
    found = unescaped_eq(text)
    if found is None:
        return None
    path, value, quoted = found
    target = resource_type.resolve(path)
    if target is None or not target.supported:
        return None
    target = value_target(target, resource_type)
    if target.leaf.type is not AttributeType.STRING or len(value) > longest or not is_storable(value):
        return None
    if not quoted and resource_type.resolve(value):  # an attribute, which RFC 7644 does not compare with
        return None
    return Compare(target, "eq", value)


def value_target(target: Target, resource_type: Attributes) -> Target:
    """Find what is compared: a complex attribute stands for its ``value`` if it has one (RFC 7643 §2.4)."""
    if target.leaf.type is AttributeType.COMPLEX:
        return resource_type.resolve(f"{target.path}.value") or target
    return target


class FilterParser:
    """Recursive descent over the tokens of one text; also reads the brackets of PATCH paths.

    :ivar tokens: ends with an empty token.
    :ivar at: index of the current token.
    :ivar comparisons: how many have been begun.
    """

    __slots__ = ("at", "comparisons", "depth", "inside", "lenient", "limits", "resource_type", "text", "tokens")

    def __init__(
        self, text: str, resource_type: Attributes, limits: Limits = DEFAULT_LIMITS, *, lenient: bool = True
    ) -> None:
        self.lenient = lenient
        self.text = text
        self.resource_type = resource_type
        self.limits = limits
        self.tokens: list[str] = _TOKEN.findall(text)
        self.tokens.append("")
        self.at = 0
        self.comparisons = 0
        self.depth = 0
        self.inside: Target | None = None

    def filter(self) -> Filter:
        """Parse ``and *( "or" and )``."""
        terms = [self._conjunction()]
        while self.tokens[self.at].lower() == "or":
            self.at += 1
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def end(self) -> None:
        """Check that nothing follows.

        :raises InvalidFilter: something does.
        """
        if self.tokens[self.at]:
            self.fail("and, or, or the end of the filter is expected")

    def brackets(self, target: Target) -> Filter:
        """Parse from ``[`` (the current token) to ``]``: a filter about one element of the target."""
        if self.inside:
            self.fail("brackets inside brackets are not allowed")
        self.inside = target
        tree = self._enclosed("]")
        self.inside = None
        return tree

    def expression(self, target: Target) -> Compare | Present:
        """Parse ``"pr" / operator value``; the operator is the current token."""
        self.comparisons += 1
        if self.comparisons > self.limits.filter_comparisons:
            self.fail(f"there are more than {self.limits.filter_comparisons} comparisons")
        name = self.tokens[self.at].lower()
        if name == "pr":
            self.at += 1
            return Present(target)
        op = OPERATORS.get(name)
        if op is None:
            self.fail("an operator is expected: eq, ne, co, sw, ew, gt, ge, lt, le or pr")
        self.at += 1
        target = value_target(target, self.resource_type)
        try:
            value = bind(target.leaf, op, read_literal(self.tokens[self.at], self.limits.text), lenient=self.lenient)
        except InvalidFilter as error:
            self.fail(error.message)
        self.at += 1
        return Compare(target, op, value)

    def fail(self, reason: str) -> NoReturn:
        """Refuse the text because of the current token."""
        starts = [found.start() for found in _TOKEN.finditer(self.text)]
        offset = starts[self.at] if self.at < len(starts) else len(self.text)
        raise InvalidFilter(f"The filter is not valid at character {offset}: {reason}.")

    def _conjunction(self) -> Filter:
        terms = [self._term()]
        while self.tokens[self.at].lower() == "and":
            self.at += 1
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _term(self) -> Filter:
        token = self.tokens[self.at]
        if token == "(":  # noqa: S105 - a parenthesis
            return self._enclosed(")")
        if token.lower() == "not":
            self.at += 1
            if self.tokens[self.at] != "(":
                self.fail("( is expected after not")
            return Not(self._enclosed(")"))
        target = self._target(token)
        self.at += 1
        if self.tokens[self.at] == "[":
            return self._value_path(target)
        return self.expression(target)

    def _enclosed(self, closing: str) -> Filter:
        self.depth += 1
        if self.depth > self.limits.filter_depth:
            self.fail(f"nested deeper than {self.limits.filter_depth} levels")
        self.at += 1
        tree = self.filter()
        if self.tokens[self.at] != closing:
            self.fail(f"{closing} is expected")
        self.at += 1
        self.depth -= 1
        return tree

    def _target(self, token: str) -> Target:
        """Find the attribute that a token names; between brackets, the sub-attribute."""
        path = token
        if self.inside and ":" not in token:
            path = f"{self.inside.path}.{token}"
        target = self.resource_type.resolve(path)
        if self.inside:
            target = self._element_target(token, target, self.inside)
        if target is None:
            self.fail(f"there is no attribute {token[:64]!r}" if token else "an attribute is expected")
        if not target.supported:
            self.fail(f"{target.path} cannot be filtered")
        return target

    def _element_target(self, token: str, target: Target | None, inside: Target) -> Target | None:
        """Check that a target is part of the elements; those of ``schemas`` are simple and answer to ``value``."""
        if not inside.attribute.sub_attributes:
            return inside if token.lower() == "value" else None
        return target if target and target.sub and target.attribute is inside.attribute else None

    def _value_path(self, target: Target) -> Filter:
        """Parse ``valuePath [ "." subAttr expression ]``; ``[`` is the current token."""
        attribute = target.attribute
        if target.sub or not (attribute.multi_valued or attribute.type is AttributeType.COMPLEX):
            self.fail(f"{target.path} has no elements to select")
        tree = self.brackets(target)
        token = self.tokens[self.at]
        if not token.startswith("."):
            return ValuePath(target, tree)
        sub = self.resource_type.resolve(target.path + token)
        if sub is None or not sub.supported:
            self.fail(f"{target.path} has no sub-attribute {token[1:65]!r}")
        self.at += 1
        return _of_selected(target, tree, self.expression(sub))


def _of_selected(target: Target, selector: Filter, expression: Compare | Present) -> Filter:
    """Read ``emails[s].value eq "x"`` as ``emails[s and value eq "x"]``, and ``ne`` as the opposite of ``eq``."""
    negative = False
    if isinstance(expression, Compare) and expression.op in {"eq", "ne"}:
        negative = (expression.op == "eq") is (expression.value is None)
        if negative:
            expression = Compare(expression.target, "ne" if expression.op == "eq" else "eq", expression.value)
    selectors = selector.terms if isinstance(selector, And) else (selector,)
    found = ValuePath(target, And((*selectors, expression)))
    return Not(found) if negative else found
