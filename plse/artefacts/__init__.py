"""What files that are not Python say, and whether it fits the other files.

Each module knows one format: it parses it and checks it against the
:class:`Folder` that it lies in. Everything here needs only what the package
needs anyway, and runs for every sample; programs of others, which know more
of each format, are asked by :mod:`plse.proof.artefacts`.
"""

from __future__ import annotations

from plse.artefacts.folder import Folder, complaint

__all__ = ["Folder", "complaint"]
