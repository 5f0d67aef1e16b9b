"""What polls event sources for functions."""
