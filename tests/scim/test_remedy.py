"""Every refusal has words that say what happened and what to do."""

from __future__ import annotations

import pytest

from gatehouse.scim.remedy import ENTRA_CODE, explain


@pytest.mark.parametrize(
    ("status", "scim_type", "entra_code", "begins"),
    [
        (409, "uniqueness", "EntryConflict", "Another user or group"),
        (409, None, "EntryConflict", "The request conflicts"),
        (400, "invalidFilter", "SystemForCrossDomainIdentityManagementBadRequest", "The filter could not"),
        (400, "unheardOf", "SystemForCrossDomainIdentityManagementBadRequest", "The request was refused"),
        (401, None, "Unauthorized", "The credential was not accepted"),
        (418, None, "SystemForCrossDomainIdentityManagementBadRequest", "The request was refused"),
        (599, None, "InternalServerError", "A fault of Gatehouse"),
    ],
)
def test_a_refusal_in_plain_words(status: int, scim_type: str | None, entra_code: str, begins: str) -> None:
    remedy = explain(status, scim_type)

    assert remedy is not None
    assert remedy.entra_code == entra_code
    assert remedy.meaning.startswith(begins)


@pytest.mark.parametrize("status", ENTRA_CODE)
def test_every_status_that_has_a_name_has_a_remedy(status: int) -> None:
    remedy = explain(status, None)

    assert remedy is not None and remedy.remedy.endswith(".")


@pytest.mark.parametrize("status", [200, 204, 304])
def test_what_was_not_refused_needs_none(status: int) -> None:
    assert explain(status, None) is None
