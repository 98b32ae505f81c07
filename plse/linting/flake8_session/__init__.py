"""flake8 in memory: no process, no file, no configuration.

A session gives what the ``flake8`` command prints for a file that holds the
source, with flake8's default options plus ``EXTRA``, with pycodestyle,
pyflakes, bugbear and the plugins that it was made with, and with nothing else
that happens to be installed or configured. It differs in two ways on purpose:
``noqa`` comments do not count, and no text makes it raise.

::

    source ── ast.parse ──▶ tree ──▶ pyflakes, bugbear (tree_plugins.py)
       │                     └─────▶ the plugins of the session
       └───── style.py ───▶ pycodestyle's checks, statement by statement

What flake8 does and nobody reads is left out: loading plugins for every run,
the second tokenization that looks for ``noqa``, mccabe, and the checks whose
codes are ignored anyway.
"""

from __future__ import annotations

from plse.linting.flake8_session.session import (
    EXTRA,
    IGNORED,
    MAX_LINE,
    Flake8Session,
    Lint,
)
from plse.linting.flake8_session.statements import Comment, Found, comments_of

__all__ = [
    "Comment",
    "EXTRA",
    "Flake8Session",
    "Found",
    "IGNORED",
    "Lint",
    "MAX_LINE",
    "comments_of",
]
