-- The history is searched for: what one request of Entra did, everything under a name, what went wrong, one kind of error.

CREATE INDEX idx_provisioning_event_correlation ON provisioning_event (tenant_id, correlation_id);
CREATE INDEX idx_provisioning_event_resource_name ON provisioning_event (tenant_id, resource_name);
CREATE INDEX idx_provisioning_event_trouble ON provisioning_event (tenant_id, occurred_at, id)
    WHERE outcome <> 'success';
CREATE INDEX idx_provisioning_event_error_code ON provisioning_event (tenant_id, error_code, occurred_at, id)
    WHERE error_code IS NOT NULL;

-- As in 0001: a request makes one or two events, a tenant many, and few of them are trouble
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('provisioning_event', 'idx_provisioning_event_occurred_at', '1000000 200000 1 1'),
    ('provisioning_event', 'idx_provisioning_event_resource', '1000000 200000 20 1 1'),
    ('provisioning_event', 'idx_provisioning_event_request', '1000000 200000 2'),
    ('provisioning_event', 'idx_provisioning_event_correlation', '1000000 200000 5'),
    ('provisioning_event', 'idx_provisioning_event_resource_name', '1000000 200000 20'),
    ('provisioning_event', 'idx_provisioning_event_trouble', '20000 4000 1 1'),
    ('provisioning_event', 'idx_provisioning_event_error_code', '20000 4000 500 1 1');
ANALYZE sqlite_schema;
