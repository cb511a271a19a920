"""The type of numpy arrays in annotations.

A module of its own, because the modules that the kernel loads first must not import numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
