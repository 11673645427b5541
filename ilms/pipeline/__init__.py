"""The stages of a partition, what each leaves behind, and what is up to date."""
