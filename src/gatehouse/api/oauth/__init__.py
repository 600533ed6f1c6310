"""The edge that gives OAuth clients their access tokens."""
