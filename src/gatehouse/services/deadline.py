"""Until when the work of one request may go on."""

from __future__ import annotations

from gatehouse.store import database


def end_work_in(seconds: float) -> None:
    """End the database's work for the running task by then, besides what the edge's own time-out does."""
    database.end_work_in(seconds)
