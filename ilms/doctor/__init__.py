"""What is wrong with an installation: small checks in a registry, each in words with what to do."""
