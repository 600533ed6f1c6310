-- Lists and counts of users read this index alone: no row is looked up to see that it lives.
DROP INDEX idx_scim_user_created_at;
CREATE INDEX idx_scim_user_created_at ON scim_user (tenant_id, created_at, id, deleted_at);

-- Both columns of the condition that every statement has: else a fresh table, without statistics, is read tenant by tenant.
DROP INDEX idx_user_value_user;
CREATE INDEX idx_user_value_user ON user_value (tenant_id, user_id);
