"""A user without a mouse: presses keys, and wants to see where the keyboard is."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

# Whether the focused element, if it is ours, shows that it is: by a line around it or, of a field
# or a shape in a drawing, around what holds it.
_SEEN = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) {
    return 'nothing has the keyboard';
  }
  if (at.closest('.jp-Faas') === null) {
    return '';
  }
  const line = one => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  const ring = at.querySelector('[data-ring]');
  const drawn = ring !== null && getComputedStyle(ring).stroke !== 'none';
  const field = at.closest('.jp-FaasField');
  return line(at) || drawn || (field !== null && line(field))
    ? '' : `nothing shows that the keyboard is on ${at.outerHTML.slice(0, 200)}`;
}"""
_WHERE = "() => document.activeElement?.outerHTML.slice(0, 200)"


class Keys:
    """The keyboard of a page. After each press what is ours and focused must be seen to be."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.expect_seen()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def expect_seen(self) -> None:
        problem = self.page.evaluate(_SEEN)
        assert problem == "", problem

    def tab_to(self, target: Locator, *, at_most: int = 60, back: bool = False) -> None:
        expect(target).to_be_visible()
        for _ in range(at_most):
            if target.evaluate("one => one === document.activeElement"):
                self.expect_seen()
                return
            self.press("Shift+Tab" if back else "Tab")
        where = self.page.evaluate(_WHERE)
        raise AssertionError(f"Tab does not reach {target}; it came to {where}")

    def close_tab(self) -> None:
        # Where the keyboard goes then is JupyterLab's affair.
        self.page.keyboard.press("Alt+w")

    def choose_command(self, label: str) -> None:
        """By JupyterLab's palette."""
        self.page.keyboard.press("Control+Shift+C")
        palette = self.page.locator(".lm-CommandPalette")
        expect(palette.locator("input")).to_be_focused()
        self.page.keyboard.press("Control+a")
        self.type(label)
        # The best of what can be done becomes the active one, after a while.
        best = palette.locator(".lm-CommandPalette-item.lm-mod-active")
        words = best.locator(".lm-CommandPalette-itemLabel")
        expect(words).to_have_text(re.compile(f"^{re.escape(label)}$"))
        self.page.keyboard.press("Enter")

    def choose_item(self, label: str) -> None:
        """In JupyterLab's dialog that asks which one."""
        dialog = self.page.locator(".jp-Dialog")
        field = dialog.locator("select")
        expect(field).to_be_focused()
        self.type(label)
        expect(field.locator("option:checked")).to_have_text(label)
        self.page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)

    def choose_entry(self, label: str) -> None:
        """In an open menu, by its letters' neighbours: down until there."""
        menu = self.page.locator(".lm-Menu")
        active = menu.locator(".lm-Menu-item.lm-mod-active .lm-Menu-itemLabel")
        for _ in range(20):
            if active.count() > 0 and active.inner_text() == label:
                self.page.keyboard.press("Enter")
                expect(menu).to_have_count(0)
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} is not in the menu: {menu.inner_text()}")
