-- A mapping change goes from value to value and from user to user. Each index of user_employee_group now leads to the
-- single row: with few or stale statistics the planner may take either.

ALTER TABLE user_employee_group
    DROP CONSTRAINT user_employee_group_pkey,
    ADD PRIMARY KEY (tenant_id, user_id, employee_group_id);
DROP INDEX idx_user_employee_group_group;
CREATE INDEX idx_user_employee_group_group ON user_employee_group (tenant_id, employee_group_id, user_id);

DROP INDEX idx_scim_user_title_key;
CREATE INDEX idx_scim_user_title_key ON scim_user (tenant_id, title_key, id);
DROP INDEX idx_scim_user_user_type_key;
CREATE INDEX idx_scim_user_user_type_key ON scim_user (tenant_id, user_type_key, id);
