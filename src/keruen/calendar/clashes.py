"""Which two events collide: one party in two places, too short a journey between them, a public holiday.

Receives occurrences; hands on pairs, for any days to which either may be moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from keruen.calendar.occurrences import ATTENDED, WORKING, Occurrence, Spot
from keruen.tables.geodesy import great_circle


@dataclass(frozen=True)
class Collision:
    """Why two events cannot both be kept.

    Parameters
    ----------
    kind
        ``party``, ``travel`` or ``holiday``.
    hours
        Hours for which they overlap, or by which the time between them is too short.
    """

    kind: str
    hours: float


@lru_cache(maxsize=4096)
def journey(a: Spot, b: Spot, speed: float) -> float:
    """Return the hours from one spot to another along the great circle; 0 where a coordinate is not known.

    Examples
    --------
    >>> astana = Spot("a", "Astana", frozenset("a"), 71.42, 51.19)
    >>> moscow = Spot("m", "Moscow", frozenset("m"), 37.65, 55.77)
    >>> round(journey(astana, moscow, 500.0), 1)
    4.5
    """
    if a.longitude is None or a.latitude is None or b.longitude is None or b.latitude is None:
        return 0.0
    ends = (np.array([x]) for x in (a.longitude, a.latitude, b.longitude, b.latitude))
    return float(great_circle(*ends)[0]) / speed


def meet(a: Occurrence, b: Occurrence) -> bool:
    """Whether the two could ever collide, whatever their days."""
    if "holiday" in (a.kind, b.kind):
        if a.kind == "holiday":
            a, b = b, a
        return a.kind in WORKING and b.kind == "holiday" and _lies_in(a.spot, b.spot)
    if a.spot is None or b.spot is None or not (a.kind in ATTENDED and b.kind in ATTENDED):
        return False
    return bool(a.parties & b.parties) and a.spot.apart_from(b.spot)


def _lies_in(spot: Spot | None, area: Spot | None) -> bool:
    return spot is not None and area is not None and area.spot_id in spot.within


def collision(
    a: Occurrence, b: Occurrence, *, speed: float, by: tuple[int, int] = (0, 0)
) -> Collision | None:
    """Return why two events that :func:`meet` collide, if moved by these days, or None.

    Parameters
    ----------
    a, b
        The events.
    speed
        Door-to-door speed of a delegation, km/h along the great circle.
    by
        Days by which each is moved.
    """
    (a_begin, a_end), (b_begin, b_end) = a.hours(by[0]), b.hours(by[1])
    if "holiday" in (a.kind, b.kind):
        # Holidays are days of the place's own calendar, whatever the hours of the event.
        first = max(a.start.toordinal() + by[0], b.start.toordinal() + by[1])
        last = min(a.end.toordinal() + by[0], b.end.toordinal() + by[1])
        return Collision("holiday", 24.0 * (last - first + 1)) if last >= first else None
    between = max(a_begin, b_begin) - min(a_end, b_end)
    if between < 0:
        return Collision("party", -between)
    assert a.spot is not None
    assert b.spot is not None
    short = journey(a.spot, b.spot, speed) - between
    return Collision("travel", short) if short > 1e-9 else None


def pairs(found: Sequence[Occurrence], *, speed: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs that collide for some days to which their windows let them move, in order.

    Parameters
    ----------
    found
        Occurrences in order of their first day.
    speed
        Door-to-door speed, km/h.
    """
    # No journey on the globe is longer than half its girth of 40,030 km.
    margin = int(20_015 / speed / 24) + 2
    widest = max((o.window for o in found), default=0)
    active: list[int] = []
    for j, b in enumerate(found):
        active = [
            i
            for i in active
            if found[i].end.toordinal() + found[i].window + margin >= b.start.toordinal() - widest
        ]
        for i in active:
            a = found[i]
            near = a.end.toordinal() + a.window + margin >= b.start.toordinal() - b.window
            if near and meet(a, b):
                yield i, j
        active.append(j)
