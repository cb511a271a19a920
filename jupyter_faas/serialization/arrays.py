"""The type of numpy arrays in annotations.

The type has its own module because modules that the kernel imports at start-up must not import
numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
