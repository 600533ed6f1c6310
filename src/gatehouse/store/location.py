"""Where the database is and how patiently we speak to it: the URL and the options."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SSL_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
TARGETS = ("any", "primary", "standby", "read-write", "read-only", "prefer-standby")

_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\[\]:/@\s]*)(?::(?P<port>[0-9]{1,5}))?")
_OPTIONS = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """Deadlines and sizes; the defaults are the service's promises.

    :param models: the modules that hold the Tortoise models.
    :param statement_timeout_s: longest run of one statement.
    :param lock_timeout_s: longest wait for a row lock (PostgreSQL) or for the right to write (SQLite).
    :param acquire_timeout_s: longest wait for a free connection, connecting included.
    :param max_idle_s: longest silence of a connection that is used again: firewalls forget older ones (PostgreSQL).
    :param pool_size: most connections of this process (PostgreSQL).
    :param synchronous: SQLite only; NORMAL may lose the last commits when the power fails.
    """

    models: tuple[str, ...] = ("gatehouse.store.models",)
    statement_timeout_s: float = 5.0
    lock_timeout_s: float = 3.0
    acquire_timeout_s: float = 3.0
    connect_timeout_s: float = 2.0
    idle_in_transaction_timeout_s: float = 10.0
    max_idle_s: float = 300.0
    pool_size: int = 8
    synchronous: Literal["FULL", "NORMAL"] = "FULL"


@dataclass(frozen=True, slots=True)
class SqliteLocation:
    """A file, or ``:memory:``."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresLocation:
    """A server, or several of which one is the primary. What is None comes from libpq's environment variables."""

    hosts: tuple[str, ...]  # empty: PGHOST or the local socket
    ports: tuple[int, ...]  # as many as hosts
    database: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    sslmode: str = "prefer"
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    target_session_attrs: str | None = None

    def tls(self) -> ssl.SSLContext | str:
        """Make what asyncpg takes as ``ssl``; verification uses ``sslrootcert``, else the system's certificates.

        :raises OSError: a certificate file cannot be read.
        """
        if self.sslmode in {"disable", "prefer"}:
            return self.sslmode
        context = ssl.create_default_context(cafile=self.sslrootcert)
        context.check_hostname = self.sslmode == "verify-full"
        if self.sslmode == "require" and self.sslrootcert is None:
            context.verify_mode = ssl.CERT_NONE
        if self.sslcert is not None:
            context.load_cert_chain(self.sslcert, self.sslkey)
        return context


def parse_url(url: str) -> SqliteLocation | PostgresLocation:
    """Read a database URL.

    ``sqlite:///file.db`` (relative to the working directory), ``sqlite:////var/lib/file.db``, ``sqlite://:memory:``,
    ``postgresql://user:password@host:5432/database``, several servers ``…@host1:5432,host2:5432/…``, a Unix socket
    ``postgresql://user@/database?host=/run/postgresql``.

    :raises ValueError: with one line that says what to mend and never holds the password.

    >>> parse_url("sqlite:////srv/gatehouse.db")
    SqliteLocation(path='/srv/gatehouse.db')
    >>> parse_url("postgresql://gate:secret@db1,db2:6432/gatehouse?target_session_attrs=primary").hosts
    ('db1', 'db2')
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # its message may quote the password
        raise _malformed("its host part cannot be read") from None
    if parts.fragment or "#" in url:
        raise _malformed("a '#' in it must be written %23")
    if parts.scheme == "sqlite":
        return _sqlite(parts)
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgres(parts)
    raise _malformed("it must begin with sqlite:/// or postgresql://")


def _malformed(why: str) -> ValueError:
    return ValueError(f"malformed database URL: {why}")


def _sqlite(parts: SplitResult) -> SqliteLocation:
    if parts.query:
        raise _malformed("a SQLite URL takes no '?' options")
    if ":memory:" in {parts.netloc, parts.path.removeprefix("/")}:
        return SqliteLocation(":memory:")
    if parts.netloc or len(parts.path) < len("/f"):
        raise _malformed("write sqlite:///file.db (relative) or sqlite:////directory/file.db (absolute)")
    return SqliteLocation(unquote(parts.path[1:]))


def _postgres(parts: SplitResult) -> PostgresLocation:
    options = _query(parts.query)
    credentials, _, servers = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    hosts, ports = _servers(servers or options.get("host", ""), options.get("port", "5432"))
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise _malformed("the database name is missing: postgresql://user:password@host:5432/database")
    return PostgresLocation(
        hosts=hosts,
        ports=ports,
        database=database,
        user=unquote(user) or None,
        password=unquote(password) or None,
        sslmode=_one_of("sslmode", options.get("sslmode", "prefer"), SSL_MODES),
        sslrootcert=options.get("sslrootcert"),
        sslcert=options.get("sslcert"),
        sslkey=options.get("sslkey"),
        target_session_attrs=_one_of("target_session_attrs", options.get("target_session_attrs", "any"), TARGETS),
    )


def _query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, strict_parsing=True, keep_blank_values=True) if query else []
    except ValueError:
        raise _malformed("after '?' it takes name=value pairs joined by '&'") from None
    for name, _ in pairs:
        if name not in _OPTIONS:
            raise _malformed(f"unknown option {name!r}; known are {', '.join(sorted(_OPTIONS))}")
    return dict(pairs)


def _servers(servers: str, default_port: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    hosts: list[str] = []
    ports: list[int] = []
    for server in servers.split(",") if servers else []:
        host, port = _server(server, default_port)
        hosts.append(host)
        ports.append(port)
    return tuple(hosts), tuple(ports)


def _server(server: str, default_port: str) -> tuple[str, int]:
    if server.startswith("/"):  # the directory of a Unix socket
        host, port = server, default_port
    elif match := _HOST.fullmatch(server):
        host, port = unquote(match["host"]).strip("[]"), match["port"] or default_port
    else:
        raise _malformed("a server is host or host:port; write %40 %3A %2F for @ : / in user name and password")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= 65_535):  # noqa: PLR2004 the range of TCP ports
        raise _malformed("a port is a number from 1 to 65535")
    return host, int(port)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise _malformed(f"{name} must be one of {', '.join(known)}")
    return value
