"""Queries compiled once and run without the executor: what dashboards ask again and again."""
