-- Requests get a place in the order of commits too, as events have it (0022, ADR 0019): those there are come first, with 0.
-- One index for all tenants: who follows is near its end, where few rows are those of others.

ALTER TABLE request_log ADD COLUMN commit_stamp BIGINT NOT NULL DEFAULT 0;
CREATE INDEX idx_request_log_commit_stamp ON request_log (commit_stamp, id);

-- As in 0003
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('request_log', 'idx_request_log_commit_stamp', '1000000 50 1');
ANALYZE sqlite_schema;
