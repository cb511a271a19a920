"""Write an estimator as a skops archive with reproducible bytes."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

# The time of every member: the earliest time that a zip file can represent.
_TIME = (1980, 1, 1, 0, 0, 0)
_SCHEMA = "schema.json"
_ID, _LOADER, _FILE = "__id__", "__loader__", "file"

Node = dict[str, Any]


def dump(estimator: Any) -> bytes:
    """Return a skops archive of an estimator.

    skops raises exceptions of many classes for estimators that it does not support.
    """
    import skops.io

    _allow_birch()
    return canonical(skops.io.dumps(estimator))


def _allow_birch() -> None:
    """Let skops write Birch, which is an ordinary object without its tree.

    skops refuses the class because the nodes of the tree refer to each other in circles, but
    ``fit_metadata.py`` removes the tree. skops has no public way to change what it refuses.
    """
    from sklearn.cluster import Birch
    from skops.io import _general, _utils

    _utils._get_state.register(Birch)(_general.object_get_state)


def canonical(archive: bytes) -> bytes:
    """Remove what is different on each machine from an archive, and sort its sets.

    skops identifies objects by their memory address, which differs between processes.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as given:
        # Sets are sorted before renaming, because files are numbered in the order of the nodes.
        root: Node = json.loads(given.read(_SCHEMA))
        _sort_sets(root)
        _let_pandas_choose(root)
        files = _rename(root)
        members = {new: given.read(old) for old, new in files.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as made:
        text = json.dumps(root, separators=(",", ":"))
        for path, data in ((_SCHEMA, text.encode()), *members.items()):
            made.writestr(zipfile.ZipInfo(path, _TIME), data)
    return stream.getvalue()


def _nodes(part: Any) -> Iterator[Node]:
    """Yield the nodes in ``part`` in the order of the schema, outer nodes before inner nodes."""
    if isinstance(part, dict):
        if isinstance(part.get(_LOADER), str):
            yield part
        for value in part.values():
            yield from _nodes(value)
    elif isinstance(part, list):
        for item in part:
            yield from _nodes(item)


def _sort_sets(root: Node) -> None:
    # The order of a set of strings differs between processes. Inner sets are sorted first, because
    # the order of outer sets may depend on their contents.
    for node in reversed(list(_nodes(root))):
        if node[_LOADER] == "SetNode":
            node["content"].sort(key=_without_addresses)


def _let_pandas_choose(root: Node) -> None:
    """Let pandas decide in the action where it keeps strings, as for a frame of the notebook.

    Its string type says *pyarrow* only because that is installed here. It could not be read without
    pyarrow in the action, although the values are the same.
    """
    for node in _nodes(root):
        if (node.get("__module__"), node.get("__class__")) == ("pandas", "StringDtype"):
            storage = node["content"]["content"][0]
            storage["content"] = json.dumps(None)


def _without_addresses(node: Node) -> str:
    return json.dumps([(one.get("__class__"), one.get("content")) for one in _nodes(node)][:1])


def _rename(root: Node) -> dict[str, str]:
    """Number the files and shared objects of a schema, and return the new name of each file.

    Only objects with several references keep an ID.
    """
    counts = Counter(node[_ID] for node in _nodes(root) if _ID in node)
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}
    for node in _nodes(root):
        address = node.pop(_ID, None)
        if counts[address] > 1 and node[_LOADER] != "JsonNode":
            node[_ID] = numbers.setdefault(address, len(numbers) + 1)
        old = node.get(_FILE)
        if isinstance(old, str):
            ending = old.rpartition(".")[2]
            node[_FILE] = files.setdefault(old, f"{len(files)}.{ending}")
    return files
