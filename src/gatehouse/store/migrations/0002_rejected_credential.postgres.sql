-- Secrets that were tried and refused: the first 16 hexadecimal digits of SHA-256, never the secret.
-- credential.token_hash and api_key.key_hash begin with the same digits when it is an expired or revoked one.

CREATE TABLE rejected_credential (
    fingerprint varchar(64) NOT NULL PRIMARY KEY,
    prefix text NOT NULL,
    reason text NOT NULL,
    attempts bigint NOT NULL,
    first_seen_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    last_ip text
);
CREATE INDEX idx_rejected_credential_last_seen_at ON rejected_credential (last_seen_at);
