-- The request log is read: by request, by what Entra calls the request, by the user it was about, for what went wrong, and
-- newest first over all tenants. The audit trail is read by request too. Id and correlation id are found without the tenant:
-- whoever may see all of them gives nothing else.

DROP INDEX idx_request_log_received_at;
CREATE INDEX idx_request_log_received_at ON request_log (received_at, id);
CREATE INDEX idx_request_log_request ON request_log (request_id);
CREATE INDEX idx_request_log_correlation ON request_log (correlation_id) WHERE correlation_id IS NOT NULL;
CREATE INDEX idx_request_log_resource ON request_log (tenant_id, resource_id, received_at, id)
    WHERE resource_id IS NOT NULL;
CREATE INDEX idx_request_log_trouble ON request_log (tenant_id, received_at, id) WHERE status >= 400;
CREATE INDEX idx_audit_entry_request ON audit_entry (request_id);

-- As in 0003: what the planner cannot know of tables that were empty when it was told
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('request_log', 'idx_request_log_tenant', '1000000 200000 1 1'),
    ('request_log', 'idx_request_log_received_at', '1000000 1 1'),
    ('request_log', 'idx_request_log_request', '1000000 2'),
    ('request_log', 'idx_request_log_correlation', '1000000 5'),
    ('request_log', 'idx_request_log_resource', '600000 120000 20 1 1'),
    ('request_log', 'idx_request_log_trouble', '20000 4000 1 1'),
    ('audit_entry', 'idx_audit_entry_request', '100000 2');
ANALYZE sqlite_schema;
