"""PLSE, the Python Latent Space Explorer.

A library of YAML patterns, each one a lesson, spans a space of code. pytest
collects the patterns, xdist explores the space in parallel, every sample is
proven by running it, and what passes becomes an instruction-tuning dataset.

This package is its own pytest plugin: see :mod:`plse.pytest_plugin`.
"""

__version__ = "2.0.0"

pytest_plugins = ["plse.pytest_plugin"]
