-- Secrets that were tried and refused: the first 16 hexadecimal digits of SHA-256, never the secret.
-- credential.token_hash and api_key.key_hash begin with the same digits when it is an expired or revoked one.

CREATE TABLE rejected_credential (
    fingerprint VARCHAR(64) NOT NULL PRIMARY KEY,
    prefix TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    last_ip TEXT
);
CREATE INDEX idx_rejected_credential_last_seen_at ON rejected_credential (last_seen_at);
