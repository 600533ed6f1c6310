"""Drills: a provisioning load in progress, a fault, and the proof that nothing acknowledged was lost.

Real processes on 127.0.0.1. ``make drills`` runs all and prints a table; ``docs/drills.md`` explains it.
"""
