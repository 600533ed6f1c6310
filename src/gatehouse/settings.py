"""Every setting of the service, read from ``GATEHOUSE_*`` and nowhere else.

Durations end in ``_s`` (seconds), sizes in ``_bytes``. A limit of 0 means: no limit, where the description says so.
"""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    field_validator,
)
from pydantic_settings import SettingsConfigDict

from gatehouse.admin_settings import AdminSettings
from gatehouse.limits import Limits

PREFIX: Final = "GATEHOUSE_"

# Secrets: GATEHOUSE_<NAME>_FILE may name a file that holds the value, as container engines hand secrets over.
_FROM_FILE: Final = {f"{PREFIX}{name.upper()}_FILE": name for name in ("database_url",)}

# Read by the command line or by the test suite, not by the service.
_FOREIGN: Final = frozenset({"GATEHOUSE_URL", "GATEHOUSE_API_KEY", "GATEHOUSE_TENANT"})
_FOREIGN_PREFIXES: Final = ("GATEHOUSE_TEST_", "GATEHOUSE_BENCH_")


class SettingsError(Exception):
    """A setting is unknown or malformed; the message names it."""


class Settings(AdminSettings):
    """The settings, with their defaults."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: Annotated[
        str,
        Field(
            description="`sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host:port/name?sslmode=…`; or `GATEHOUSE_DATABASE_URL_FILE`: the file that holds it"
        ),
    ] = "sqlite:///gatehouse.db"
    public_url: Annotated[
        str | None,
        Field(
            description="Base of every link we hand out, e.g. `https://gatehouse.example`; default: the address served on"
        ),
    ] = None
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severe log entry written")
    ] = "INFO"
    frontend_dir: Annotated[Path, Field(description="Where the built pages are")] = Path("frontend-stub/dist")
    graphiql: Annotated[bool, Field(description="Serve GraphiQL at `/graphiql`")] = True
    trusted_documents: Annotated[
        Path | None,
        Field(
            description="Manifest of GraphQL documents (JSON: SHA-256 → document); only these are run, but for API keys issued with `--any-document`; default: any document is run"
        ),
    ] = None
    introspection: Annotated[bool, Field(description="Let signed-in API keys introspect the GraphQL schema")] = True

    sqlite_synchronous: Annotated[
        Literal["NORMAL", "FULL"],
        Field(description="`FULL` survives a power cut, `NORMAL` only a crash of the process"),
    ] = "FULL"
    database_pool_size: Annotated[PositiveInt, Field(description="PostgreSQL connections per process")] = 8
    database_connect_timeout_s: Annotated[PositiveFloat, Field(description="To open one PostgreSQL connection")] = 2.0
    database_acquire_timeout_s: Annotated[
        PositiveFloat, Field(description="To get a free connection from the pool")
    ] = 3.0
    database_statement_timeout_s: Annotated[PositiveFloat, Field(description="For one SQL statement")] = 5.0
    database_lock_timeout_s: Annotated[PositiveFloat, Field(description="To wait for a lock")] = 3.0

    scim_max_body_bytes: Annotated[
        PositiveInt, Field(description="Largest SCIM request body; more is refused with 413")
    ] = 1_048_576
    max_bulk_operations: Annotated[
        PositiveInt, Field(description="Operations in one bulk request; more are refused with 413")
    ] = 1_000
    max_bulk_payload_bytes: Annotated[
        PositiveInt, Field(description="Largest body of a bulk request; more is refused with 413")
    ] = 1_048_576
    graphql_max_body_bytes: Annotated[
        PositiveInt, Field(description="Largest GraphQL request body; more is refused with 413")
    ] = 102_400
    graphql_max_cost: Annotated[
        PositiveInt,
        Field(description="Cost of one GraphQL operation (docs/graphql-limits.md); more is refused before it runs"),
    ] = 50_000
    max_header_bytes: Annotated[
        PositiveInt, Field(description="Largest request line and headers together; more is refused with 431")
    ] = 65_536

    max_json_depth: Annotated[
        PositiveInt, Field(le=200, description="Objects and arrays inside each other in a request body")
    ] = 20
    max_json_nodes: Annotated[
        PositiveInt,
        Field(description="Values of any kind in one request body; a member of a group counts two or three"),
    ] = 5_000
    max_patch_operations: Annotated[
        PositiveInt, Field(description="Operations of one PATCH; one of them may name any number of members")
    ] = 100
    max_filter_characters: Annotated[PositiveInt, Field(description="Characters of a SCIM filter")] = 8_000
    max_filter_tokens: Annotated[
        PositiveInt, Field(le=2_000, description="Words, quoted values and brackets of a SCIM filter")
    ] = 600
    max_filter_depth: Annotated[
        PositiveInt, Field(le=100, description="Groups and brackets of a SCIM filter around each other")
    ] = 32
    max_page_size: Annotated[
        PositiveInt,
        Field(description="Resources in one SCIM list, as ServiceProviderConfig says; a larger `count` gets so many"),
    ] = 200
    max_user_name: Annotated[PositiveInt, Field(le=512, description="Characters of a `userName`")] = 256
    max_text: Annotated[
        PositiveInt,
        Field(
            le=1_024,
            description="Characters of any other text, and of a value in a filter; `externalId` and `displayName` have at most 512, certificates 65,536",
        ),
    ] = 1_024
    max_contacts: Annotated[PositiveInt, Field(description="E-mail addresses of one user, and phone numbers")] = 20
    max_elements: Annotated[PositiveInt, Field(description="Values of any other attribute that takes several")] = 100
    max_employee_groups: Annotated[
        PositiveInt, Field(description="Employee groups that the value a request sends may give one user")
    ] = 100

    header_timeout_s: Annotated[
        PositiveFloat, Field(description="For a request's headers to arrive, and for the first one on a new connection")
    ] = 10.0
    body_timeout_s: Annotated[PositiveFloat, Field(description="For the whole request body to arrive")] = 15.0
    request_timeout_s: Annotated[
        PositiveFloat, Field(description="For one request; Entra gives up after about 60 s")
    ] = 30.0
    graphql_execution_timeout_s: Annotated[PositiveFloat, Field(description="For one GraphQL document to execute")] = (
        10.0
    )
    mapping_change_timeout_s: Annotated[
        PositiveFloat,
        Field(description="For a GraphQL document that plans or changes the mapping: it may reach everybody"),
    ] = 300.0
    write_timeout_s: Annotated[PositiveFloat, Field(description="For the client to read an answer")] = 30.0
    keep_alive_s: Annotated[PositiveInt, Field(description="For an idle connection")] = 65
    drain_delay_s: Annotated[
        NonNegativeFloat,
        Field(description="To go on listening after SIGTERM, while `/readyz` answers 503; 0: stop at once"),
    ] = 2.0
    drain_timeout_s: Annotated[PositiveInt, Field(description="For requests under way once listening has ended")] = 20
    trusted_proxies: Annotated[
        str,
        Field(
            description="Addresses or networks, by comma, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed"
        ),
    ] = "127.0.0.1,::1"

    max_in_flight: Annotated[PositiveInt, Field(description="Requests worked on at once, per process")] = 32
    max_queue: Annotated[
        NonNegativeInt, Field(description="Requests that may wait for that, per process; more are refused with 503")
    ] = 200
    queue_timeout_s: Annotated[PositiveFloat, Field(description="For a request to wait for its turn")] = 3.0
    scim_bulk_in_flight: Annotated[
        PositiveInt, Field(description="Bulk requests worked on at once, per process; of each tenant one")
    ] = 8
    tenant_rate_per_s: Annotated[
        NonNegativeFloat,
        Field(description="SCIM requests a second per tenant and process, beyond that 429; 0: any number"),
    ] = 50.0
    tenant_rate_burst: Annotated[
        PositiveInt, Field(description="SCIM requests that may come at once after silence")
    ] = 200
    api_key_rate_per_s: Annotated[
        NonNegativeFloat,
        Field(description="GraphQL requests a second per API key and process, beyond that 429; 0: any number"),
    ] = 20.0
    api_key_rate_burst: Annotated[
        PositiveInt, Field(description="GraphQL requests that may come at once after silence")
    ] = 100
    session_hours: Annotated[
        PositiveInt, Field(description="How long a sign-in at the dashboard lasts; it ends earlier with its API key")
    ] = 12
    guess_rate_per_s: Annotated[
        NonNegativeFloat,
        Field(description="Unknown credentials a second that one address may try, beyond that 429; 0: any number"),
    ] = 1.0
    guess_burst: Annotated[
        PositiveInt, Field(description="Unknown credentials that may be tried at once after silence")
    ] = 20
    refusal_log_per_s: Annotated[
        NonNegativeFloat,
        Field(
            description="Request log entries a second for 429 per tenant, and for all strangers together; 0: any number"
        ),
    ] = 10.0

    metrics: Annotated[bool, Field(description="Serve Prometheus metrics at `/metrics`")] = True
    metrics_token: Annotated[
        str | None,
        Field(
            min_length=16,
            description="What a scraper must send as `Authorization: Bearer …`; default: anybody may read `/metrics`",
        ),
    ] = None

    otlp_endpoint: Annotated[
        str | None,
        Field(
            pattern="^https?://",
            description="Where OpenTelemetry traces go by OTLP/HTTP, e.g. `http://collector:4318`; default: nowhere",
        ),
    ] = None

    credential_cache_s: Annotated[
        float,
        Field(
            ge=0, le=1, description="How long a credential look-up may be reused: a revocation bites within this time"
        ),
    ] = 1.0
    credential_max_age_days: Annotated[
        PositiveInt, Field(description="Life of a bearer token when none is asked for")
    ] = 365
    override_max_days: Annotated[PositiveInt, Field(description="How far ahead an override may end")] = 90
    export_max_open: Annotated[PositiveInt, Field(description="Exports of one tenant, waiting or under way")] = 3
    export_max_files: Annotated[PositiveInt, Field(description="Files of exports of one tenant, until they expire")] = (
        20
    )
    export_max_bytes: Annotated[PositiveInt, Field(description="Largest file of an export, uncompressed")] = 2**31
    export_keep_s: Annotated[PositiveInt, Field(description="How long the file of an export can be fetched")] = 86_400
    due_work_poll_s: Annotated[
        PositiveFloat,
        Field(description="Longest time until a process notices work for later that another one has written"),
    ] = 1.0
    due_work_lease_s: Annotated[
        float, Field(ge=3, description="Work of a process that was killed is begun again by another after this time")
    ] = 60.0
    request_log_flush_s: Annotated[
        PositiveFloat, Field(description="Longest time a request log entry waits in memory")
    ] = 1.0
    request_log_queue: Annotated[
        PositiveInt, Field(description="Request log entries waiting; more are counted and dropped")
    ] = 10_000
    rejected_credentials_flush_s: Annotated[
        PositiveFloat, Field(description="Longest time a refused credential is counted in memory only")
    ] = 5.0

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            message = "must be an http(s) address without query, like https://gatehouse.example"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            message = "must begin with sqlite:/// or postgresql://"
            raise ValueError(message)
        return value

    @property
    def limits(self) -> Limits:
        """How much one request may ask for: every field of :class:`Limits` is the setting ``max_<field>``."""
        return Limits(**{field.name: getattr(self, f"max_{field.name}") for field in fields(Limits)})

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        :raises SettingsError: naming every unknown or malformed setting, without repeating its value (it may be a secret).
        """
        known = {PREFIX + name.upper() for name in cls.model_fields} | _FROM_FILE.keys()
        unknown = sorted(
            name
            for name in os.environ
            if name.startswith(PREFIX) and name not in known | _FOREIGN and not name.startswith(_FOREIGN_PREFIXES)
        )
        if unknown:
            raise SettingsError(f"unknown setting {', '.join(unknown)}")
        try:
            return cls(**_values_from_files())
        except ValidationError as exc:
            faults = "; ".join(_fault(e["loc"], e["msg"]) for e in exc.errors(include_input=False))
            raise SettingsError(faults) from None


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """Name the setting; what concerns several names them itself."""
    return f"{PREFIX}{str(place[0]).upper()}: {message}" if place else message


def _values_from_files() -> dict[str, Any]:
    """Setting -> content of the file named for it, without the newline that editors put at the end."""
    values = {}
    for variable in _FROM_FILE.keys() & os.environ.keys():
        name = _FROM_FILE[variable]
        if PREFIX + name.upper() in os.environ:
            raise SettingsError(f"{PREFIX}{name.upper()} and {variable} are both set: leave one out")
        try:
            values[name] = Path(os.environ[variable]).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
            raise SettingsError(f"{variable}: {os.environ[variable]}: {reason}") from None
    return values
