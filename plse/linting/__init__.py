"""What the linter is made of: flake8 in memory, and our own checks."""
