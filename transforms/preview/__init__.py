"""What a file would give if it were run: a step taken as far as the file allows, and what comes out of it."""
