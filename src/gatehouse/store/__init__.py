"""The only ring that speaks to the database."""
