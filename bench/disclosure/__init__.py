"""An attack on what a release discloses, by somebody who has its files, knows the definitions, and nothing else."""
