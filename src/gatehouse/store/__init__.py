"""The only ring that speaks to the database."""

import sys

if "pydantic" not in sys.modules:
    # Tortoise takes pydantic's models as JSON where pydantic is there (Typer brings it), and keeps 10 MB to know one when
    # it sees it. We give it none: it need not look.
    sys.modules["pydantic"] = None  # type: ignore[assignment]  # Python's own way to say: not to be had
    import tortoise  # noqa: F401

    del sys.modules["pydantic"]
