-- What came of requests that would do something twice if they were sent again. Never holds a secret.
CREATE TABLE idempotency_key (
    actor_id CHAR(36) NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_digest VARCHAR(64) NOT NULL,
    target_id CHAR(36) NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, key)
) WITHOUT ROWID;
CREATE INDEX idx_idempotency_key_expires_at ON idempotency_key (expires_at);

-- Keys of scripts that may ask anything where only trusted documents are run
ALTER TABLE api_key ADD COLUMN any_document INT NOT NULL DEFAULT 0;
