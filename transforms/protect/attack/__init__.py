"""What anyone can work out of the published numbers: a linear system, and programmes over its solutions."""
