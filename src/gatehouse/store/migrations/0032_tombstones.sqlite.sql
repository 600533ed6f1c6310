-- What is left of deleted users and groups goes when their tenant's history of that time does: found by when they were deleted.

CREATE INDEX idx_scim_user_deleted_at ON scim_user (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX idx_scim_group_deleted_at ON scim_group (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- As in 0003
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('scim_user', 'idx_scim_user_deleted_at', '10000 2000 1'),
    ('scim_group', 'idx_scim_group_deleted_at', '1000 200 1');
ANALYZE sqlite_schema;
