"""What stands before a body: exactly one bearer token, and a bound on size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message

from gatehouse.api.front.bearer import BearerAuth
from gatehouse.api.front.body import ClientDisconnected, read_body
from gatehouse.errors import PayloadTooLarge, RequestTimeout, Unauthorized

_AUTHORIZATION = BearerAuth(missing="send one", malformed="send one of that form")


class _Client:
    """Sends these parts of a body, then nothing more; counts what was taken."""

    def __init__(self, parts: Sequence[bytes | None]) -> None:
        self.left = list(parts)

    async def receive(self) -> Message:
        if not self.left:
            await asyncio.Event().wait()
        part = self.left.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": not part.endswith(b".")}


@pytest.mark.parametrize(
    ("parts", "announced", "body"),
    [
        ([b"."], None, b"."),
        ([b"1234567."], b"8", b"1234567."),
        ([b"12", b"34", b"567."], b"0000000000000000000000000000008", b"1234567."),
        ([b"a", b"", b"."], b"senseless", b"a."),
    ],
)
async def test_read(parts: list[bytes], announced: bytes | None, body: bytes) -> None:
    assert await read_body(_Client(parts).receive, announced, max_bytes=8, timeout_s=5) == body


@pytest.mark.parametrize(
    ("parts", "announced", "refusal", "left"),
    [
        ([b"."], b"9", PayloadTooLarge, 1),
        ([b"."], b"1" + b"0" * 5_000, PayloadTooLarge, 1),
        ([b"12345678."], None, PayloadTooLarge, 0),
        ([b"1234", b"56789", b"."], b"8", PayloadTooLarge, 1),
        ([b"1234"], b"8", RequestTimeout, 0),
        ([b"1234", None, b"."], b"8", ClientDisconnected, 1),
        ([None], b"8", ClientDisconnected, 0),
    ],
)
async def test_refused(parts: list[bytes | None], announced: bytes | None, refusal: type[Exception], left: int) -> None:
    client = _Client(parts)

    with pytest.raises(refusal):
        await read_body(client.receive, announced, max_bytes=8, timeout_s=0.05)

    assert len(client.left) == left  # nothing was read that was not needed to know


@pytest.mark.parametrize(
    ("sent", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer   a.b-c_d~e+f/g==", "a.b-c_d~e+f/g=="),
        (b" BEARER " + b"x" * 16_384 + b" ", "x" * 16_384),
    ],
)
def test_token(sent: bytes, token: str) -> None:
    assert _AUTHORIZATION.token([(b"host", b"x"), (b"authorization", sent)]) == token


@pytest.mark.parametrize(
    ("sent", "message", "code"),
    [
        ([], "send one", None),
        ([b""], "send one of that form", "invalid_request"),
        ([b"Bearer"], "send one of that form", "invalid_request"),
        ([b"Bearer "], "send one of that form", "invalid_request"),
        ([b"Basic abc"], "send one of that form", None),
        ([b" basic"], "send one of that form", None),
        ([b"abc"], "send one of that form", None),
        ([b"Basic a", b"Bearer a"], "send one of that form", "invalid_request"),
        ([b"Bearer\ta"], "send one of that form", "invalid_request"),
        ([b"Bearer:a"], "send one of that form", "invalid_request"),
        ([b'"a"'], "send one of that form", "invalid_request"),
        ([b"Bearer a b"], "send one of that form", "invalid_request"),
        ([b"Bearer \xc3\xa4"], "send one of that form", "invalid_request"),
        ([b"Bearer " + b"x" * 16_385], "send one of that form", "invalid_request"),
        ([b"Bearer a", b"Bearer a"], "send one of that form", "invalid_request"),
    ],
)
def test_no_token(sent: list[bytes], message: str, code: str | None) -> None:
    with pytest.raises(Unauthorized) as refused:
        _AUTHORIZATION.token([(b"authorization", value) for value in sent])

    assert (refused.value.message, refused.value.code) == (message, code)
