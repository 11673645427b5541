"""How the numbers of a partition hang together: which persons or flows each counts, read from records."""
