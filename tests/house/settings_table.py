"""Print docs/settings.md from the settings themselves: ``make generated``."""

from __future__ import annotations

import sys
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from gatehouse.settings import PREFIX, Settings

_HEAD = """# Settings

<!-- Printed from src/gatehouse/settings.py by `make generated`. -->

`gatehouse` reads these from the environment and from nowhere else. It refuses to start on an unknown or malformed
`GATEHOUSE_*` variable and names it. `_s` means seconds, `_bytes` bytes.

| Variable | Default | Meaning |
|---|---|---|
"""


def settings_table() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    meaning = f"{field.description}{_choices(field.annotation)}".replace("|", "\\|")
    return f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {meaning} |\n"


def _default(value: object) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _choices(annotation: Any) -> str:
    if get_origin(annotation) is not Literal:
        return ""
    return ": " + ", ".join(f"`{choice}`" for choice in get_args(annotation))


if __name__ == "__main__":
    sys.stdout.write(settings_table())
