"""The function that makes an object of the answer, written out for its selection.

A list of a hundred users with ten fields makes a thousand values: a loop over fields would cost more than the values. So
the loop is unrolled into source text, once for each selection; nothing of a request but response keys gets into the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gatehouse.api.graphql.compiled.leaves import EnumLeaf
from gatehouse.api.graphql.made import Written

Data = dict[str, Any]
Complete = Callable[[Any, Any], Any]
"""A resolver's value, and the run → what the answer holds."""
Get = Callable[[Any], Any]
"""An object → a value of it."""
Step = Callable[[Any, Any, Data], None]
"""Puts one field of a source into the object, now or later."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a selection: a leaf (``get`` the value, ``finish`` it unless its type is ``plain``), or a ``step``.

    :param missing: called when the value of a leaf is None; without it that is the answer.
    """

    key: str
    get: Get | None = None
    finish: Callable[[Any], Any] | None = None
    plain: type | None = None
    missing: Callable[[], Any] | None = None
    step: Step | None = None


def builder(parts: Sequence[Part]) -> Complete:
    """The function (source, run) → object with these fields, in this order.

    >>> one = Part("name", get=lambda person: person["n"], finish=str.upper, plain=int)
    >>> builder([one])({"n": "ada"}, None), builder([one])({"n": 7}, None)
    ({'name': 'ADA'}, {'name': 7})
    >>> builder([Part("name", get=Written("it['n']"), finish=str.upper)])({"n": None}, None)
    {'name': None}
    >>> ready = Written("it.get('n')", gives=str, maybe=True)
    >>> build = builder([Part("name", get=ready, plain=str), Part("also", get=ready, plain=str, missing=lambda: "?")])
    >>> build({"n": "ada"}, None), build({}, None)
    ({'name': 'ada', 'also': 'ada'}, {'name': None, 'also': '?'})
    """
    text = _Text(parts)
    lines = ["def build(it, run):"]
    lines += [f"    {name} = {part}" for name, part in text.shared.items()]
    lines += [f"    {line}" for line in (*text.values, f"data = {text.data}", *text.steps, "return data")]
    return text.function(lines)


def rows_builder(parts: Sequence[Part]) -> Complete | None:
    """The function (records, run) → list of objects with these fields, for :class:`gatehouse.api.graphql.made.Recorded`.

    None when a field is made of more than a record and whether personal data may be seen.

    >>> of_record = Part("id", get=Written("record.id", parts={"record": "it.record"}))
    >>> rows_builder([of_record]) is None, rows_builder([of_record, Part("name", get=Written("it.name"))]) is None
    (False, True)
    """
    text = _Text(parts)
    if text.steps or text.asks_objects or not text.shared.keys() <= _OF_A_ROW.keys():
        return None
    lines = ["def build(records, run):", "    people = run.context.people", "    found = []", "    add = found.append"]
    lines += ["    for record in records:"]
    lines += [f"        {_OF_A_ROW[name]}" for name in text.shared if _OF_A_ROW[name]]
    lines += [f"        {line}" for line in (*text.values, f"add({text.data})")]
    return text.function([*lines, "    return found"])


_OF_A_ROW: Final = {"record": "", "personal": "personal = people[record.tenant_key]"}


class _Text:
    """The fields of an object, as Python text: what is read of it once, the values, the object, and what follows."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.scope: dict[str, Any] = {}
        self.shared: dict[str, str] = {}
        self.values: list[str] = []
        self.steps: list[str] = []
        self.asks_objects = False
        self.data = f"{{{', '.join([self._member(n, part) for n, part in enumerate(parts)])}}}"

    def function(self, lines: Sequence[str]) -> Complete:
        """What the lines define as ``build``."""
        exec("\n".join(lines), self.scope)  # noqa: S102 - our own text; response keys are GraphQL names, quoted
        build: Complete = self.scope["build"]
        return build

    def _member(self, n: int, part: Part) -> str:
        if part.step:
            self.scope[f"step{n}"] = part.step
            self.steps.append(f"step{n}(it, run, data)")
            return f"{part.key!r}: None"  # keeps its place
        value = self._value(n, part.get)
        ready = self._ready(n, part, part.get, value) if isinstance(part.get, Written) else None
        if ready is not None:
            return f"{part.key!r}: {ready}"
        self.scope |= {f"finish{n}": part.finish, f"plain{n}": part.plain, f"missing{n}": part.missing}
        self.values.append(f"v{n} = {value}")
        plain = f"v{n} if v{n}.__class__ is plain{n} else " if part.plain else ""
        nothing = f"missing{n}()" if part.missing else "None"
        return f"{part.key!r}: {plain}{self._finished(n, part.finish)} if v{n} is not None else {nothing}"

    def _ready(self, n: int, part: Part, get: Written, value: str) -> str | None:
        """The expression of what the answer holds, where nobody need look at the value; None: somebody has to."""
        if part.plain is not None and get.gives is part.plain:
            if part.missing is None or not get.maybe:
                return value
            self.scope[f"missing{n}"] = part.missing
            self.values.append(f"v{n} = {value}")
            return f"v{n} if v{n} is not None else missing{n}()"
        if get.table is not None and not get.maybe and isinstance(part.finish, EnumLeaf):
            self.scope[f"names{n}"] = {code: part.finish(one) for code, one in get.table.items()}
            return f"names{n}[{get.code}]"
        return None

    def _value(self, n: int, get: Any) -> str:
        if not isinstance(get, Written):
            self.scope[f"get{n}"] = get
            self.asks_objects = True
            return f"get{n}(it)"
        self.asks_objects = self.asks_objects or get.asks_object
        for names, known in ((get.names, self.scope), (get.parts, self.shared)):
            for name, value in names.items():
                if known.setdefault(name, value) != value:
                    raise ValueError(f"two things are called {name}")
        return get.text

    def _finished(self, n: int, finish: Any) -> str:
        if isinstance(finish, EnumLeaf):
            self.scope[f"names{n}"] = finish.names
            return f"names{n}.get(id(v{n})) or finish{n}(v{n})"
        return f"finish{n}(v{n})"
