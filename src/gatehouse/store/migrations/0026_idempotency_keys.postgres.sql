-- What came of requests that would do something twice if they were sent again. Never holds a secret.
CREATE TABLE idempotency_key (
    actor_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    operation text NOT NULL,
    request_digest character varying(64) NOT NULL,
    target_id uuid NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (actor_id, key)
);
CREATE INDEX idx_idempotency_key_expires_at ON idempotency_key (expires_at);

-- Keys of scripts that may ask anything where only trusted documents are run
ALTER TABLE api_key ADD COLUMN any_document boolean NOT NULL DEFAULT false;
