-- What seals the cursors of a tenant's lists (RFC 9865): one random secret, made when the first cursor is.
CREATE TABLE cursor_key (
    tenant_id CHAR(36) NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
    secret VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL
);
