"""Every setting of the service, read from ``GATEHOUSE_*`` and nowhere else.

Durations end in ``_s`` (seconds), sizes in ``_bytes``. A limit of 0 means: no limit, where the description says so.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from msgspec import Meta

from gatehouse.admin_settings import AdminSettings
from gatehouse.environment import (
    PREFIX,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SettingsError,
    declared,
    read,
    split_address,
)
from gatehouse.limits import Limits

__all__ = ["PREFIX", "Settings", "SettingsError"]

# Secrets: GATEHOUSE_<NAME>_FILE may name a file that holds the value, as container engines hand secrets over.
_FROM_FILE: Final = {f"{PREFIX}{name.upper()}_FILE": name for name in ("database_url",)}

# Read by the command line or by the test suite, not by the service.
_FOREIGN: Final = frozenset({"GATEHOUSE_URL", "GATEHOUSE_API_KEY", "GATEHOUSE_TENANT"})
_FOREIGN_PREFIXES: Final = ("GATEHOUSE_TEST_", "GATEHOUSE_BENCH_")

_LEAST_SECRET: Final = 16  # characters


def _web_address(value: str) -> str:
    parts = split_address(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an http(s) address without query, like https://gatehouse.example")
    return value.rstrip("/")


def _known_database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def _collector(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value


def _hard_to_guess(value: str) -> str:
    if len(value) < _LEAST_SECRET:
        raise ValueError(f"must have at least {_LEAST_SECRET} characters")
    return value


def _addresses(value: str) -> str:
    parts = [part.strip() for part in value.split(",")] if value.strip() else []
    try:
        for part in parts:
            ip_network(part)
    except ValueError:
        raise ValueError("must be addresses or networks by comma, like 10.0.3.1,10.0.4.0/24") from None
    return ",".join(parts)


@dataclass(frozen=True, kw_only=True)
class Settings(AdminSettings):
    """The settings, with their defaults."""

    database_url: Annotated[
        str,
        Meta(
            description="`sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host:port/name?sslmode=…`; or `GATEHOUSE_DATABASE_URL_FILE`: the file that holds it"
        ),
        _known_database,
    ] = "sqlite:///gatehouse.db"
    public_url: Annotated[
        str | None,
        Meta(
            description="Base of every link we hand out, e.g. `https://gatehouse.example`; default: the address served on"
        ),
        _web_address,
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Meta(description="Least severe log entry written")
    ] = "INFO"
    frontend_dir: Annotated[Path, Meta(description="Where the built pages are")] = Path("frontend-stub/dist")
    graphiql: Annotated[bool, Meta(description="Serve GraphiQL at `/graphiql`")] = True
    trusted_documents: Annotated[
        Path | None,
        Meta(
            description="Manifest of GraphQL documents (JSON: SHA-256 → document); only these are run, but for API keys issued with `--any-document`; default: any document is run"
        ),
    ] = None
    introspection: Annotated[bool, Meta(description="Let signed-in API keys introspect the GraphQL schema")] = True

    sqlite_synchronous: Annotated[
        Literal["NORMAL", "FULL"], Meta(description="`FULL` survives a power cut, `NORMAL` only a crash of the process")
    ] = "FULL"
    database_pool_size: Annotated[PositiveInt, Meta(description="PostgreSQL connections per process")] = 8
    database_connect_timeout_s: Annotated[PositiveFloat, Meta(description="To open one PostgreSQL connection")] = 2.0
    database_acquire_timeout_s: Annotated[PositiveFloat, Meta(description="To get a free connection from the pool")] = (
        3.0
    )
    database_statement_timeout_s: Annotated[PositiveFloat, Meta(description="For one SQL statement")] = 5.0
    database_lock_timeout_s: Annotated[PositiveFloat, Meta(description="To wait for a lock")] = 3.0

    scim_max_body_bytes: Annotated[
        PositiveInt, Meta(description="Largest SCIM request body; more is refused with 413")
    ] = 1_048_576
    max_bulk_operations: Annotated[
        PositiveInt, Meta(description="Operations in one bulk request; more are refused with 413")
    ] = 1_000
    max_bulk_payload_bytes: Annotated[
        PositiveInt, Meta(description="Largest body of a bulk request; more is refused with 413")
    ] = 1_048_576
    graphql_max_body_bytes: Annotated[
        PositiveInt, Meta(description="Largest GraphQL request body; more is refused with 413")
    ] = 102_400
    graphql_max_cost: Annotated[
        PositiveInt,
        Meta(description="Cost of one GraphQL operation (docs/graphql-limits.md); more is refused before it runs"),
    ] = 50_000
    max_header_bytes: Annotated[
        PositiveInt, Meta(description="Largest request line and headers together; more is refused with 431")
    ] = 65_536

    max_json_depth: Annotated[
        PositiveInt, Meta(le=200, description="Objects and arrays inside each other in a request body")
    ] = 20
    max_json_nodes: Annotated[
        PositiveInt, Meta(description="Values of any kind in one request body; a member of a group counts two or three")
    ] = 5_000
    max_patch_operations: Annotated[
        PositiveInt, Meta(description="Operations of one PATCH; one of them may name any number of members")
    ] = 100
    max_filter_characters: Annotated[PositiveInt, Meta(description="Characters of a SCIM filter")] = 8_192
    max_filter_comparisons: Annotated[
        PositiveInt, Meta(le=400, description="Comparisons of a SCIM filter, those between brackets included")
    ] = 128
    max_filter_depth: Annotated[
        PositiveInt, Meta(le=100, description="Groups and brackets of a SCIM filter around each other")
    ] = 32
    max_page_size: Annotated[
        PositiveInt,
        Meta(description="Resources in one SCIM list, as ServiceProviderConfig says; a larger `count` gets so many"),
    ] = 200
    max_user_name: Annotated[PositiveInt, Meta(le=512, description="Characters of a `userName`")] = 256
    max_text: Annotated[
        PositiveInt,
        Meta(
            le=1_024,
            description="Characters of any other text, and of a value in a filter; `externalId` and `displayName` have at most 512, certificates 65,536",
        ),
    ] = 1_024
    max_contacts: Annotated[PositiveInt, Meta(description="E-mail addresses of one user, and phone numbers")] = 20
    max_elements: Annotated[PositiveInt, Meta(description="Values of any other attribute that takes several")] = 100
    max_employee_groups: Annotated[
        PositiveInt, Meta(description="Employee groups that the value a request sends may give one user")
    ] = 100

    header_timeout_s: Annotated[
        PositiveFloat, Meta(description="For a request's headers to arrive, and for the first one on a new connection")
    ] = 10.0
    body_timeout_s: Annotated[PositiveFloat, Meta(description="For the whole request body to arrive")] = 15.0
    request_timeout_s: Annotated[
        PositiveFloat, Meta(description="For one request; Entra gives up after about 60 s")
    ] = 30.0
    graphql_execution_timeout_s: Annotated[PositiveFloat, Meta(description="For one GraphQL document to execute")] = (
        10.0
    )
    mapping_change_timeout_s: Annotated[
        PositiveFloat,
        Meta(description="For a GraphQL document that plans or changes the mapping: it may reach everybody"),
    ] = 300.0
    write_timeout_s: Annotated[PositiveFloat, Meta(description="For the client to read an answer")] = 30.0
    keep_alive_s: Annotated[PositiveInt, Meta(description="For an idle connection")] = 65
    drain_delay_s: Annotated[
        NonNegativeFloat,
        Meta(description="To go on listening after SIGTERM, while `/readyz` answers 503; 0: stop at once"),
    ] = 2.0
    drain_timeout_s: Annotated[PositiveInt, Meta(description="For requests under way once listening has ended")] = 20
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Addresses or networks, by comma, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; empty: nobody's"
        ),
        _addresses,
    ] = "127.0.0.1,::1"

    max_in_flight: Annotated[PositiveInt, Meta(description="Requests worked on at once, per process")] = 32
    max_queue: Annotated[
        NonNegativeInt, Meta(description="Requests that may wait for that, per process; more are refused with 503")
    ] = 200
    queue_timeout_s: Annotated[PositiveFloat, Meta(description="For a request to wait for its turn")] = 3.0
    scim_bulk_in_flight: Annotated[
        PositiveInt, Meta(description="Bulk requests worked on at once, per process; of each tenant one")
    ] = 8
    tenant_rate_per_s: Annotated[
        NonNegativeFloat,
        Meta(description="SCIM requests a second per tenant and process, beyond that 429; 0: any number"),
    ] = 50.0
    tenant_rate_burst: Annotated[PositiveInt, Meta(description="SCIM requests that may come at once after silence")] = (
        200
    )
    api_key_rate_per_s: Annotated[
        NonNegativeFloat,
        Meta(description="GraphQL requests a second per API key and process, beyond that 429; 0: any number"),
    ] = 20.0
    api_key_rate_burst: Annotated[
        PositiveInt, Meta(description="GraphQL requests that may come at once after silence")
    ] = 100
    session_hours: Annotated[
        PositiveInt, Meta(description="How long a sign-in at the dashboard lasts; it ends earlier with its API key")
    ] = 12
    guess_rate_per_s: Annotated[
        NonNegativeFloat,
        Meta(description="Unknown credentials a second that one address may try, beyond that 429; 0: any number"),
    ] = 1.0
    guess_burst: Annotated[
        PositiveInt, Meta(description="Unknown credentials that may be tried at once after silence")
    ] = 20
    refusal_log_per_s: Annotated[
        NonNegativeFloat,
        Meta(
            description="Request log entries a second for 429 per tenant, and for all strangers together; 0: any number"
        ),
    ] = 10.0

    metrics: Annotated[bool, Meta(description="Serve Prometheus metrics at `/metrics`")] = True
    metrics_token: Annotated[
        str | None,
        Meta(description="What a scraper must send as `Authorization: Bearer …`; default: anybody may read `/metrics`"),
        _hard_to_guess,
    ] = None

    otlp_endpoint: Annotated[
        str | None,
        Meta(description="Where OpenTelemetry traces go by OTLP/HTTP, e.g. `http://collector:4318`; default: nowhere"),
        _collector,
    ] = None

    credential_cache_s: Annotated[
        float,
        Meta(
            ge=0, le=1, description="How long a credential look-up may be reused: a revocation bites within this time"
        ),
    ] = 1.0
    credential_max_age_days: Annotated[
        PositiveInt, Meta(description="Life of a bearer token when none is asked for")
    ] = 365
    override_max_days: Annotated[PositiveInt, Meta(description="How far ahead an override may end")] = 90
    export_max_open: Annotated[PositiveInt, Meta(description="Exports of one tenant, waiting or under way")] = 3
    export_max_files: Annotated[PositiveInt, Meta(description="Files of exports of one tenant, until they expire")] = 20
    export_max_bytes: Annotated[PositiveInt, Meta(description="Largest file of an export, uncompressed")] = 2**31
    export_keep_s: Annotated[PositiveInt, Meta(description="How long the file of an export can be fetched")] = 86_400
    due_work_poll_s: Annotated[
        PositiveFloat,
        Meta(description="Longest time until a process notices work for later that another one has written"),
    ] = 1.0
    due_work_lease_s: Annotated[
        float, Meta(ge=3, description="Work of a process that was killed is begun again by another after this time")
    ] = 60.0
    request_log_flush_s: Annotated[
        PositiveFloat, Meta(description="Longest time a request log entry waits in memory")
    ] = 1.0
    request_log_queue: Annotated[
        PositiveInt, Meta(description="Request log entries waiting; more are counted and dropped")
    ] = 10_000
    rejected_credentials_flush_s: Annotated[
        PositiveFloat, Meta(description="Longest time a refused credential is counted in memory only")
    ] = 5.0

    @property
    def limits(self) -> Limits:
        """How much one request may ask for: every field of :class:`Limits` is the setting ``max_<field>``."""
        return Limits(**{field.name: getattr(self, f"max_{field.name}") for field in fields(Limits)})

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        :raises SettingsError: naming every unknown or malformed setting, without repeating its value (it may be a secret).
        """
        variables = {setting.variable: name for name, setting in declared(cls).items()}
        unknown = sorted(
            name
            for name in os.environ
            if name.upper().startswith(PREFIX)  # in lower case it would be passed over in silence
            and name not in variables.keys() | _FROM_FILE.keys() | _FOREIGN
            and not name.startswith(_FOREIGN_PREFIXES)
        )
        if unknown:
            raise SettingsError(f"unknown setting {', '.join(unknown)}")
        texts = {variables[name]: text for name, text in os.environ.items() if name in variables}
        return cls(**read(cls, texts | _texts_of_files()))


def _texts_of_files() -> dict[str, str]:
    """Setting -> content of the file named for it, without the newline that editors put at the end."""
    texts = {}
    for variable in _FROM_FILE.keys() & os.environ.keys():
        name = _FROM_FILE[variable]
        if PREFIX + name.upper() in os.environ:
            raise SettingsError(f"{PREFIX}{name.upper()} and {variable} are both set: leave one out")
        try:
            texts[name] = Path(os.environ[variable]).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
            raise SettingsError(f"{variable}: {os.environ[variable]}: {reason}") from None
    return texts
