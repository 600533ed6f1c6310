"""How much one request may ask for (docs/promises.md, P11).

One value, made from the settings and handed down with the request. The pure rings take it as a parameter, so that
nothing global is changed and two applications in one process can differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest of each that is accepted; ``GATEHOUSE_MAX_*`` sets them.

    :param json_depth: objects and arrays inside each other.
    :param json_nodes: values of any kind in one body, the root included.
    :param patch_operations: elements of ``Operations``; one of them may name any number of members.
    :param bulk_operations: of one bulk request.
    :param bulk_payload_bytes: of the body of a bulk request.
    :param filter_characters: of a filter, percent-decoded.
    :param filter_comparisons: of a filter, those between brackets included.
    :param filter_depth: groups and brackets of a filter around each other.
    :param page_size: resources in one ListResponse.
    :param user_name: characters.
    :param text: characters of any other string, and of a value in a filter.
    :param contacts: e-mail addresses of one user, and phone numbers.
    :param elements: values of any other multi-valued attribute; the members of a group are not held in the resource.
    :param employee_groups: that one value may give a user.
    """

    json_depth: int = 20
    json_nodes: int = 5_000
    patch_operations: int = 100
    bulk_operations: int = 1_000
    bulk_payload_bytes: int = 1_048_576
    filter_characters: int = 8_192
    filter_comparisons: int = 128
    filter_depth: int = 32
    page_size: int = 200
    user_name: int = 256
    text: int = 1_024
    contacts: int = 20
    elements: int = 100
    employee_groups: int = 100


DEFAULT_LIMITS: Final = Limits()
