"""Rows that are a scipy matrix in the notebook, for actions that do not need scipy otherwise.

Packages contain this module as ``faas_sparse_rows.py`` if a model returns such rows. It imports
only the standard library and numpy.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_DENSE = "call toarray() first, or package with --model-format skops"


class SparseRows:
    """Rows that are a scipy matrix in the notebook, for actions that do not need scipy otherwise.

    Other models take them, and ``toarray`` returns an array. What a scipy matrix does differently
    from an array raises an error instead of returning another result.
    """

    # numpy's operators would compute with the dense array, element by element.
    __array_ufunc__ = None
    ndim = 2

    def __init__(self, dense: Array) -> None:
        self._dense = dense
        self.shape = dense.shape
        self.dtype = dense.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return np.array(self._dense, dtype=dtype)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, (int, np.integer)):
            # A row of a scipy matrix has two dimensions.
            return SparseRows(self._dense[index][np.newaxis])
        found = self._dense[index]
        if isinstance(index, tuple) and np.ndim(found):
            raise AttributeError(
                f"the index {index} of a sparse result is not supported in the ONNX form; {_DENSE}"
            )
        return SparseRows(found) if np.ndim(found) else found

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{name} of a sparse result is not supported in the ONNX form; {_DENSE}"
        )

    def __repr__(self) -> str:
        return f"<sparse rows of shape {self.shape}>"

    @property
    def nnz(self) -> int:
        return int(np.count_nonzero(self._dense))

    def toarray(self) -> Array:
        return np.array(self._dense)

    def todense(self) -> Any:
        return self.toarray().view(np.matrix)


def sparse_rows(dense: Array, kind: str) -> Any:
    """Return the rows as a matrix of the scipy class ``kind``, or as SparseRows without scipy."""
    # If the function imports scipy, or a library that does, it gets what the notebook has.
    scipy: Any = sys.modules.get("scipy.sparse")
    return SparseRows(dense) if scipy is None else getattr(scipy, kind)(dense)
