"""What a release is made of: accepted numbers, periods made of waves, descriptions, and their publication."""
