"""Where names stand on a map: the most important first, none upon another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keruen.reports.projection import Points

EM = 12.5
# Right of the dot, left, above, below: the order of preference in cartography (Imhof 1975).
_POSITIONS = (("start", 0.5, 0.35), ("end", -0.5, 0.35), ("middle", 0.0, -0.6), ("middle", 0.0, 1.25))
_COUNTRY_POSITIONS = (
    ("middle", 0.0, 0.35),
    ("middle", 0.0, -1.5),
    ("middle", 0.0, 2.2),
    ("middle", 0.0, -3.5),
    ("middle", 0.0, 4.2),
)


@dataclass(frozen=True, slots=True)
class Label:
    """A name, its place in the plane (2,) and how much it matters; a country's is set in spaced capitals about its place."""

    text: str
    at: Points
    weight: float
    country: bool = False


def place(
    labels: Sequence[Label], window: tuple[float, float, float, float], unit: float
) -> Iterator[tuple[Label, str, float, float, int]]:
    """Place labels greedily, at the window's own scale (tier 0) and two and five times closer (tiers 1 and 2).

    Parameters
    ----------
    labels
        Most important first.
    window
        x, y, width and height of the view; labels outside appear only once zoomed or moved there.
    unit
        Plane units to a pixel at the window's own scale.

    Yields
    ------
    tuple
        Label, text anchor, shift right and down [em], and tier.
    """
    left = list(labels)
    kept: list[tuple[Label, str, float, float]] = []
    for tier, scale in enumerate((unit, unit / 2.2, unit / 5.0)):
        boxes = [_box(label, anchor, dx, dy, scale) for label, anchor, dx, dy in kept]
        waiting = []
        for label in left:
            for anchor, dx, dy in _COUNTRY_POSITIONS if label.country else _POSITIONS:
                box = _box(label, anchor, dx, dy, scale)
                if tier == 0 and not _within(box, window):
                    continue
                if all(_apart(box, other) for other in boxes):
                    boxes.append(box)
                    kept.append((label, anchor, dx, dy))
                    yield label, anchor, dx, dy, tier
                    break
            else:
                waiting.append(label)
        left = waiting


Box = tuple[float, float, float, float]


def _box(label: Label, anchor: str, dx: float, dy: float, unit: float) -> Box:
    em = EM * unit
    width = (0.8 if label.country else 0.56) * len(label.text) * em
    x = float(label.at[0]) + dx * em - {"start": 0.0, "end": width, "middle": width / 2}[anchor]
    y = float(label.at[1]) + dy * em
    return x, y - 0.85 * em, x + width, y + 0.25 * em


def _apart(a: Box, b: Box) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def _within(box: Box, window: Box) -> bool:
    x, y, width, height = window
    return x <= box[0] and box[2] <= x + width and y <= box[1] and box[3] <= y + height
