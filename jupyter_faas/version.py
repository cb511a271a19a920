"""The version of this package.

Low layers import it from here, because the root package imports higher layers.
"""

from __future__ import annotations

__version__ = "0.1.0"
