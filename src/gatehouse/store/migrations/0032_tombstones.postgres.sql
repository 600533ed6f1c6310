-- What is left of deleted users and groups goes when their tenant's history of that time does: found by when they were deleted.

CREATE INDEX idx_scim_user_deleted_at ON scim_user (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX idx_scim_group_deleted_at ON scim_group (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;
