"""Signing in and out at the dashboard."""
