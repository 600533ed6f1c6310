"""Ann, the user of the acceptance checks."""

from __future__ import annotations

from typing import Any

from tests.bodies import USER

ANN: dict[str, Any] = {
    "schemas": [USER],
    "externalId": "e1",
    "userName": "Ann@x.com",
    "active": True,
    "title": "Agent",
    "userType": "North-South",
    "name": {"givenName": "Ann", "familyName": "Lee"},
    "emails": [{"type": "work", "value": "Ann@x.com", "primary": True}],
    "phoneNumbers": [{"type": "work", "value": "555"}],
}
