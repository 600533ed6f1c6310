-- Plans: a proposed mapping, whom it would touch, and what became of it. What a plan says of its users goes with the plan.

CREATE TABLE mapping_plan (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    status text NOT NULL,
    base_version integer NOT NULL,
    base_document text NOT NULL,
    document text NOT NULL,
    digest varchar(64) NOT NULL,
    fingerprint varchar(64) NOT NULL,
    source text NOT NULL,
    rollback_of integer,
    message text,
    impact text NOT NULL,
    findings text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_display text NOT NULL,
    idempotency_key text COLLATE "C",
    request_digest varchar(64),
    decided_at bigint,
    comment text,
    applied_version integer,
    apply_key text COLLATE "C"
);
CREATE UNIQUE INDEX uid_mapping_plan_tenant ON mapping_plan (tenant_id, id);
CREATE UNIQUE INDEX uid_mapping_plan_idempotency_key ON mapping_plan (tenant_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX idx_mapping_plan_created_at ON mapping_plan (tenant_id, created_at, id);

-- What the plan means for all users with the same values and the same access
CREATE TABLE mapping_plan_outlook (
    tenant_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    number integer NOT NULL,
    role_before uuid,
    role_after uuid,
    outcome_before text NOT NULL,
    outcome_after text NOT NULL,
    groups_added text NOT NULL,
    groups_removed text NOT NULL,
    gains_privileged boolean NOT NULL,
    loses_privileged boolean NOT NULL,
    becomes_unmapped boolean NOT NULL,
    becomes_mapped boolean NOT NULL,
    PRIMARY KEY (tenant_id, plan_id, number),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES mapping_plan (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE mapping_plan_user (
    tenant_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    place integer NOT NULL,
    user_id uuid NOT NULL,
    outlook integer NOT NULL,
    PRIMARY KEY (tenant_id, plan_id, place),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES mapping_plan (tenant_id, id) ON DELETE CASCADE
);

-- What a version came from and led to; rule_ids keeps the ids of its rules beside the document
ALTER TABLE mapping_version
    ADD COLUMN rollback_of integer,
    ADD COLUMN impact text NOT NULL DEFAULT '{}',
    ADD COLUMN rule_ids text NOT NULL DEFAULT '{}';

-- Refused attempts of one actor at one thing are one row for an hour, however many there are
ALTER TABLE audit_entry
    ADD COLUMN attempts integer NOT NULL DEFAULT 1,
    ADD COLUMN last_at bigint;
CREATE INDEX idx_audit_entry_all ON audit_entry (occurred_at, id);
