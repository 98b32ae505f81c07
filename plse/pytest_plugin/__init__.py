"""pytest as the engine: the only package that imports pytest.

``options`` reads what the user wants; ``collection`` makes test modules of
pattern files; ``selection`` shares the samples among what the command line
selects; ``generation`` is the test module that every pattern has;
``workshop`` does its work in each process; ``session`` gathers the chunks in
the one process that writes the dataset.

Importing this costs little: what the work needs is imported when the first
pattern file is met.
"""

from plse.pytest_plugin.collection import pytest_collect_file
from plse.pytest_plugin.options import pytest_addoption
from plse.pytest_plugin.session import (
    pytest_configure,
    pytest_report_teststatus,
    pytest_sessionfinish,
)

__all__ = [
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_report_teststatus",
    "pytest_sessionfinish",
]
