"""A picture of bars as SVG: small, readable in print, without a library, in whatever language its texts are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, MARGIN, LABEL = 960, 24, 310
BAR, GAP, PANEL_GAP, TITLE = 16, 6, 22, 30
NUMBER = 130
"""Room for the number behind a bar, in pixels."""

COLOURS = ("#1b6ca8", "#d9822b", "#7a8b99", "#3f9b6e", "#8e5ea2", "#b5494e")
"""Told apart also without colours: each bar has its number, and the order is that of the legend."""


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar: its length, and the text behind it.

    Attributes
    ----------
    until
        Where a thin line goes on to, such as the 95th percentile behind a mean; `None` for none.
    """

    value: float
    text: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars that are measured alike: a title, and for each line its label and one bar of every contender."""

    title: str
    rows: Sequence[tuple[str, Sequence[Bar]]]


def drawn(title: str, legend: Sequence[str], panels: Sequence[Panel]) -> str:
    """
    Return a picture as the text of an SVG file.

    Parameters
    ----------
    legend
        The names of the contenders, in the order of the bars.
    """
    body: list[str] = [_text(MARGIN, MARGIN + 8, title, size=18, bold=True)]
    top = MARGIN + TITLE
    body += _legend(legend, top)
    top += PANEL_GAP + GAP
    for panel in panels:
        lines = list(_panel(panel, top))
        body += lines
        top += TITLE + sum(len(bars) * BAR + GAP for _, bars in panel.rows) + PANEL_GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}" '
        'font-family="Noto Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif">'
    )
    ground = f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *body, "</svg>", ""])


def _legend(names: Sequence[str], top: int) -> Iterator[str]:
    step = (WIDTH - 2 * MARGIN) // max(1, len(names))
    for index, name in enumerate(names):
        left = MARGIN + index * step
        yield _bar(left, top - 10, width=12, height=12, index=index)
        yield _text(left + 18, top, name, size=12)


def _panel(panel: Panel, top: int) -> Iterator[str]:
    yield _text(MARGIN, top + 14, panel.title, size=14, bold=True)
    top += TITLE
    room = WIDTH - 2 * MARGIN - LABEL - NUMBER
    most = max((max(bar.value, bar.until or 0.0) for _, bars in panel.rows for bar in bars), default=0.0)
    for label, bars in panel.rows:
        yield _text(MARGIN, top + BAR * len(bars) / 2 + 4, label, size=12)
        for index, bar in enumerate(bars):
            width = room * bar.value / most if most else 0.0
            left = float(MARGIN + LABEL)
            yield _bar(left, top + 2, width=max(width, 1.0), height=BAR - 4, index=index)
            end = left + width
            if bar.until is not None and most:
                end = max(end, left + room * bar.until / most)
                yield _line(left + width, end, top + BAR / 2, index=index)
            yield _text(end + 6, top + BAR - 4, bar.text, size=11)
            top += BAR
        top += GAP


def _text(left: float, top: float, text: str, *, size: int, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{left:.1f}" y="{top:.1f}" font-size="{size}"{weight} fill="#222222">{escape(text)}</text>'


def _bar(left: float, top: float, *, width: float, height: float, index: int) -> str:
    colour = COLOURS[index % len(COLOURS)]
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _line(left: float, right: float, at: float, *, index: int) -> str:
    colour = COLOURS[index % len(COLOURS)]
    return (
        f'<path d="M{left:.1f} {at:.1f}H{right:.1f}M{right:.1f} {at - 4:.1f}V{at + 4:.1f}" '
        f'stroke="{colour}" stroke-width="1.5" fill="none"/>'
    )
