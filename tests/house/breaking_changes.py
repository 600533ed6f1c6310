"""What a client of the last release could trip over, and how such a change is accepted on purpose.

``released_schema.graphql`` is the schema of the last release: copy ``schema.graphql`` over it when one is made. A change
that breaks clients is accepted by adding its line, as the failing test prints it, to ``accepted_breaking_changes.txt``
with the reason after ``  # ``; the file is emptied when a release is made.
"""

from __future__ import annotations

from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes

RELEASED = Path(__file__).with_name("released_schema.graphql")
ACCEPTED = Path(__file__).with_name("accepted_breaking_changes.txt")


def breaking_changes(old: str, new: str) -> list[str]:
    """One line for each, like ``FIELD_REMOVED: User.title was removed.``."""
    found = find_breaking_changes(build_schema(old), build_schema(new))
    return sorted(f"{change.type.name}: {change.description}" for change in found)


def accepted(text: str) -> dict[str, str]:
    """Change → reason."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {change.strip(): reason.strip() for change, _, reason in (line.partition("  # ") for line in lines)}
