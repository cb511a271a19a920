"""The figure of the page on scale: latencies of one machine and of a cluster, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

# Of a line of the figure: calls a second and milliseconds, or None where the host cannot keep up.
Points = Sequence[tuple[float, float | None]]

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 20, 50
# Colours that can be read on white and on black.
_COLOURS = ("#3b7dd8", "#d9822b", "#2e9e6b", "#b05cc6", "#c94f4f", "#7f8c8d")
_STYLE = "font-family: sans-serif; font-size: 13px"


def svg(lines: Mapping[str, Points], *, across: str, upward: str) -> str:
    """Return a figure with logarithmic axes. The background is white in both themes."""
    points = [(x, y) for found in lines.values() for x, y in found if y is not None]
    low_x, high_x = (_power(pick(x for x, _ in points), up) for pick, up in ((min, 0), (max, 1)))
    low_y, high_y = (_power(pick(y for _, y in points), up) for pick, up in ((min, 0), (max, 1)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low_x) / (high_x - low_x)
        upward = (math.log10(y) - low_y) / (high_y - low_y)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - upward * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" style="{_STYLE}" role="img">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(low_x, high_x + 1):
        x, y = place(10**power, 10**low_y)
        parts.append(_line(x, y, x, _TOP, "#e2e2e2"))
        parts.append(_text(x, y + 18, f"{10**power:,}", "middle"))
    for power in range(low_y, high_y + 1):
        x, y = place(10**low_x, 10**power)
        parts.append(_line(x, y, _WIDTH - _RIGHT, y, "#e2e2e2"))
        parts.append(_text(x - 8, y + 4, f"{10.0**power:,g}", "end"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, across, "middle"))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text x="16" y="{middle:.0f}" text-anchor="middle" fill="#333333" '
        f'transform="rotate(-90 16 {middle:.0f})">{escape(upward)}</text>'
    )
    for number, (name, found) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        dashes = ' stroke-dasharray="6 4"' if number % 2 else ""
        known = [place(x, y) for x, y in found if y is not None]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in known)
        parts.append(
            f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in known]
        if len(known) < len(found):
            # The end of the line is where the host does not keep up with more calls.
            x, y = known[-1]
            parts.append(_line(x - 6, y - 6, x + 6, y + 6, colour))
            parts.append(_line(x - 6, y + 6, x + 6, y - 6, colour))
        y = _TOP + 14 + 22 * number
        x = _WIDTH - _RIGHT + 16
        parts.append(
            f'<line x1="{x}" y1="{y - 4}" x2="{x + 24}" y2="{y - 4}" stroke="{colour}" '
            f'stroke-width="2"{dashes}/>'
        )
        parts.append(_text(x + 30, y, name, "start"))
    return "\n".join([*parts, "</svg>", ""])


def _power(value: float, up: int) -> int:
    return math.ceil(math.log10(value)) if up else math.floor(math.log10(value))


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333333">{escape(text)}</text>'
    )
