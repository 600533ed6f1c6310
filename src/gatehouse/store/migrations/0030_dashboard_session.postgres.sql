-- Who is signed in at the dashboard: a cookie holds the secret, this row its SHA-256 and the API key it stands for.

CREATE TABLE dashboard_session (
    id UUID NOT NULL PRIMARY KEY,
    secret_hash VARCHAR(64) NOT NULL,
    api_key_id UUID NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uid_dashboard_session_secret ON dashboard_session (secret_hash);
CREATE INDEX idx_dashboard_session_expires ON dashboard_session (expires_at);
CREATE INDEX idx_dashboard_session_key ON dashboard_session (api_key_id);
