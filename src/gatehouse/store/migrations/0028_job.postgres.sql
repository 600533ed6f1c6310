-- Exports: what is asked for, how far it is, and its file in compressed pieces, from which every process can serve it

CREATE TABLE job (
    id uuid NOT NULL PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    kind text NOT NULL,
    status text NOT NULL,
    subject text NOT NULL,
    format text NOT NULL,
    wanted text NOT NULL,
    redacted boolean NOT NULL,
    slot integer,
    place text,
    processed integer NOT NULL DEFAULT 0,
    total integer,
    pieces integer NOT NULL DEFAULT 0,
    byte_size bigint NOT NULL DEFAULT 0,
    sha256 varchar(64),
    error text,
    created_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    expires_at bigint,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_display text NOT NULL
);
CREATE UNIQUE INDEX uid_job_tenant ON job (tenant_id, id);
CREATE UNIQUE INDEX uid_job_slot ON job (tenant_id, slot) WHERE slot IS NOT NULL;
CREATE INDEX idx_job_created_at ON job (tenant_id, created_at, id);

CREATE TABLE job_piece (
    tenant_id uuid NOT NULL,
    job_id uuid NOT NULL,
    number integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (tenant_id, job_id, number),
    FOREIGN KEY (tenant_id, job_id) REFERENCES job (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE job_piece ALTER COLUMN data SET STORAGE EXTERNAL;
