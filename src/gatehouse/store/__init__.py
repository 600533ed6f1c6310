"""The only ring that speaks to the database."""

from gatehouse.lean import without

# Tortoise keeps 10 MB to know pydantic's models when it sees them: we give it none
with without("pydantic"):
    import tortoise  # noqa: F401
