-- OAuth clients (RFC 6749 §4.4) are credentials like tokens, but exchange their secret for tokens that live an hour.

ALTER TABLE credential ADD COLUMN kind TEXT NOT NULL DEFAULT 'bearer';
CREATE UNIQUE INDEX uid_credential_tenant ON credential (tenant_id, id);

CREATE TABLE access_token (
    token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
    tenant_id UUID NOT NULL,
    credential_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credential (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_access_token_credential ON access_token (tenant_id, credential_id, expires_at);
