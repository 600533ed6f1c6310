"""The steps that make a database current: ``NNNN_name.{sqlite,postgres}.sql``, forward only.

A file that has been released never changes; the next step gets the next number. Statements end where a line ends with
a semicolon, so neither a string nor a trigger body may have one at the end of a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

DIRECTORY: Final = resources.files(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; ``checksum`` is SHA-256 of the file in hex."""

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...]

    @classmethod
    def parse(cls, name: str, text: str) -> Migration:
        """Read the text of a file.

        >>> Migration.parse("0007_more", "-- Why we want more" + chr(10) + "CREATE TABLE a (b INT);").statements
        ('CREATE TABLE a (b INT);',)
        """
        return cls(int(name.partition("_")[0]), name, sha256(text.encode()).hexdigest(), _statements(text))


def load(directory: Traversable, dialect: str) -> tuple[Migration, ...]:
    """All steps of a directory for ``sqlite`` or ``postgres``, in order."""
    suffix = f".{dialect}.sql"
    files = {file.name.removesuffix(suffix): file for file in directory.iterdir() if file.name.endswith(suffix)}
    return tuple(Migration.parse(name, files[name].read_text("utf-8")) for name in sorted(files))


def _statements(text: str) -> tuple[str, ...]:
    """Cut after each line that ends with a semicolon; comments and blank lines between statements go."""
    statements: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        if not lines and (not line.strip() or line.startswith("--")):
            continue
        lines.append(line)
        if line.rstrip().endswith(";"):
            statements.append("\n".join(lines))
            lines = []
    if lines:
        raise ValueError(f"statement without a closing semicolon: {lines[0]}")
    return tuple(statements)
