-- The spine: tenants, who may sign in, the SCIM directory, the mapping, and what happened.
--
-- Ids are UUIDv7, times are microseconds since 1970-01-01T00:00:00Z, JSON is kept as text and never queried.
-- A *_key column is normalised in Python; COLLATE "C" compares it by code point, as SQLite does.
-- References within a tenant carry tenant_id, so that no row can point into another tenant.
-- Logs (provisioning_event, request_log, audit_entry) refer to nothing: they outlive what they tell of.
-- The runner splits this file into statements at lines that end with a semicolon.

CREATE TABLE tenant (
    id uuid NOT NULL PRIMARY KEY,
    slug text NOT NULL,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE',
    scim_mode text NOT NULL DEFAULT 'entra',
    unknown_attributes text NOT NULL DEFAULT 'ignore',
    mapping_version integer NOT NULL DEFAULT 1,
    version integer NOT NULL DEFAULT 1,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    delimiter text NOT NULL DEFAULT '-',
    role_attribute text NOT NULL DEFAULT 'title',
    group_attribute text NOT NULL DEFAULT 'userType',
    empty_title text NOT NULL DEFAULT 'ASSIGN_NONE',
    unmapped_title text NOT NULL DEFAULT 'ASSIGN_NONE',
    unmapped_group text NOT NULL DEFAULT 'ASSIGN_NONE',
    default_role_id uuid,
    default_group_ids text NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX uid_tenant_slug ON tenant (slug);

-- Who may sign in

CREATE TABLE credential (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    label text NOT NULL,
    token_hash varchar(64) NOT NULL,
    last_four text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);
CREATE UNIQUE INDEX uid_credential_token_hash ON credential (token_hash);
CREATE INDEX idx_credential_tenant ON credential (tenant_id, created_at, id);

CREATE TABLE api_key (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    key_hash varchar(64) NOT NULL,
    last_four text NOT NULL,
    preset text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);
CREATE UNIQUE INDEX uid_api_key_key_hash ON api_key (key_hash);

-- tenant_id is null when the permissions hold in every tenant
CREATE TABLE api_key_grant (
    id uuid NOT NULL PRIMARY KEY,
    api_key_id uuid NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    tenant_id uuid REFERENCES tenant (id) ON DELETE RESTRICT,
    permissions text NOT NULL
);
CREATE INDEX idx_api_key_grant_api_key ON api_key_grant (api_key_id);
CREATE INDEX idx_api_key_grant_tenant ON api_key_grant (tenant_id);

-- The catalogue: what the mapping can give

CREATE TABLE role (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    privileged boolean NOT NULL DEFAULT false,
    archived_at bigint,
    created_at bigint NOT NULL
);
CREATE UNIQUE INDEX uid_role_key ON role (tenant_id, key);
CREATE UNIQUE INDEX uid_role_tenant ON role (tenant_id, id);

CREATE TABLE employee_group (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    archived_at bigint,
    created_at bigint NOT NULL
);
CREATE UNIQUE INDEX uid_employee_group_key ON employee_group (tenant_id, key);
CREATE UNIQUE INDEX uid_employee_group_tenant ON employee_group (tenant_id, id);

-- The directory: document is the SCIM resource as the client sees it, the columns beside it are its index

CREATE TABLE scim_user (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    version integer NOT NULL,
    document text NOT NULL,
    user_name text NOT NULL,
    user_name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    active boolean NOT NULL,
    display_name text,
    display_name_key text COLLATE "C",
    given_name text,
    given_name_key text COLLATE "C",
    family_name text,
    family_name_key text COLLATE "C",
    title text,
    title_key text COLLATE "C",
    user_type text,
    user_type_key text COLLATE "C",
    created_at bigint NOT NULL,
    last_modified_at bigint NOT NULL,
    deleted_at bigint,
    role_id uuid,
    role_outcome text NOT NULL,
    mapping_version integer NOT NULL,
    access text NOT NULL,
    FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uid_scim_user_user_name_key ON scim_user (tenant_id, user_name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX uid_scim_user_tenant ON scim_user (tenant_id, id);
CREATE INDEX idx_scim_user_external_id ON scim_user (tenant_id, external_id);
CREATE INDEX idx_scim_user_display_name_key ON scim_user (tenant_id, display_name_key);
CREATE INDEX idx_scim_user_title_key ON scim_user (tenant_id, title_key);
CREATE INDEX idx_scim_user_user_type_key ON scim_user (tenant_id, user_type_key);
CREATE INDEX idx_scim_user_created_at ON scim_user (tenant_id, created_at, id);
CREATE INDEX idx_scim_user_family_name_key ON scim_user (tenant_id, family_name_key, id);
CREATE INDEX idx_scim_user_role ON scim_user (tenant_id, role_id);
CREATE INDEX idx_scim_user_last_modified_at ON scim_user (tenant_id, last_modified_at, id);

-- The index of every attribute without a column of its own: one row per element
CREATE TABLE user_value (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    attribute text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    value text,
    value_key text COLLATE "C",
    type_key text COLLATE "C",
    display text,
    display_key text COLLATE "C",
    is_primary boolean NOT NULL DEFAULT false,
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_user_value_value_key ON user_value (tenant_id, attribute, value_key);
CREATE INDEX idx_user_value_user ON user_value (user_id);

CREATE TABLE user_employee_group (
    user_id uuid NOT NULL,
    employee_group_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    PRIMARY KEY (user_id, employee_group_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_group_id) REFERENCES employee_group (tenant_id, id) ON DELETE RESTRICT
);
CREATE INDEX idx_user_employee_group_group ON user_employee_group (tenant_id, employee_group_id);

CREATE TABLE scim_group (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    version integer NOT NULL,
    display_name text NOT NULL,
    display_name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    created_at bigint NOT NULL,
    last_modified_at bigint NOT NULL,
    deleted_at bigint
);
CREATE UNIQUE INDEX uid_scim_group_display_name_key ON scim_group (tenant_id, display_name_key)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX uid_scim_group_tenant ON scim_group (tenant_id, id);
CREATE INDEX idx_scim_group_external_id ON scim_group (tenant_id, external_id);
CREATE INDEX idx_scim_group_created_at ON scim_group (tenant_id, created_at, id);

CREATE TABLE group_member (
    group_id uuid NOT NULL,
    user_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    PRIMARY KEY (group_id, user_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES scim_group (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_group_member_user ON group_member (tenant_id, user_id);

-- The mapping: title -> role, userType segment -> employee groups

CREATE TABLE role_rule (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL,
    value text NOT NULL,
    value_key text COLLATE "C" NOT NULL,
    role_id uuid NOT NULL,
    note text,
    since_version integer NOT NULL,
    FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uid_role_rule_value_key ON role_rule (tenant_id, value_key);
CREATE INDEX idx_role_rule_role ON role_rule (tenant_id, role_id);

CREATE TABLE group_rule (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    value text NOT NULL,
    value_key text COLLATE "C" NOT NULL,
    note text,
    since_version integer NOT NULL
);
CREATE UNIQUE INDEX uid_group_rule_value_key ON group_rule (tenant_id, value_key);
CREATE UNIQUE INDEX uid_group_rule_tenant ON group_rule (tenant_id, id);

CREATE TABLE group_rule_target (
    group_rule_id uuid NOT NULL,
    employee_group_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (group_rule_id, employee_group_id),
    FOREIGN KEY (tenant_id, group_rule_id) REFERENCES group_rule (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_group_id) REFERENCES employee_group (tenant_id, id) ON DELETE RESTRICT
);
CREATE INDEX idx_group_rule_target_group ON group_rule_target (tenant_id, employee_group_id);

CREATE TABLE mapping_version (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    number integer NOT NULL,
    document text NOT NULL,
    digest varchar(64) NOT NULL,
    created_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_display text NOT NULL,
    message text,
    source text NOT NULL
);
CREATE UNIQUE INDEX uid_mapping_version_number ON mapping_version (tenant_id, number);

-- What happened

CREATE TABLE provisioning_event (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL,
    occurred_at bigint NOT NULL,
    resource_kind text NOT NULL,
    resource_id uuid,
    resource_name text,
    action text NOT NULL,
    outcome text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_display text NOT NULL,
    request_id text NOT NULL,
    correlation_id text,
    cycle_id uuid,
    changes text NOT NULL,
    mapping_version integer,
    error_code text,
    reason text,
    http_status integer
);
CREATE INDEX idx_provisioning_event_occurred_at ON provisioning_event (tenant_id, occurred_at, id);
CREATE INDEX idx_provisioning_event_resource ON provisioning_event (tenant_id, resource_id, occurred_at, id);
CREATE INDEX idx_provisioning_event_request ON provisioning_event (tenant_id, request_id);

-- tenant_id is null when the request did not sign in
CREATE TABLE request_log (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid,
    credential_id uuid,
    received_at bigint NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    operation text NOT NULL,
    status integer NOT NULL,
    scim_type text,
    detail text,
    duration_us integer NOT NULL,
    request_id text NOT NULL,
    correlation_id text,
    ip text,
    user_agent text,
    resource_id uuid,
    body text
);
CREATE INDEX idx_request_log_tenant ON request_log (tenant_id, received_at, id);
CREATE INDEX idx_request_log_received_at ON request_log (received_at);

CREATE TABLE audit_entry (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid,
    occurred_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_display text NOT NULL,
    action text NOT NULL,
    target_type text NOT NULL,
    target_id text NOT NULL,
    changes text NOT NULL,
    reason text,
    request_id text NOT NULL,
    outcome text NOT NULL
);
CREATE INDEX idx_audit_entry_occurred_at ON audit_entry (tenant_id, occurred_at, id);

-- Work to be done after the commit, claimed under a lease
CREATE TABLE outbox (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    created_at bigint NOT NULL,
    available_at bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    claimed_until bigint,
    claimed_by text,
    done_at bigint
);
CREATE INDEX idx_outbox_due ON outbox (done_at, available_at);

ALTER TABLE tenant ADD CONSTRAINT tenant_default_role_fkey
    FOREIGN KEY (id, default_role_id) REFERENCES role (tenant_id, id) ON DELETE RESTRICT;
