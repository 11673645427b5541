"""How the numbers of a partition are related: which persons or flows each counts, read from the records."""
