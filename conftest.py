# The plugin works from a bare checkout and when it is installed: pytest skips
# one whose name is taken, and the entry point has this very name.
pytest_plugins = ["plse"]
