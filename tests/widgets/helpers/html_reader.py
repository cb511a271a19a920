"""Reads the HTML forms back, as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"br", "img", "path"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and that every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def check_stands_alone(reader: Reader) -> None:
    """No script, no style sheet, nothing that is loaded, nothing left open."""
    assert reader.open == []
    assert set(reader.tags) <= {"div", "span", "pre", "svg", "path"}
    names = {name for name, _ in reader.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("href", "src", "class")]
    assert not [
        value for name, value in reader.attributes if name == "style" and "url(" in (value or "")
    ]
