-- A mapping change goes from value to value and from user to user. Each index of user_employee_group now leads to the
-- single row.

CREATE TABLE new_user_employee_group (
    user_id CHAR(36) NOT NULL,
    employee_group_id CHAR(36) NOT NULL,
    tenant_id CHAR(36) NOT NULL,
    PRIMARY KEY (tenant_id, user_id, employee_group_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES scim_user (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, employee_group_id) REFERENCES employee_group (tenant_id, id) ON DELETE RESTRICT
) WITHOUT ROWID;
INSERT INTO new_user_employee_group (user_id, employee_group_id, tenant_id)
    SELECT user_id, employee_group_id, tenant_id FROM user_employee_group;
DROP TABLE user_employee_group;
ALTER TABLE new_user_employee_group RENAME TO user_employee_group;
CREATE INDEX idx_user_employee_group_group ON user_employee_group (tenant_id, employee_group_id, user_id);

DROP INDEX idx_scim_user_title_key;
CREATE INDEX idx_scim_user_title_key ON scim_user (tenant_id, title_key, id);
DROP INDEX idx_scim_user_user_type_key;
CREATE INDEX idx_scim_user_user_type_key ON scim_user (tenant_id, user_type_key, id);

-- As in 0001; a user has few employee groups, an employee group many users
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('scim_user', 'idx_scim_user_title_key', '100000 20000 200 1'),
    ('scim_user', 'idx_scim_user_user_type_key', '100000 20000 200 1'),
    ('user_employee_group', 'user_employee_group', '200000 40000 2 1'),
    ('user_employee_group', 'idx_user_employee_group_group', '200000 40000 2000 1');
ANALYZE sqlite_schema;
