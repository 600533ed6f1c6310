-- The spine: tenants, who may sign in, the SCIM directory, the mapping, and what happened.
--
-- Ids are UUIDv7, times are microseconds since 1970-01-01T00:00:00Z, JSON is kept as text and never queried.
-- A *_key column is normalised in Python; BINARY collation compares it by code point.
-- References within a tenant carry tenant_id, so that no row can point into another tenant.
-- Logs (provisioning_event, request_log, audit_entry) refer to nothing: they outlive what they tell of.
-- The runner splits this file into statements at lines that end with a semicolon.

CREATE TABLE tenant (
    id CHAR(36) NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    scim_mode TEXT NOT NULL DEFAULT 'entra',
    unknown_attributes TEXT NOT NULL DEFAULT 'ignore',
    mapping_version INT NOT NULL DEFAULT 1,
    version INT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    delimiter TEXT NOT NULL DEFAULT '-',
    role_attribute TEXT NOT NULL DEFAULT 'title',
    group_attribute TEXT NOT NULL DEFAULT 'userType',
    empty_title TEXT NOT NULL DEFAULT 'ASSIGN_NONE',
    unmapped_title TEXT NOT NULL DEFAULT 'ASSIGN_NONE',
    unmapped_group TEXT NOT NULL DEFAULT 'ASSIGN_NONE',
    default_role_id CHAR(36),
    default_group_ids TEXT NOT NULL DEFAULT '[]',
    FOREIGN KEY (id, default_role_id) REFERENCES role (tenant_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uid_tenant_slug ON tenant (slug);

-- Who may sign in

CREATE TABLE credential (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    label TEXT NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    last_four TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX uid_credential_token_hash ON credential (token_hash);
CREATE INDEX idx_credential_tenant ON credential (tenant_id, created_at, id);

CREATE TABLE api_key (
    id CHAR(36) NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    key_hash VARCHAR(64) NOT NULL,
    last_four TEXT NOT NULL,
    preset TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX uid_api_key_key_hash ON api_key (key_hash);

-- tenant_id is null when the permissions hold in every tenant
CREATE TABLE api_key_grant (
    id CHAR(36) NOT NULL PRIMARY KEY,
    api_key_id CHAR(36) NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    tenant_id CHAR(36) REFERENCES tenant (id) ON DELETE RESTRICT,
    permissions TEXT NOT NULL
);
CREATE INDEX idx_api_key_grant_api_key ON api_key_grant (api_key_id);
CREATE INDEX idx_api_key_grant_tenant ON api_key_grant (tenant_id);

-- The catalogue: what the mapping can give

CREATE TABLE role (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    privileged INT NOT NULL DEFAULT 0,
    archived_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uid_role_key ON role (tenant_id, key);
CREATE UNIQUE INDEX uid_role_tenant ON role (tenant_id, id);

CREATE TABLE employee_group (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    archived_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uid_employee_group_key ON employee_group (tenant_id, key);
CREATE UNIQUE INDEX uid_employee_group_tenant ON employee_group (tenant_id, id);

-- The directory: document is the SCIM resource as the client sees it, the columns beside it are its index

CREATE TABLE scim_user (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    version INT NOT NULL,
    document TEXT NOT NULL,
    user_name TEXT NOT NULL,
    user_name_key TEXT NOT NULL,
    external_id TEXT,
    active INT NOT NULL,
    display_name TEXT,
    display_name_key TEXT,
    given_name TEXT,
    given_name_key TEXT,
    family_name TEXT,
    family_name_key TEXT,
    title TEXT,
    title_key TEXT,
    user_type TEXT,
    user_type_key TEXT,
    created_at BIGINT NOT NULL,
    last_modified_at BIGINT NOT NULL,
    deleted_at BIGINT,
    role_id CHAR(36),
    role_outcome TEXT NOT NULL,
    mapping_version INT NOT NULL,
    access TEXT NOT NULL,
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
    id INTEGER PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL,
    user_id CHAR(36) NOT NULL,
    attribute TEXT NOT NULL,
    position INT NOT NULL,
    value TEXT,
    value_key TEXT,
    type_key TEXT,
    display TEXT,
    display_key TEXT,
    is_primary INT NOT NULL DEFAULT 0,
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_user_value_value_key ON user_value (tenant_id, attribute, value_key);
CREATE INDEX idx_user_value_user ON user_value (user_id);

CREATE TABLE user_employee_group (
    user_id CHAR(36) NOT NULL,
    employee_group_id CHAR(36) NOT NULL,
    tenant_id CHAR(36) NOT NULL,
    PRIMARY KEY (user_id, employee_group_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_group_id) REFERENCES employee_group (tenant_id, id) ON DELETE RESTRICT
) WITHOUT ROWID;
CREATE INDEX idx_user_employee_group_group ON user_employee_group (tenant_id, employee_group_id);

CREATE TABLE scim_group (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    version INT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    external_id TEXT,
    created_at BIGINT NOT NULL,
    last_modified_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX uid_scim_group_display_name_key ON scim_group (tenant_id, display_name_key)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX uid_scim_group_tenant ON scim_group (tenant_id, id);
CREATE INDEX idx_scim_group_external_id ON scim_group (tenant_id, external_id);
CREATE INDEX idx_scim_group_created_at ON scim_group (tenant_id, created_at, id);

CREATE TABLE group_member (
    group_id CHAR(36) NOT NULL,
    user_id CHAR(36) NOT NULL,
    tenant_id CHAR(36) NOT NULL,
    PRIMARY KEY (group_id, user_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES scim_group (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX idx_group_member_user ON group_member (tenant_id, user_id);

-- The mapping: title -> role, userType segment -> employee groups

CREATE TABLE role_rule (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL,
    value TEXT NOT NULL,
    value_key TEXT NOT NULL,
    role_id CHAR(36) NOT NULL,
    note TEXT,
    since_version INT NOT NULL,
    FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX uid_role_rule_value_key ON role_rule (tenant_id, value_key);
CREATE INDEX idx_role_rule_role ON role_rule (tenant_id, role_id);

CREATE TABLE group_rule (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    value TEXT NOT NULL,
    value_key TEXT NOT NULL,
    note TEXT,
    since_version INT NOT NULL
);
CREATE UNIQUE INDEX uid_group_rule_value_key ON group_rule (tenant_id, value_key);
CREATE UNIQUE INDEX uid_group_rule_tenant ON group_rule (tenant_id, id);

CREATE TABLE group_rule_target (
    group_rule_id CHAR(36) NOT NULL,
    employee_group_id CHAR(36) NOT NULL,
    tenant_id CHAR(36) NOT NULL,
    position INT NOT NULL,
    PRIMARY KEY (group_rule_id, employee_group_id),
    FOREIGN KEY (tenant_id, group_rule_id) REFERENCES group_rule (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_group_id) REFERENCES employee_group (tenant_id, id) ON DELETE RESTRICT
) WITHOUT ROWID;
CREATE INDEX idx_group_rule_target_group ON group_rule_target (tenant_id, employee_group_id);

CREATE TABLE mapping_version (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    number INT NOT NULL,
    document TEXT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id CHAR(36),
    actor_display TEXT NOT NULL,
    message TEXT,
    source TEXT NOT NULL
);
CREATE UNIQUE INDEX uid_mapping_version_number ON mapping_version (tenant_id, number);

-- What happened

CREATE TABLE provisioning_event (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL,
    occurred_at BIGINT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id CHAR(36),
    resource_name TEXT,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id CHAR(36),
    actor_display TEXT NOT NULL,
    request_id TEXT NOT NULL,
    correlation_id TEXT,
    cycle_id CHAR(36),
    changes TEXT NOT NULL,
    mapping_version INT,
    error_code TEXT,
    reason TEXT,
    http_status INT
);
CREATE INDEX idx_provisioning_event_occurred_at ON provisioning_event (tenant_id, occurred_at, id);
CREATE INDEX idx_provisioning_event_resource ON provisioning_event (tenant_id, resource_id, occurred_at, id);
CREATE INDEX idx_provisioning_event_request ON provisioning_event (tenant_id, request_id);

-- tenant_id is null when the request did not sign in
CREATE TABLE request_log (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36),
    credential_id CHAR(36),
    received_at BIGINT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    operation TEXT NOT NULL,
    status INT NOT NULL,
    scim_type TEXT,
    detail TEXT,
    duration_us INT NOT NULL,
    request_id TEXT NOT NULL,
    correlation_id TEXT,
    ip TEXT,
    user_agent TEXT,
    resource_id CHAR(36),
    body TEXT
);
CREATE INDEX idx_request_log_tenant ON request_log (tenant_id, received_at, id);
CREATE INDEX idx_request_log_received_at ON request_log (received_at);

CREATE TABLE audit_entry (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36),
    occurred_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id CHAR(36),
    actor_display TEXT NOT NULL,
    action TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    changes TEXT NOT NULL,
    reason TEXT,
    request_id TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX idx_audit_entry_occurred_at ON audit_entry (tenant_id, occurred_at, id);

-- Work to be done after the commit, claimed under a lease
CREATE TABLE outbox (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    available_at BIGINT NOT NULL,
    attempts INT NOT NULL DEFAULT 0,
    claimed_until BIGINT,
    claimed_by TEXT,
    done_at BIGINT
);
CREATE INDEX idx_outbox_due ON outbox (done_at, available_at);

-- What the planner believes, full or empty: a tenant has many rows, a key few. Without it (SQLite guesses 10 rows for any
-- index) an equality on external_id or an e-mail walks the whole tenant in the order of created_at
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('scim_user', 'uid_scim_user_user_name_key', '100000 20000 1'),
    ('scim_user', 'uid_scim_user_tenant', '100000 20000 1'),
    ('scim_user', 'idx_scim_user_external_id', '100000 20000 1'),
    ('scim_user', 'idx_scim_user_display_name_key', '100000 20000 2'),
    ('scim_user', 'idx_scim_user_title_key', '100000 20000 200'),
    ('scim_user', 'idx_scim_user_user_type_key', '100000 20000 200'),
    ('scim_user', 'idx_scim_user_created_at', '100000 20000 1 1'),
    ('scim_user', 'idx_scim_user_family_name_key', '100000 20000 4 1'),
    ('scim_user', 'idx_scim_user_role', '100000 20000 200'),
    ('scim_user', 'idx_scim_user_last_modified_at', '100000 20000 1 1'),
    ('user_value', 'idx_user_value_value_key', '500000 100000 20000 2'),
    ('user_value', 'idx_user_value_user', '500000 5'),
    ('scim_group', 'uid_scim_group_display_name_key', '10000 2000 1'),
    ('scim_group', 'uid_scim_group_tenant', '10000 2000 1'),
    ('scim_group', 'idx_scim_group_external_id', '10000 2000 1'),
    ('scim_group', 'idx_scim_group_created_at', '10000 2000 1 1'),
    ('group_member', 'idx_group_member_user', '100000 20000 5'),
    ('group_member', 'sqlite_autoindex_group_member_1', '100000 50 1');
