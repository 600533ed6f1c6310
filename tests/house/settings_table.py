"""Print docs/settings.md from the settings themselves: ``make generated``."""

from __future__ import annotations

import sys

from gatehouse.environment import Setting, declared
from gatehouse.settings import Settings

_HEAD = """# Settings

<!-- Printed from src/gatehouse/settings.py by `make generated`. -->

`gatehouse` reads these from the environment and from nowhere else. It refuses to start on an unknown or malformed
`GATEHOUSE_*` variable and names it. `_s` means seconds, `_bytes` bytes.

| Variable | Default | Meaning |
|---|---|---|
"""


def settings_table() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(setting) for setting in declared(Settings).values())


def _row(setting: Setting) -> str:
    meaning = f"{setting.description}{_choices(setting)}".replace("|", "\\|")
    return f"| `{setting.variable}` | {_default(setting.default)} | {meaning} |\n"


def _default(value: object) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _choices(setting: Setting) -> str:
    return ": " + ", ".join(f"`{choice}`" for choice in setting.choices) if setting.choices else ""


if __name__ == "__main__":
    sys.stdout.write(settings_table())
