-- What seals the cursors of a tenant's lists (RFC 9865): one random secret, made when the first cursor is.
CREATE TABLE cursor_key (
    tenant_id uuid NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
    secret character varying(64) NOT NULL,
    created_at bigint NOT NULL
);
