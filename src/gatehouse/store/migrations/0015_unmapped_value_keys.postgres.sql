-- A user's values are found, and its user checked, by ids alone: with the tenant before them PostgreSQL, as long as it has no
-- statistics, may choose an index that leads to the whole tenant, row by row.
ALTER TABLE user_unmapped_value
    DROP CONSTRAINT user_unmapped_value_tenant_id_user_id_fkey,
    DROP CONSTRAINT user_unmapped_value_pkey,
    ADD PRIMARY KEY (user_id, kind, value_key),
    ADD FOREIGN KEY (user_id) REFERENCES scim_user (id) ON DELETE CASCADE;
