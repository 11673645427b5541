"""The stage of regional and global estimates, its inputs, and what a release can take of it."""
