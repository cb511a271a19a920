"""Load the code with which an action reads data objects, to check what was written.

It is not part of ``data_objects.py``, because tests read the files of a single object with it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import IO, Any

from jupyter_faas.shipped_modules import load_shipped


def read_files(files: Mapping[str, bytes], code: Sequence[Any] = ()) -> Any:
    """Return the object that the action creates from an object's files, by their endings.

    ``code`` contains the notebook's functions and classes inside the object.
    """

    def open_file(ending: str) -> IO[bytes]:
        return io.BytesIO(files[ending])

    return _reader_module().Reader(open_file, code).load()


@cache
def _reader_module() -> ModuleType:
    module = load_shipped("action/data.py", "faas_data")
    libraries = load_shipped("action/data_libraries.py", "faas_data_libraries")
    # The module would import its neighbour by the name that it has in a package.
    module.__dict__["libraries"] = lambda: libraries
    return module
