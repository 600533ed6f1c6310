"""A customer's own directory from a file: CSV with a header, or JSON as Microsoft Graph exports users."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import orjson

from gatehouse.cli.simulate.source import Directory, Person

# Columns as Graph and the portal's download call them, in lower case, and the field that they fill.
_COLUMNS: Final = {
    "id": "id",
    "objectid": "id",
    "userprincipalname": "user_principal_name",
    "givenname": "given_name",
    "surname": "surname",
    "displayname": "display_name",
    "mail": "mail",
    "mailnickname": "mail_nickname",
    "jobtitle": "job_title",
    "department": "department",
    "employeeid": "employee_id",
    "preferredlanguage": "preferred_language",
    "streetaddress": "street_address",
    "city": "city",
    "state": "state",
    "postalcode": "postal_code",
    "country": "country",
    "businessphones": "business_phone",
    "telephonenumber": "business_phone",
    "mobilephone": "mobile_phone",
    "mobile": "mobile_phone",
    "faxnumber": "fax_number",
    "manager": "manager_id",
}
_EXTENSION: Final = re.compile(r"extension(attribute\d+|_\w+)")
_NESTED_EXTENSIONS: Final = "onpremisesextensionattributes"
_BOOLEANS: Final = {"": True, "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_FAULTS_SHOWN: Final = 5

Row = dict[str, str]  # by lower-case column; blanks stripped


def read_directory(name: str, content: bytes, *, user_type_from: str | None = None) -> Directory:
    """Read people from a file; a manager is named by objectId or userPrincipalName. There are no groups.

    :param name: the file's name; ``.json`` says that it is JSON.
    :param user_type_from: the column for SCIM ``userType``; default: the first extension attribute that there is,
        else ``employeeType``, else ``userType``.
    :raises ValueError: naming every row that cannot be used, with its line (CSV) or place (JSON).
    """
    rows = list(_json_rows(content) if name.lower().endswith(".json") else _csv_rows(content))
    if not rows:
        raise ValueError(f"{name} holds no people")
    column = (user_type_from or _user_type_column(rows[0][1])).lower()
    faults = list[str]()
    people = list(_people(rows, column, faults))
    resolved = {person.id: person for person in _with_managers(people, faults)}
    if faults:
        more = f"; and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
        raise ValueError(f"{name}: {'; '.join(faults[:_FAULTS_SHOWN])}{more}")
    return Directory("replay", resolved, {})


def _csv_rows(content: bytes) -> Iterator[tuple[str, Row]]:
    """Rows with their place; Excel's byte order mark and semicolons are understood."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ValueError(f"line {line} is not UTF-8") from None
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ",")
    columns = [column.strip().lower() for column in next(reader, [])]
    if "userprincipalname" not in columns:
        raise ValueError("line 1: the header has no column userPrincipalName")
    for cells in reader:
        if any(cell.strip() for cell in cells):
            place = f"line {reader.line_num}"
            extra = {"": "too many cells"} if len(cells) > len(columns) else {}
            yield place, {**{c: cell.strip() for c, cell in zip(columns, cells, strict=False)}, **extra}


def _json_rows(content: bytes) -> Iterator[tuple[str, Row]]:
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError as exc:
        raise ValueError(f"line {exc.lineno}: no JSON: {exc.msg}") from None
    users = data.get("value") if isinstance(data, dict) else data
    if not isinstance(users, list):
        raise ValueError("an array of users is expected, or an object with it as value")  # noqa: TRY004 - a fault of the file
    for place, user in enumerate(users, start=1):
        yield f"entry {place}", _flattened(user) if isinstance(user, dict) else {"": "not an object"}


def _flattened(user: Mapping[str, Any]) -> Row:
    row: Row = {}
    for name, value in user.items():
        column = name.lower()
        if column == _NESTED_EXTENSIONS and isinstance(value, dict):
            row |= _flattened(value)
        else:
            row[column] = _cell(value)
    return row


def _cell(value: object) -> str:
    """Graph's values as text: the first of a list, the id of a person."""
    if isinstance(value, list):
        return _cell(value[0]) if value else ""
    if isinstance(value, dict):
        return _cell(value.get("id") or value.get("userPrincipalName"))
    return "" if value is None else str(value).strip()


def _user_type_column(row: Row) -> str:
    extensions = sorted(column for column in row if _EXTENSION.fullmatch(column))
    return (*extensions, *(column for column in ("employeetype",) if column in row), "usertype")[0]


def _people(rows: Iterable[tuple[str, Row]], column: str, faults: list[str]) -> Iterator[tuple[str, Person]]:
    taken = dict[str, str]()
    for place, row in rows:
        name = row.get("userprincipalname", "")
        found = _faults(row, taken)
        faults.extend(f"{place}: {fault}" for fault in found)
        if not found:
            taken[name.lower()] = place
            yield place, _person(row, column)


def _faults(row: Row, taken: Mapping[str, str]) -> list[str]:
    name = row.get("userprincipalname", "")
    enabled = row.get("accountenabled", "")
    checks = (
        ("" not in row, row.get("", "")),
        (bool(name) or "" in row, "userPrincipalName is empty"),
        (name.lower() not in taken, f"userPrincipalName {name} is also in {taken.get(name.lower())}"),
        (enabled.lower() in _BOOLEANS, f"accountEnabled is {enabled!r}, neither true nor false"),
    )
    return [text for holds, text in checks if not holds]


def _person(row: Row, column: str) -> Person:
    values = {field: row[name] for name, field in _COLUMNS.items() if row.get(name)}
    name = values["user_principal_name"]
    values.setdefault("id", str(uuid5(NAMESPACE_URL, name.lower())))
    values.setdefault("mail_nickname", name.partition("@")[0])
    given, surname = values.pop("given_name", None), values.pop("surname", None)
    return Person(
        **values,  # type: ignore[arg-type] # every name in _COLUMNS is a text field
        given_name=given,
        surname=surname,
        user_type=row.get(column) or None,
        account_enabled=_BOOLEANS[row.get("accountenabled", "").lower()],
    )


def _with_managers(people: list[tuple[str, Person]], faults: list[str]) -> Iterator[Person]:
    by_name = {person.user_principal_name.lower(): person.id for _, person in people}
    known = {person.id.lower(): person.id for _, person in people} | by_name
    for place, person in people:
        if person.manager_id is None:
            yield person
        elif person.manager_id.lower() in known:
            yield replace(person, manager_id=known[person.manager_id.lower()])
        else:
            faults.append(f"{place}: manager {person.manager_id} is nobody in this file")
