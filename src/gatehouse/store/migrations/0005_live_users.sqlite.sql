-- Lists and counts of users read this index alone: no row is looked up to see that it lives.
DROP INDEX idx_scim_user_created_at;
CREATE INDEX idx_scim_user_created_at ON scim_user (tenant_id, created_at, id, deleted_at);
DELETE FROM sqlite_stat1 WHERE idx = 'idx_scim_user_created_at';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('scim_user', 'idx_scim_user_created_at', '100000 20000 1 1 1');

-- Both columns of the condition that every statement has: else a fresh table, without statistics, is read tenant by tenant.
DROP INDEX idx_user_value_user;
CREATE INDEX idx_user_value_user ON user_value (tenant_id, user_id);
DELETE FROM sqlite_stat1 WHERE idx = 'idx_user_value_user';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('user_value', 'idx_user_value_user', '500000 100000 5');
ANALYZE sqlite_schema;
