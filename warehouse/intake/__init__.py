"""The producers' files: where they are, how they are fetched, kept and checked."""
