"""Writers for data objects of libraries: frames, sparse matrices, splines, results and others.

Each writer turns an object into a tree of JSON nodes, numpy arrays and files in a format of its
library, which ``shipped/action/data.py`` reads in the action. Writers recognize a type by the names
of its module and class, so that no library is imported for them. This package does not know how
names are found or how captured.py is written.
"""

from jupyter_faas.capture.data.data_objects import DataObjects, EncodedData, is_frame
from jupyter_faas.capture.data.nodes import DataTooLarge, NotData

__all__ = ["DataObjects", "DataTooLarge", "EncodedData", "NotData", "is_frame"]
