-- Requests get a place in the order of commits too, as events have it (0022, ADR 0019): those there are come first, with 0.
-- One index for all tenants: who follows is near its end, where few rows are those of others.

ALTER TABLE request_log ADD COLUMN commit_stamp bigint NOT NULL DEFAULT 0;
ALTER TABLE request_log ALTER COLUMN commit_stamp SET DEFAULT (commit_base() + pg_current_xact_id()::text::bigint);
CREATE INDEX idx_request_log_commit_stamp ON request_log (commit_stamp, id);
