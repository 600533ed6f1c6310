-- The request log is read: by request, by what Entra calls the request, by the user it was about, for what went wrong, and
-- newest first over all tenants. The audit trail is read by request too. Id and correlation id are found without the tenant:
-- whoever may see all of them gives nothing else.

ALTER TABLE request_log
    ALTER COLUMN request_id TYPE text COLLATE "C",
    ALTER COLUMN correlation_id TYPE text COLLATE "C";

DROP INDEX idx_request_log_received_at;
CREATE INDEX idx_request_log_received_at ON request_log (received_at, id);
CREATE INDEX idx_request_log_request ON request_log (request_id);
CREATE INDEX idx_request_log_correlation ON request_log (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX idx_request_log_resource ON request_log (tenant_id, resource_id, received_at, id)
    WHERE resource_id IS NOT NULL;
CREATE INDEX idx_request_log_trouble ON request_log (tenant_id, received_at, id) WHERE status >= 400;
CREATE INDEX idx_audit_entry_request ON audit_entry (request_id);
