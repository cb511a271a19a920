"""A page on which everything ran, and what the album of the screens does with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.ui.helpers.album import WIDTHS, Album
from tests.ui.helpers.lab import Lab, cell_with, command, show_sidebar
from tests.ui.helpers.shop import Shop, drag_sidebar, opened, start


@dataclass
class Stage:
    """A page on which everything ran, and its album."""

    page: Page
    lab: Lab
    album: Album
    shop: Shop

    @property
    def sidebar(self) -> Locator:
        return self.page.locator(".jp-FaasSidebar")

    def sidebar_at(self, px: int) -> Locator:
        sidebar = show_sidebar(self.page)
        drag_sidebar(self.page, px - sidebar.evaluate("one => one.getBoundingClientRect().width"))
        return sidebar

    def use_target(self, name: str) -> None:
        command(self.page, "faas:use-target", {"name": name})

    def take_sidebar(self, name: str, *, widths: tuple[int, ...] = (250,)) -> None:
        for px in widths:
            self.sidebar_at(px)
            self.album.take(f"sidebar-{name}-{px}px", self.sidebar, check=".jp-FaasSidebar")

    def take_document(self, name: str, css: str) -> None:
        self.album.take(name, opened(self.page, css), widths=WIDTHS, check=css)

    def take_dialog(self, name: str) -> None:
        dialog = self.page.locator(".jp-Dialog-content")
        dialog.wait_for()
        self.page.wait_for_function("() => document.activeElement?.closest('.jp-Dialog')")
        self.album.take(f"dialog-{name}", dialog, check=".jp-Dialog-content")

    def take_output(self, verb: str) -> Locator:
        """Run ``%faas`` with ``verb`` in a new cell, and photograph what it shows."""
        self.page.evaluate(
            """async source => {
              const { commands, shell } = window.jupyterapp;
              await commands.execute('notebook:insert-cell-below');
              shell.currentWidget.content.activeCell.model.sharedModel.setSource(source);
              await commands.execute('notebook:run-cell');
            }""",
            f"%faas {verb}",
        )
        cell = cell_with(self.page, f"%faas {verb}")
        cell.locator(".jp-OutputArea-output").first.wait_for()
        area = cell.locator(".jp-Cell-outputArea")
        self.album.take(f"output-{verb.replace(' ', '-')}", area, widths=WIDTHS[:2])
        return cell

    def close_dialog(self) -> None:
        self.page.locator(".jp-Dialog").press("Escape")
        expect(self.page.locator(".jp-Dialog-content")).to_have_count(0)

    def ask(self, name: str, command_id: str, arguments: dict[str, Any] | None = None) -> None:
        start(self.page, command_id, arguments or {})
        self.take_dialog(name)
        self.close_dialog()


@contextmanager
def routed(page: Page, pattern: str, answer: Callable[[Route], object]) -> Iterator[None]:
    url = re.compile(pattern)
    page.route(url, answer)
    try:
        yield
    finally:
        page.unroute(url)


def refuse(status: int, code: str, message: str, hint: str = "") -> Callable[[Route], object]:
    body = json.dumps({"error": {"code": code, "message": message, "hint": hint}})
    return lambda route: route.fulfill(status=status, body=body, content_type="application/json")


def show_workshop(page: Page) -> None:
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="workshop.ipynb").click()


def fold(sidebar: Locator, title: str, *, closed: bool) -> None:
    head = sidebar.locator(".jp-AccordionPanel-title", has_text=title)
    if (head.get_attribute("aria-expanded") == "false") != closed:
        head.click(position={"x": 8, "y": 8})
