-- How long a tenant's history and requests are kept; what is older is deleted in small batches, found by these indexes
ALTER TABLE tenant
    ADD COLUMN event_retention_days integer NOT NULL DEFAULT 400,
    ADD COLUMN request_retention_days integer NOT NULL DEFAULT 30;
CREATE INDEX idx_access_history_until ON access_history (tenant_id, until);
