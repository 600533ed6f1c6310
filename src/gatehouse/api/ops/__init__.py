"""Health, and the pages for people."""
