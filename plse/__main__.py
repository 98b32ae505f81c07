"""``python -m plse`` is the ``plse`` command."""

import sys

from plse.cli import main

sys.exit(main())
