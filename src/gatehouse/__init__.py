"""Gatehouse: receives a customer's people from Microsoft Entra ID and governs what they may do."""
