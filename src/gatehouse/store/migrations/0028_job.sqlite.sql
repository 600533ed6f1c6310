-- Exports: what is asked for, how far it is, and its file in compressed pieces, from which every process can serve it

CREATE TABLE job (
    id CHAR(36) NOT NULL PRIMARY KEY,
    tenant_id CHAR(36) NOT NULL REFERENCES tenant (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    subject TEXT NOT NULL,
    format TEXT NOT NULL,
    wanted TEXT NOT NULL,
    redacted INT NOT NULL,
    slot INT,
    place TEXT,
    processed INT NOT NULL DEFAULT 0,
    total INT,
    pieces INT NOT NULL DEFAULT 0,
    byte_size BIGINT NOT NULL DEFAULT 0,
    sha256 VARCHAR(64),
    error TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    expires_at BIGINT,
    actor_kind TEXT NOT NULL,
    actor_id CHAR(36),
    actor_display TEXT NOT NULL
);
CREATE UNIQUE INDEX uid_job_tenant ON job (tenant_id, id);
CREATE UNIQUE INDEX uid_job_slot ON job (tenant_id, slot) WHERE slot IS NOT NULL;
CREATE INDEX idx_job_created_at ON job (tenant_id, created_at, id);

CREATE TABLE job_piece (
    tenant_id CHAR(36) NOT NULL,
    job_id CHAR(36) NOT NULL,
    number INT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (tenant_id, job_id, number),
    FOREIGN KEY (tenant_id, job_id) REFERENCES job (tenant_id, id) ON DELETE CASCADE
);
