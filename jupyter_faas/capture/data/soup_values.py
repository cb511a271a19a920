"""Documents and tags of BeautifulSoup, written as their HTML or XML text.

The action parses the text again. The nodes also contain the structure of the document, which the
check of each data object compares, because the text does not show all of it: two adjacent texts are
one after parsing.
"""

from __future__ import annotations

from typing import Any

from jupyter_faas.capture.data.nodes import Node, NodeWriter

_STATE = (
    *("original_encoding", "declared_html_encoding", "contains_replacement_characters"),
    *("is_xml", "known_xml", "name", "hidden"),
)


def write(writer: NodeWriter, value: Any, where: str) -> Node | None:
    """Return the node of a document, of an element in it or of a list of results, or None."""
    import bs4

    writer.need("bs4")
    if type(value) is bs4.element.ResultSet:
        node: Node = {"is": "soup_results"}
        writer.remember(value, node)
        node["items"] = writer.write_all(list(value), where)
        return node
    if type(value) is bs4.BeautifulSoup:
        return _document(writer, value, where)
    if not isinstance(value, bs4.element.PageElement):
        return None
    top = value
    while top.parent is not None:
        top = top.parent
    if type(top) is not bs4.BeautifulSoup:
        return None
    at = next(at for at, one in enumerate(top.descendants) if one is value)
    return {"is": "soup_element", "of": writer.write(top, where), "at": at}


def _document(writer: NodeWriter, value: Any, where: str) -> Node | None:
    if value.builder is None or value.parse_only is not None:
        return None
    if value.builder.NAME.startswith("lxml"):
        writer.need("lxml")
    elif value.builder.NAME == "html5lib":
        writer.need("html5lib")
    return {
        "is": "soup",
        "text": value.decode(),
        "parser": "xml" if value.is_xml else value.builder.NAME,
        "state": [[key, getattr(value, key)] for key in _STATE],
        "shape": [_shape(one) for one in value.descendants],
    }


def _shape(element: Any) -> list[Any]:
    """Return the kind of an element, its content or attributes, and its place in the source."""
    import bs4

    depth = sum(1 for _ in element.parents)
    if not isinstance(element, bs4.Tag):
        return [depth, type(element).__name__, str(element)]
    attributes = [
        [str(key), list(one) if isinstance(one, list) else str(one)]
        for key, one in element.attrs.items()
    ]
    place = [element.sourceline, element.sourcepos]
    return [depth, element.prefix, element.name, element.namespace, attributes, place]
