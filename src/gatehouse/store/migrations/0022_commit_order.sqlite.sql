-- Events get a place in the order of commits, so that who follows them live misses none and sees none twice (ADR 0019).
-- Here one transaction writes at a time: the stamp is greater than all before it, see store/history.py.

ALTER TABLE provisioning_event ADD COLUMN commit_stamp BIGINT NOT NULL DEFAULT 0;
CREATE INDEX idx_provisioning_event_commit_stamp ON provisioning_event (tenant_id, commit_stamp, id);
CREATE INDEX idx_provisioning_event_newest ON provisioning_event (commit_stamp);

-- As in 0003
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('provisioning_event', 'idx_provisioning_event_commit_stamp', '1000000 200000 1 1'),
    ('provisioning_event', 'idx_provisioning_event_newest', '1000000 1');
ANALYZE sqlite_schema;
