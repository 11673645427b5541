"""What can be worked out from the published numbers: a linear system, and linear programmes over its solutions."""
