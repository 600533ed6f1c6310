-- The audit trail is read by what something was done to. Its id is found without the tenant: it is one of all tenants' ids.

CREATE INDEX idx_audit_entry_target ON audit_entry (target_id, occurred_at, id);

-- Tenants are found and ordered by name without regard to case. Their keys are filled in by `store.tenants.renew_name_keys`,
-- which follows every migration: no function of both engines lowers all of Unicode alike.
ALTER TABLE tenant ADD COLUMN name_key TEXT NOT NULL DEFAULT '';

-- As in 0003
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit_entry', 'idx_audit_entry_target', '100000 5 1 1');
ANALYZE sqlite_schema;
