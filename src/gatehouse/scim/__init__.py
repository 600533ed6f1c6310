"""SCIM 2.0 (RFC 7643, RFC 7644) as pure functions: no framework, no I/O."""
