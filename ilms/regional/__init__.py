"""The stage of regional and global estimates, its inputs, and what it offers to a release."""
