"""What a field needs of its viewer: declared beside the field, told in its description, and checked from there.

A root field without a declaration fails the tests, and a mutation without one refuses everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gatehouse.records import Permission


class Otherwise(Enum):
    """What a viewer without the permission gets."""

    HIDDEN = "null, or a list without it, as if it were not there"
    REFUSED = "a FORBIDDEN error; NOT_FOUND where the viewer may not even see the tenant"
    MASKED = "the value made unrecognisable"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a field needs.

    :param permission: in the tenant of what is asked for; None: any viewer may ask.
    :param everywhere: the permission must be held in all tenants.
    """

    permission: Permission | None
    otherwise: Otherwise = Otherwise.REFUSED
    everywhere: bool = False

    @property
    def words(self) -> str:
        """The sentence for the description of the field.

        >>> Needs(Permission.EDIT_MAPPING).words
        'Needs EDIT_MAPPING.'
        """
        if self.permission is None:
            return "Needs no permission."
        if self.otherwise is Otherwise.MASKED:
            return f"Masked without {self.permission}."
        return f"Needs {self.permission}{' in all tenants' if self.everywhere else ''}."


NOTHING: Final = Needs(None)
SIGHT: Final = Needs(Permission.READ_DIRECTORY, Otherwise.HIDDEN)
PERSONAL: Final = Needs(Permission.READ_PII, Otherwise.MASKED)
EDIT_MAPPING: Final = Needs(Permission.EDIT_MAPPING)
MANAGE_ADMINS: Final = Needs(Permission.MANAGE_ADMINS)
MANAGED_KEY: Final = Needs(Permission.MANAGE_ADMINS, Otherwise.HIDDEN)  # other keys read as if there were none
MANAGE_CREDENTIALS: Final = Needs(Permission.MANAGE_CREDENTIALS)
RAW_REQUESTS: Final = Needs(Permission.READ_RAW_REQUESTS)
MANAGE_TENANTS: Final = Needs(Permission.MANAGE_TENANTS)
MANAGE_EVERY_TENANT: Final = Needs(Permission.MANAGE_TENANTS, everywhere=True)
EXPORT: Final = Needs(Permission.EXPORT)
