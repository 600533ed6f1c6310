"""What ``gatehouse serve`` runs."""
