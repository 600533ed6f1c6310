"""How many employee groups one value may give."""

from __future__ import annotations

import pytest
from tests.mapping.samples import mapping

from gatehouse.errors import InvalidValue
from gatehouse.mapping.group_limit import check_group_count
from gatehouse.mapping.resolve import Access, resolve

_RULES = mapping()


def _access(user_type: str) -> Access:
    return resolve(None, user_type, _RULES, previous=None)


@pytest.mark.parametrize(
    ("_case", "user_type", "previous"),
    [
        ("as many as may be", "vip", None),
        ("none", "nobody", None),
        ("more, but had already", "vip-south", "VIP-South"),
    ],
)
def test_accepted(_case: str, user_type: str, previous: str | None) -> None:
    before = None if previous is None else _access(previous)

    check_group_count(_access(user_type), before, limit=2, attribute="userType")


@pytest.mark.parametrize("previous", [None, "vip", "south-vip"])
def test_refused(previous: str | None) -> None:
    before = None if previous is None else _access(previous)

    with pytest.raises(InvalidValue) as refused:
        check_group_count(_access("vip-south"), before, limit=2, attribute="userType")

    assert refused.value.path == "userType"
    assert refused.value.message == "userType gives 3 employee groups, more than the 2 that one value may give"
