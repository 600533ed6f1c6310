-- What access every user had at any moment: the row of scim_user tells since when what it says holds, access_history what
-- held before. An override is part of the access; beside it stands when it ends.
ALTER TABLE scim_user ADD COLUMN access_since bigint NOT NULL DEFAULT 0;
UPDATE scim_user SET access_since = CAST(extract(epoch FROM now()) * 1000000 AS bigint);
ALTER TABLE scim_user ADD COLUMN override_until bigint;
CREATE INDEX idx_scim_user_override_until ON scim_user (tenant_id, override_until) WHERE override_until IS NOT NULL;

-- One row for each state that ended: it held from "since" until just before "until". Like the logs it refers to nothing
CREATE TABLE access_history (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    until bigint NOT NULL,
    since bigint NOT NULL,
    active boolean NOT NULL,
    mapping_version integer NOT NULL,
    access text NOT NULL,
    PRIMARY KEY (tenant_id, user_id, until)
);
