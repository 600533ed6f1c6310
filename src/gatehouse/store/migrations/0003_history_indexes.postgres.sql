-- The history is searched for: what one request of Entra did, everything under a name, what went wrong, one kind of error.
-- These texts compare by code point, as on SQLite: "startsWith" is a range.

ALTER TABLE provisioning_event
    ALTER COLUMN resource_name TYPE text COLLATE "C",
    ALTER COLUMN request_id TYPE text COLLATE "C",
    ALTER COLUMN correlation_id TYPE text COLLATE "C",
    ALTER COLUMN error_code TYPE text COLLATE "C";
CREATE INDEX idx_provisioning_event_correlation ON provisioning_event (tenant_id, correlation_id);
CREATE INDEX idx_provisioning_event_resource_name ON provisioning_event (tenant_id, resource_name);
CREATE INDEX idx_provisioning_event_trouble ON provisioning_event (tenant_id, occurred_at, id)
    WHERE outcome <> 'success';
CREATE INDEX idx_provisioning_event_error_code ON provisioning_event (tenant_id, error_code, occurred_at, id)
    WHERE error_code IS NOT NULL;
