"""The type of numpy arrays in annotations.

This is a separate module because the modules that the kernel loads first must not import numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
