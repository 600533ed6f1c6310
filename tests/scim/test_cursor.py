"""Cursors: what they hold comes back, and nothing else is taken for one (RFC 9865 §2.1, §5.2)."""

from __future__ import annotations

from random import Random

import pytest

from gatehouse.errors import ExpiredCursor, InvalidCursor
from gatehouse.scim.cursor import Cursor, seal, unseal

KEY, SCOPE, NOW_S = b"secret", "acme User []", 1_800_000_000
CURSOR = Cursor(1, (("東京 ~ann", 7, None, True), "0192f0c1-7d5e-7cc2-a3a5-6d9b1f1f2a33"), 100, NOW_S)


@pytest.mark.parametrize(
    "cursor", [CURSOR, Cursor(0, None, 1, NOW_S + 5), Cursor(0, (("\x01" * 1_024,), "x"), 1, NOW_S)]
)
def test_there_and_back(cursor: Cursor) -> None:
    text = seal(cursor, key=KEY, scope=SCOPE)

    assert unseal(text, key=KEY, scope=SCOPE, now_s=NOW_S) == cursor
    assert not set(text) & set("+/=&?# ")


@pytest.mark.parametrize(
    ("key", "scope"), [(b"other", SCOPE), (KEY, "other User []"), (KEY, SCOPE + " "), (KEY, ""), (b"", SCOPE)]
)
def test_of_another_key_or_scope(key: bytes, scope: str) -> None:
    with pytest.raises(InvalidCursor):
        unseal(seal(CURSOR, key=KEY, scope=SCOPE), key=key, scope=scope, now_s=NOW_S)


def test_any_other_spelling_is_refused_with_the_same_words() -> None:
    random = Random(1)  # noqa: S311 - repeatable, not secret
    text = seal(CURSOR, key=KEY, scope=SCOPE)
    changed = [text[:n] + ("A" if text[n] != "A" else "B") + text[n + 1 :] for n in range(len(text))]
    made_up = ["".join(random.choices("Ab-_9", k=length)) for length in range(1, 60)]
    others = ["", "=", "é", text + "=", text + "A", text[:-1], " " + text, text + "\n", "A" * 20_000, text * 2]
    told = set()
    for other in (*changed, *made_up, *others):
        with pytest.raises(InvalidCursor) as refused:
            unseal(other, key=KEY, scope=SCOPE, now_s=NOW_S)
        told.add(refused.value.advice)

    assert told == {"The cursor is not valid for this query; begin again with an empty one"}


def test_expires_after_its_last_second() -> None:
    text = seal(CURSOR, key=KEY, scope=SCOPE)

    with pytest.raises(ExpiredCursor):
        unseal(text, key=KEY, scope=SCOPE, now_s=NOW_S + 1)
    with pytest.raises(InvalidCursor):  # a stranger is not told that it was a good one once
        unseal(text, key=KEY, scope="other", now_s=NOW_S + 1)
