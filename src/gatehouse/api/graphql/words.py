"""Descriptions of what inner rings name: enum values, and arguments that mean the same wherever they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

ARGUMENTS: Final[Mapping[str, str]] = {
    "input": "What to do.",
    "where": "Only what matches; left out: everything in sight.",
    "orderBy": "In which order; the first counts most, ties are broken by id.",
    "by": "What is known of it.",
    "id": "Its id.",
    "ids": "Their ids.",
    "tenantId": "The tenant.",
}

VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "AccessStatus": {
        "ACTIVE": "The access was in force.",
        "DELETED": "The user was gone from SCIM.",
        "DISABLED": "On record, but not in force.",
        "NOT_CREATED": "The user was not provisioned yet.",
        "NOT_RECORDED": "The record of access begins later.",
    },
    "ActorKind": {
        "ADMIN": "A person or program that signed in with a token of Entra ID, or the command line.",
        "API_KEY": "A script or person with an API key.",
        "SCIM_TOKEN": "Entra ID, with a bearer token.",
        "SYSTEM": "Gatehouse itself.",
    },
    "AuditOutcome": {
        "DENIED": "The actor did not hold the permission.",
        "FAILED": "It was allowed, and did not work.",
        "SUCCEEDED": "It was done.",
    },
    "Bucket": {
        "AUTO": "What gives a legible number of parts for the range.",
        "DAY": "Days of UTC.",
        "HOUR": "Hours.",
        "MINUTE": "Minutes.",
    },
    "CredentialStatus": {
        "ACTIVE": "It is accepted.",
        "EXPIRED": "Its time is over.",
        "REVOKED": "It was ended by somebody.",
    },
    "DocumentFormat": {"JSON": "RFC 8259.", "YAML": "YAML 1.2, as docs/mapping-document.md says."},
    "EventAction": {
        "CREATE": "A user or group came.",
        "DELETE": "It went.",
        "DISABLE": "A user's `active` became false.",
        "OTHER": "Anything else, such as a refused request.",
        "RESTORE": "A user's `active` became true again.",
        "UPDATE": "Attributes or members changed.",
    },
    "EventOrderField": {"OCCURRED_AT": "When it happened."},
    "AttributeSource": {
        "DERIVED": "The mapping made it of what the SCIM client sent.",
        "IDP": "The SCIM client sent it.",
        "OVERRIDE": "An administrator decided it above the rules, for a time.",
    },
    "EventOutcome": {
        "FAILURE": "It was refused, or did not work.",
        "SKIPPED": "There was nothing to do.",
        "SUCCESS": "It was done.",
        "WARNING": "It was done, and something deserves a look.",
    },
    "ExportFormat": {
        "CSV": "Comma-separated with a heading (RFC 4180); what a spreadsheet could take for a formula begins with an apostrophe.",
        "NDJSON": "A JSON object a line; every value as it is.",
    },
    "ExportSubject": {
        "AUDIT": "Who did what through the admin API and the command line.",
        "MAPPING": "The rules of the mapping in force.",
        "PROVISIONING_EVENTS": "What happened to users and groups.",
        "SCIM_REQUESTS": "The request log of the tenant.",
        "UNMAPPED_VALUES": "Values that users have without a rule.",
        "USERS": "The users with their access, disabled ones included.",
    },
    "HealthState": {
        "DEGRADED": "It works, and something needs somebody.",
        "FAILING": "Most writes failed in the last 24 hours.",
        "HEALTHY": "Nothing is known against it.",
        "LIKELY_QUARANTINED": "Entra ID has probably slowed it down to once a day.",
        "NEVER_CONNECTED": "Nothing has been asked for, as far back as the request log goes.",
        "STALE": "Nothing has been asked for in four hours.",
    },
    "JobKind": {"EXPORT": "A file of a tenant's data."},
    "JobStatus": {
        "CANCELLED": "Somebody stopped it.",
        "FAILED": "It did not work; see `error`.",
        "QUEUED": "No process has taken it up yet.",
        "RUNNING": "A process is at it, or will go on with it.",
        "SUCCEEDED": "It is done.",
    },
    "MappingKind": {"GROUP": "userType segment → employee groups.", "ROLE": "title → role."},
    "MappingSource": {
        "API": "A mutation, or a script.",
        "FILE": "A mapping document.",
        "INITIAL": "The first version of a tenant.",
        "ROLLBACK": "The return to an earlier version.",
        "UI": "The dashboard.",
    },
    "Outcome": {
        "DEFAULTED": "A policy gave the default.",
        "EMPTY": "There is no value.",
        "INACTIVE": "On record, but the user is disabled, deleted, or not provisioned yet.",
        "KEPT_PREVIOUS": "A policy kept what was there.",
        "MAPPED": "A rule gave it.",
        "OVERRIDDEN": "An administrator decided it.",
        "UNKNOWN": "Not recorded.",
        "UNMAPPED": "A value without a rule.",
    },
    "Permission": {
        "EDIT_MAPPING": "Change roles, groups, rules, settings of the mapping, and overrides.",
        "EXPORT": "Make and fetch exports.",
        "MANAGE_ADMINS": "Make, replace and end API keys that grant no more than one holds.",
        "MANAGE_CREDENTIALS": "Issue, replace and end bearer tokens, and see those that were tried in vain.",
        "MANAGE_TENANTS": "Change the tenant itself.",
        "MANAGE_WEBHOOKS": "Say where events are sent.",
        "READ_DIRECTORY": "See the tenant at all: users, groups, mapping, history. Every other permission needs it too.",
        "READ_PII": "See names, addresses and numbers of people unmasked, and search by them.",
        "READ_RAW_REQUESTS": "See what SCIM clients sent.",
    },
    "PlanStatus": {
        "APPLIED": "It became a version.",
        "DISCARDED": "Somebody ended it.",
        "EXPIRED": "Its time is over.",
        "READY": "It can be applied.",
        "STALE": "What it was made for moved.",
    },
    "Preset": {
        "ACCOUNT_MANAGER": "READ_DIRECTORY and READ_PII.",
        "CONNECTION_ADMIN": "READ_DIRECTORY, READ_PII, READ_RAW_REQUESTS, MANAGE_CREDENTIALS and MANAGE_WEBHOOKS.",
        "MAPPING_EDITOR": "READ_DIRECTORY, READ_PII and EDIT_MAPPING.",
        "OWNER": "Every permission.",
        "VIEWER": "READ_DIRECTORY.",
    },
    "ResourceKind": {"GROUP": "A SCIM Group.", "USER": "A SCIM User."},
    "ScimMode": {
        "ENTRA": "The dialects of Entra ID and Okta are read.",
        "STRICT": "Only what the letter of the RFCs allows.",
    },
    "ScimOperation": {
        "BULK": "POST /Bulk.",
        "CREATE_GROUP": "POST /Groups.",
        "CREATE_USER": "POST /Users.",
        "DELETE_GROUP": "DELETE of a group.",
        "DELETE_USER": "DELETE of a user.",
        "DISCOVERY": "What the service can do: /ServiceProviderConfig, /Schemas, /ResourceTypes.",
        "LIST_EVERYTHING": "GET of the root: users and groups together.",
        "LIST_GROUPS": "GET /Groups, with or without a filter.",
        "LIST_USERS": "GET /Users, with or without a filter.",
        "PATCH_GROUP": "PATCH of a group.",
        "PATCH_USER": "PATCH of a user.",
        "READ_GROUP": "GET of one group.",
        "READ_USER": "GET of one user.",
        "REPLACE_GROUP": "PUT of a group.",
        "REPLACE_USER": "PUT of a user.",
        "SEARCH_EVERYTHING": "POST /.search.",
        "SEARCH_GROUPS": "POST /Groups/.search.",
        "SEARCH_USERS": "POST /Users/.search.",
        "UNKNOWN": "Something that is not offered.",
    },
    "ServerFeature": {
        "ENTRA_SIGN_IN": "Tokens of Entra ID may sign in, not only API keys.",
        "GRAPHIQL": "GraphiQL is at `/graphiql`.",
        "INTROSPECTION": "The schema can be introspected.",
        "METRICS": "Prometheus may read `/metrics`.",
        "TRUSTED_DOCUMENTS": "Only known documents are run, but for keys that may send any.",
    },
    "Severity": {
        "ERROR": "It cannot be as it is.",
        "INFO": "Good to know.",
        "WARNING": "It deserves a look.",
    },
    "SortDirection": {"ASC": "The smallest or earliest first.", "DESC": "The largest or latest first."},
    "TenantOrderField": {
        "CREATED_AT": "When it was created.",
        "NAME": "What people call it, without regard to case.",
        "SLUG": "Its short name.",
    },
    "TenantStatus": {
        "ACTIVE": "It is served.",
        "ARCHIVED": "It is kept, and not served any more.",
        "PAUSED": "SCIM requests are refused for now.",
    },
    "TimeRange": {
        "DAY": "24 hours.",
        "HOUR": "One hour.",
        "MONTH": "30 days.",
        "QUARTER": "90 days.",
        "WEEK": "Seven days.",
    },
    "UnknownAttributes": {
        "IGNORE": "Passed over, with a warning in the history.",
        "REJECT": "The request is refused.",
    },
    "UnmappedPolicy": {
        "ASSIGN_NONE": "Nothing is given, and the history has a warning.",
        "KEEP_PREVIOUS": "What was there stays.",
        "REJECT_REQUEST": "The SCIM request is refused.",
        "USE_DEFAULT": "The default of the mapping is given.",
    },
    "UserErrorCode": {
        "FORBIDDEN": "The viewer does not hold the permission.",
        "IDEMPOTENCY_MISMATCH": "The idempotency key came with another request before.",
        "IMPACT_LIMIT_EXCEEDED": "More users would change than were allowed.",
        "INVALID": "The input is wrong; `path` says where.",
        "IN_USE": "It cannot go, or be ended, as things are.",
        "NOT_FOUND": "There is none, or none in sight.",
        "NOT_UNIQUE": "The value is taken.",
        "STALE_PLAN": "What the plan was made for moved: make a new one.",
        "STALE_VERSION": "Somebody else changed it first: read it again.",
        "UNSUPPORTED": "Not offered here.",
    },
    "UserFacetField": {
        "DEPARTMENT": "The attribute department.",
        "GROUP": "The employee groups that the user has.",
        "ROLE": "The role that the user has.",
        "ROLE_OUTCOME": "How the user came by the role, or why there is none.",
        "STATUS": "Enabled, disabled or deleted.",
        "TITLE": "The title, as rules compare it.",
        "USER_TYPE_SEGMENT": "The parts of userType, as rules compare them.",
    },
    "UserOrderField": {
        "CREATED_AT": "When the user was provisioned first.",
        "FAMILY_NAME": "Last name.",
        "UPDATED_AT": "When an attribute changed last.",
        "USER_NAME": "userName.",
    },
    "UserStatus": {
        "ACTIVE": "Enabled.",
        "DELETED": "Gone from SCIM; kept here for the history.",
        "DISABLED": "`active` is false: access stays on record without force.",
    },
}


def describe(schema: GraphQLSchema) -> None:
    """Give words to values and arguments that have none of their own."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            for value, definition in kind.values.items():
                definition.description = definition.description or VALUES.get(name, {}).get(value)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field in kind.fields.values():
                for argument, meaning in field.args.items():
                    meaning.description = meaning.description or ARGUMENTS.get(argument)
