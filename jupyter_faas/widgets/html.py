"""Colours, icons and small pieces of markup for the HTML outputs.

The colours are those of JupyterLab if its CSS variables exist. Otherwise they are medium tones that
are readable on white and on black. All styles are inline, because a saved output does not have a
style sheet.
"""

from __future__ import annotations

from html import escape
from types import MappingProxyType

UI_FONT = "var(--jp-ui-font-family,system-ui,-apple-system,'Segoe UI',sans-serif)"
CODE_FONT = "var(--jp-code-font-family,Menlo,Consolas,'DejaVu Sans Mono',monospace)"
BORDER = "1px solid var(--jp-border-color1,rgba(128,128,128,.4))"
RULE = "1px solid var(--jp-border-color2,rgba(128,128,128,.25))"

COLOURS = MappingProxyType(
    {
        "plain": "var(--jp-ui-font-color1,inherit)",
        "secondary": "var(--jp-ui-font-color2,#777)",
        "ok": "var(--jp-success-color1,#3a8a3e)",
        "warn": "var(--jp-warn-color1,#d9690f)",
        "error": "var(--jp-error-color1,#d84343)",
        "cold": "var(--jp-info-color1,#1a8a93)",
        "brand": "var(--jp-brand-color1,#2f7fc4)",
        "key": "var(--jp-mirror-editor-property-color,#2f7fc4)",
        "string": "var(--jp-mirror-editor-string-color,#c7524a)",
        "number": "var(--jp-mirror-editor-number-color,#2e8b57)",
        "atom": "var(--jp-mirror-editor-atom-color,#8a6fd1)",
    }
)

# SVG path data for a viewBox of 24 × 24.
_PATHS = MappingProxyType(
    {
        "function": "M5 4h4.1c.8 0 1.3.4 1.6 1.1l5 12.6c.3.7.6 1 1.3 1H19V21h-2.7c-1.5 0-2.3-.6"
        "-2.9-2L11 12.9 7.6 21H5.1l4.8-10.9-1.5-3.9c-.1-.3-.3-.4-.7-.4H5z",
        "composition": "M2 9h6v6H2zM16 2h6v6h-6zM16 16h6v6h-6zM8 11h3V4h5v2h-3v12h3v2h-5v-7H8z",
        "ok": "M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4z",
        "warn": "M12 2 1 21h22zm1 16h-2v-2h2zm0-3.5h-2V9.5h2z",
        "error": "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm5 6.4L13.4 12l3.6 4.6-1.4 1.4L12 14l"
        "-3.6 4L7 16.6 10.6 12 7 7.4 8.4 6 12 10l3.6-4z",
        "dot": "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z",
        "ring": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 3a6 6 0 1 1 0 12 6 6 0 0 1 0-12z",
        "deployed": "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm-1.8 16L5 11.8 7 9.8l3.2 3.2L17 6.2"
        "l2 2z",
        "changed": "M12 3l10 18H2z",
        "cold": "M11 2h2v20h-2zM3.9 6.13l17.2 10-1 1.74-17.2-10zM20.1 6.13l1 1.74-17.2 10-1-1.74z",
    }
)


def icon(name: str, colour: str, size: int = 16) -> str:
    """Return an icon as inline SVG.

    The icon is hidden from screen readers, because the text beside it has the same meaning.
    """
    return (
        f'<svg viewBox="0 0 24 24" width="{size}" height="{size}" aria-hidden="true" '
        # ``colour`` may also be a CSS value such as currentColor.
        f'style="flex:none;fill:{COLOURS.get(colour, colour)}">'
        f'<path fill-rule="evenodd" d="{_PATHS[name]}"/></svg>'
    )


def span(text: str, style: str = "") -> str:
    """Return the escaped text in a ``<span>`` with the style."""
    opening = f'<span style="{style}">' if style else "<span>"
    return f"{opening}{escape(text)}</span>"


def colour(name: str) -> str:
    """Return the CSS declaration for a colour of ``COLOURS``."""
    return f"color:{COLOURS[name]}"


def mono(size: int = 12) -> str:
    """Return the CSS declarations for the code font, ``size`` in px."""
    return f"font-family:{CODE_FONT};font-size:{size}px"
