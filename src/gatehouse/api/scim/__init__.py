"""The SCIM 2.0 facade that Entra ID speaks to."""
