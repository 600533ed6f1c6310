-- Events get a place in the order of commits, so that who follows them live misses none and sees none twice (ADR 0019).
--
-- commit_stamp is the number of the transaction that wrote the event, on top of commit_base(): numbers begin anew in a
-- cluster into which a dump is restored, and `gatehouse migrate` then puts the base beyond all stamps there are.
-- The events there are come first, all with 0, in the order of their ids.

CREATE FUNCTION commit_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0::bigint';
ALTER TABLE provisioning_event ADD COLUMN commit_stamp bigint NOT NULL DEFAULT 0;
ALTER TABLE provisioning_event
    ALTER COLUMN commit_stamp SET DEFAULT (commit_base() + pg_current_xact_id()::text::bigint);
CREATE INDEX idx_provisioning_event_commit_stamp ON provisioning_event (tenant_id, commit_stamp, id);
