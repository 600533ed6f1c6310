-- Plans: a proposed mapping, whom it would touch, and what became of it. What a plan says of its users goes with the plan.

CREATE TABLE mapping_plan (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    status TEXT NOT NULL,
    base_version INT NOT NULL,
    base_document TEXT NOT NULL,
    document TEXT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    source TEXT NOT NULL,
    rollback_of INT,
    message TEXT,
    impact TEXT NOT NULL,
    findings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id CHAR(36),
    actor_display TEXT NOT NULL,
    idempotency_key TEXT,
    request_digest VARCHAR(64),
    decided_at BIGINT,
    comment TEXT,
    applied_version INT,
    apply_key TEXT
);
CREATE UNIQUE INDEX uid_mapping_plan_tenant ON mapping_plan (tenant_id, id);
CREATE UNIQUE INDEX uid_mapping_plan_idempotency_key ON mapping_plan (tenant_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX idx_mapping_plan_created_at ON mapping_plan (tenant_id, created_at, id);

-- What the plan means for all users with the same values and the same access
CREATE TABLE mapping_plan_outlook (
    tenant_id CHAR(36) NOT NULL,
    plan_id CHAR(36) NOT NULL,
    number INT NOT NULL,
    role_before CHAR(36),
    role_after CHAR(36),
    outcome_before TEXT NOT NULL,
    outcome_after TEXT NOT NULL,
    groups_added TEXT NOT NULL,
    groups_removed TEXT NOT NULL,
    gains_privileged INT NOT NULL,
    loses_privileged INT NOT NULL,
    becomes_unmapped INT NOT NULL,
    becomes_mapped INT NOT NULL,
    PRIMARY KEY (tenant_id, plan_id, number),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES mapping_plan (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE mapping_plan_user (
    tenant_id CHAR(36) NOT NULL,
    plan_id CHAR(36) NOT NULL,
    place INT NOT NULL,
    user_id CHAR(36) NOT NULL,
    outlook INT NOT NULL,
    PRIMARY KEY (tenant_id, plan_id, place),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES mapping_plan (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

-- What a version came from and led to; rule_ids keeps the ids of its rules beside the document
ALTER TABLE mapping_version ADD COLUMN rollback_of INT;
ALTER TABLE mapping_version ADD COLUMN impact TEXT NOT NULL DEFAULT '{}';
ALTER TABLE mapping_version ADD COLUMN rule_ids TEXT NOT NULL DEFAULT '{}';

-- Refused attempts of one actor at one thing are one row for an hour, however many there are
ALTER TABLE audit_entry ADD COLUMN attempts INT NOT NULL DEFAULT 1;
ALTER TABLE audit_entry ADD COLUMN last_at BIGINT;
CREATE INDEX idx_audit_entry_all ON audit_entry (occurred_at, id);
