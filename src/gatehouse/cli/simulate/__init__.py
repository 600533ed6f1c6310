"""``gatehouse simulate``: an Entra ID that anybody can run, to play against any SCIM 2.0 server."""
