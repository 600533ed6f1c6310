"""``gatehouse.client`` is what its operations and the schema say."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.house.client_code import client_code

_FILES = client_code()


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_generated_code_is_current(file: Path) -> None:
    assert file.read_text("utf-8") == _FILES[file], "run `make generated`"
