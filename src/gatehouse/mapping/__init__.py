"""From ``title`` and ``userType`` to a role and employee groups: pure functions."""
