"""No secret reaches the request log, in whatever shape it is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.bodies import USER, patch_op

from gatehouse.api.scim.redaction import logged_body

_MARK = "hunter2-marked"


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "a", "password": _MARK},
        {"PassWord": [_MARK]},
        {f"{USER}:password": _MARK},
        {"urn:x": {"clientSecret": {"deep": _MARK}}},
        patch_op({"op": "Replace", "path": "password", "value": _MARK}),
        patch_op({"op": "Replace", "path": f"{USER}:password", "value": {"x": _MARK}}),
        patch_op({"op": "Replace", "Path": 'x[type eq "a.b"].access_token', "Value": _MARK}),
        patch_op({"op": "replace", "value": {f"{USER}:password": _MARK, "title": "kept"}}),
        {"Filter": f'title pr and PassWord eq "{_MARK}"'},
    ],
)
def test_secrets_are_hidden(body: dict[str, Any]) -> None:
    logged = logged_body(json.dumps(body).encode())

    assert logged is not None
    assert _MARK not in logged
    assert "…" in logged


def test_escapes_do_not_help() -> None:
    assert _MARK not in (logged_body(b'{"passw\\u006frd": "%s"}' % _MARK.encode()) or "")


@pytest.mark.parametrize("body", [b'{"password": "hunter2-marked', b"\xff\xfe", b"NaN", b'"\\ud800"'])
def test_what_is_no_json_is_not_kept(body: bytes) -> None:
    assert logged_body(body) == f"({len(body):,} bytes that are not JSON)"


def test_the_rest_is_kept_without_nul() -> None:
    assert logged_body(b'{"title": "a\\u0000b"}') == '{"title":"a\\\\u0000b"}'
    assert logged_body(b"") is None
