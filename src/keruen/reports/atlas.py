"""The map of flows: links by tonnes and utilisation over country outlines, crossings by wait, drawn as SVG.

Receives the network and result tables; hands on one drawing and two views of it: the home country (the one with most
nodes) and the whole network. Both read without the script; with it the first can be zoomed and moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keruen.reports.html import Html, el, join
from keruen.reports.labels import EM, Label, place
from keruen.reports.names import Names
from keruen.reports.outlines import Gate, countries, through
from keruen.reports.projection import Albers, Points, clearance, clip, sampled
from keruen.reports.section import Section
from keruen.reports.ways import WATER_MODES, Ways
from keruen.reports.wording import amount, hours, number, share
from keruen.tables import Dataset

LEVELS = ((0.25, "u0", "under 25 %"), (0.5, "u1", "25–50 %"), (0.75, "u2", "50–75 %"), (0.9, "u3", "75–90 %"),
          (1.0, "u4", "90–100 %"), (float("inf"), "u5", "over 100 %"))  # fmt: skip
WAITS = (
    (1.0, "s0", "under 1 h"),
    (6.0, "s1", "1–6 h"),
    (24.0, "s2", "6–24 h"),
    (float("inf"), "s3", "over 24 h"),
)
_WIDTHS = 11
_SCREEN = 1100.0
# On a telephone the same map is a third as wide: its names are set larger and fewer.
_NARROW = 2.6


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passes a link: both directions together, and the fuller direction's utilisation."""

    tonnes: float
    utilisation: float | None
    delay: float


def section(dataset: Dataset, names: Names) -> Section | None:
    """Return the map, or None where no node has coordinates or no link joins two of them."""
    nodes = {
        r["node_id"]: r
        for r in dataset["node"].sort("node_id").iter_rows(named=True)
        if r["located"] and r["x_coord"] is not None and r["y_coord"] is not None
    }
    links = [
        r
        for r in dataset["link"].sort("link_id").iter_rows(named=True)
        if r["from_node_id"] in nodes and r["to_node_id"] in nodes
    ]
    if not links:
        return None
    used = {n for r in links for n in (r["from_node_id"], r["to_node_id"])}
    nodes = {k: v for k, v in nodes.items() if k in used}
    traffic, year = _traffic(dataset)
    drawing = _Drawing(nodes, links, traffic, _waits(dataset), names)
    n_missing = dataset["link"].height - len(links)
    body = join(
        drawing.figure(),
        _legend(traffic),
        el("p", f"{year}. " if year else None, _note(n_missing), class_="note"),
    )
    return Section("map", "Where the goods go", body, _headline(links, traffic, names, year))


class _Drawing:
    """One set of shapes in plane coordinates, seen through two windows."""

    def __init__(
        self,
        nodes: Mapping[str, Mapping[str, Any]],
        links: Sequence[Mapping[str, Any]],
        traffic: Mapping[str, Traffic],
        waits: Mapping[str, list[Mapping[str, Any]]],
        names: Names,
    ) -> None:
        self.nodes, self.links, self.traffic, self.waits, self.names = nodes, links, traffic, waits, names
        self.degrees = {k: np.array([v["x_coord"], v["y_coord"]]) for k, v in nodes.items()}
        everywhere = np.array(list(self.degrees.values()))
        home = self._home()
        self.project = Albers.fitted(np.array([self.degrees[n] for n in home]))
        self.outlines = through(countries(), self._gates())
        self.ways = Ways(everywhere, self.outlines)
        self.lines = self._lines()
        west, south, east, north = self.ways.extent
        seen = (
            max(west - 40.0, -180.0),
            max(south - 20.0, -84.0),
            min(east + 40.0, 180.0),
            min(north + 20.0, 84.0),
        )
        self.land = [
            (c.name, [self.project(sampled(r, 1.0)) for r in clip(c.rings, seen)]) for c in self.outlines
        ]
        self.plane = {k: self.project(v[None, :])[0] for k, v in self.degrees.items()}
        whole = self._window(np.vstack([np.array(list(self.plane.values())), *self.lines.values()]))
        close = self._window(np.array([self.plane[n] for n in home]))
        self.windows = [close, whole] if close[2] * close[3] < 0.6 * whole[2] * whole[3] else [whole]
        self.widest = max((t.tonnes for t in traffic.values()), default=0.0)

    def figure(self) -> Html:
        """Return the views and the shapes that they share."""
        views = [self._view(i, window) for i, window in enumerate(self.windows)]
        titles = ["Close up", "The whole network"] if len(views) == 2 else ["The whole network"]
        return join(
            el("figure", el("figcaption", title), view, class_="map")
            for title, view in zip(titles, views, strict=True)
        )

    def _gates(self) -> Iterator[Gate]:
        """Return where railways and roads pass a border: halfway between its two sides, where these are close."""
        for row in self.links:
            a, b = row["from_node_id"], row["to_node_id"]
            one, other = self.nodes[a]["country"], self.nodes[b]["country"]
            close = np.abs(self.degrees[a] - self.degrees[b]).max() < 0.6
            if one != other and row["mode_id"] not in WATER_MODES and close:
                yield Gate((min(one, other), max(one, other)), (self.degrees[a] + self.degrees[b]) / 2)

    def _home(self) -> list[str]:
        """Return the nodes of the country that has most of them."""
        by_country: dict[str, list[str]] = defaultdict(list)
        for node, row in self.nodes.items():
            by_country[row["country"]].append(node)
        return max(by_country.values(), key=lambda ns: (len(ns), ns))

    @staticmethod
    def _window(points: Points) -> tuple[float, float, float, float]:
        """Return x, y, width and height around ``points``, with a margin, between 1:1 and 1.9:1."""
        low, high = points.min(axis=0), points.max(axis=0)
        size = np.maximum((high - low) * 1.22, 1.0)
        width = max(size[0], size[1])
        height = max(size[1], width / 1.9)
        middle = (low + high) / 2
        return float(middle[0] - width / 2), float(middle[1] - height / 2), float(width), float(height)

    def _lines(self) -> dict[str, Points]:
        """Return the way of each link in the plane; links between the same two nodes are bowed apart."""
        seen: dict[frozenset[str], int] = defaultdict(int)
        lines = {}
        for row in self.links:
            a, b = row["from_node_id"], row["to_node_id"]
            way = self.ways.between(self.degrees[a], self.degrees[b], row["mode_id"])
            line = self.project(sampled(way, 1.0))
            pair = frozenset((a, b))
            k = seen[pair]
            seen[pair] += 1
            if k:
                line = _bowed(line, 0.045 * ((k + 1) // 2) * (-1) ** k, forward=a < b)
            lines[row["link_id"]] = line
        return lines

    def _view(self, index: int, window: tuple[float, float, float, float]) -> Html:
        unit = window[2] / _SCREEN
        rooms = self._rooms(window)
        shapes = self._shapes() if index == 0 else el("use", href="#network")
        box = " ".join(f"{v:.2f}" for v in window)
        about = "Map of flows. Every line and dot says its numbers when pointed at; the same numbers stand in the tables."
        return el(
            "svg",
            el("title", "Map of flows" if index == 0 else "Map of flows over the whole network"),
            shapes,
            [
                el(
                    "g",
                    self._labels(window, unit * scale, rooms),
                    class_=kind,
                    font_size=f"{scale}em",
                )
                for kind, scale in (("wide", 1.0), ("narrow", _NARROW))
            ],
            viewBox=box,
            font_size=round(EM * unit, 4),
            class_="zoom" if index == 0 else "still",
            role="img",
            aria_label=about,
            data_home=box,
            data_whole=" ".join(f"{v:.2f}" for v in self.windows[-1]),
        )

    def _shapes(self) -> Html:
        land = [
            el("path", el("title", name), d="".join(_path(r, close=True) for r in rings))
            for name, rings in self.land
            if rings
        ]
        ordered = sorted(self.links, key=lambda r: (-self._tonnes(r["link_id"]), r["link_id"]))
        return el(
            "g",
            el("g", land, class_="land"),
            el("g", [self._link(r) for r in ordered], class_="ways"),
            el("g", [self._node(n) for n in self.nodes if n not in self.waits], class_="nodes"),
            el("g", [self._crossing(n) for n in sorted(self.waits) if n in self.nodes], class_="crossings"),
            id="network",
        )

    def _tonnes(self, link: str) -> float:
        return self.traffic[link].tonnes if link in self.traffic else 0.0

    def _link(self, row: Mapping[str, Any]) -> Html:
        link = row["link_id"]
        d = _path(self.lines[link])
        name, mode = self.names.links[link], self.names.modes.get(row["mode_id"], row["mode_id"])
        if not row["enabled"]:
            return el("path", el("title", f"{name} ({mode}): not open yet"), d=d, class_="planned")
        traffic = self.traffic.get(link)
        if traffic is None or traffic.tonnes <= 0.0:
            return el("path", el("title", f"{name} ({mode}): no goods in this run"), d=d, class_="idle")
        width = breadth(traffic.tonnes / self.widest)
        label = f"{name} ({mode}): {amount(traffic.tonnes, 't/year')}, "
        if traffic.utilisation is None:
            title = el("title", f"{label}capacity unknown")
            return el(
                "g", title, el("path", d=d, class_=f"{width} unknown"), el("path", d=d, class_=f"{width} core")
            )  # fmt: skip
        title = el("title", f"{label}{share(traffic.utilisation)} of the capacity of the fuller direction, "
                            f"{hours(traffic.delay)} of waiting")  # fmt: skip
        return el("path", title, d=d, class_=f"{width} {level(traffic.utilisation)}")

    def _node(self, node: str) -> Html:
        return el("path", el("title", self.nodes[node]["name"]), d=_dot(self.plane[node]))

    def _crossing(self, node: str) -> Html:
        rows = self.waits[node]
        worst = max(rows, key=lambda r: (not r["stable"], r["wait"] or 0.0, r["crossing_id"]))
        told = "; ".join(
            f"{self.names.crossings.get(r['crossing_id'], r['crossing_id'])}: "
            + (f"mean wait {hours(r['wait'])}" if r["stable"] else "the queue grows without end")
            + f" at {share(r['utilisation'])} of what can be handled"
            for r in rows
        )
        size = (
            WAITS[-1][1]
            if not worst["stable"]
            else next(s for top, s, _ in WAITS if (worst["wait"] or 0.0) < top)
        )
        d = _dot(self.plane[node])
        ring = el("path", d=d, class_=f"{size} ring")
        inner = el("path", d=d, class_=f"{size} wait" if worst["stable"] else f"{size} wait unstable")
        return el("g", el("title", told), ring, inner)

    def _rooms(self, window: tuple[float, float, float, float]) -> list[tuple[str, Points, float, float]]:
        """Return where each country's name has most room in the window: name, place, clearance and width of the country."""
        x, y, width, height = window
        # Points within the window where the letters would be wholly in view.
        across, down = np.meshgrid(np.linspace(x, x + width, 42)[1:-1], np.linspace(y, y + height, 26)[1:-1])
        points = np.column_stack([across.ravel(), down.ravel()])
        rooms = []
        for name, rings in self.land:
            parts = clip(tuple(rings), (x, y, x + width, y + height))
            if not parts:
                continue
            low, high = np.vstack(parts).min(axis=0), np.vstack(parts).max(axis=0)
            near = points[((points > low) & (points < high)).all(axis=1)]
            if len(near):
                room = clearance(near, parts)
                best = int(room.argmax())
                rooms.append((name, near[best], float(room[best]), float(high[0] - low[0])))
        return rooms

    def _labels(
        self,
        window: tuple[float, float, float, float],
        unit: float,
        rooms: list[tuple[str, Points, float, float]],
    ) -> Html:
        """Return names that fit without touching at ``unit`` plane units to a pixel, and closer."""
        carried: dict[str, float] = defaultdict(float)
        for row in self.links:
            for node in (row["from_node_id"], row["to_node_id"]):
                carried[node] += self._tonnes(row["link_id"])
        kinds = {"city": 3.0, "port": 2.5, "terminal": 1.5, "crossing": 1.0, "junction": 0.3}
        top = max(carried.values(), default=0.0) or 1.0
        wanted = sorted(
            [
                Label(name, at, 0.0, country=True)
                for name, at, room, wide in rooms
                if room > 1.2 * EM * unit and wide > 0.62 * EM * unit * len(name)
            ]
            + [
                Label(row["name"], self.plane[node], kinds[row["node_type"]] + 2.0 * carried[node] / top)
                for node, row in self.nodes.items()
            ],
            key=lambda label: (-label.weight, label.text),
        )
        placed = place(wanted, window, unit)
        return el("g", [_text(*p) for p in placed], class_="labels")


def breadth(part: float) -> str:
    """Return the class of a line that carries ``part`` of the largest volume; the style sheet holds its width."""
    return f"w{min(int(part * _WIDTHS), _WIDTHS - 1)}"


def level(utilisation: float) -> str:
    """Return the class of a utilisation."""
    return next(kind for top, kind, _ in LEVELS if utilisation < top)


def _traffic(dataset: Dataset) -> tuple[dict[str, Traffic], int | None]:
    """Return traffic by link for the first year of the run."""
    performance = dataset["link_performance"]
    if performance.is_empty():
        return {}, None
    year = min(performance["year"].to_list())
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in (
        performance.filter(performance["year"] == year).sort("link_id", "from_node_id").iter_rows(named=True)
    ):
        rows[row["link_id"]].append(row)
    found = {}
    for link, both in rows.items():
        known = [r["utilisation"] for r in both if r["utilisation"] is not None]
        found[link] = Traffic(
            sum(r["tonnes"] for r in both),
            max(known, default=None),
            max(r["delay"] for r in both),
        )
    return found, year


def _waits(dataset: Dataset) -> dict[str, list[Mapping[str, Any]]]:
    """Return the performance of the crossings at each node."""
    performance = dataset["crossing_performance"]
    at = dict(dataset["crossing"].select("crossing_id", "node_id").iter_rows())
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    if not performance.is_empty():
        first = performance.filter(performance["year"] == performance["year"].min())
        for row in first.sort("crossing_id").iter_rows(named=True):
            if row["crossing_id"] in at:
                found[at[row["crossing_id"]]].append(row)
    return found


def _headline(
    links: Sequence[Mapping[str, Any]], traffic: Mapping[str, Traffic], names: Names, year: int | None
) -> list[tuple[str, Html]]:
    known = [r["link_id"] for r in links if r["link_id"] in traffic and traffic[r["link_id"]].tonnes > 0.0]
    if not known:
        return []
    busiest = max(known, key=lambda k: (traffic[k].tonnes, k))
    full = sum((traffic[k].utilisation or 0.0) >= 0.9 for k in known)
    blind = sum(traffic[k].utilisation is None for k in known)
    sentence = join(
        f"In {year} the busiest section is ",
        el("a", names.links[busiest], href="#map"),
        f" with {amount(traffic[busiest].tonnes, 't/year')}",
        f" ({share(traffic[busiest].utilisation)} full)"
        if traffic[busiest].utilisation is not None
        else None,
        f"; {number(full)} of {number(len(known))} sections in use are at 90 % of capacity or more",
        f", and of {number(blind)} the capacity is unknown." if blind else ".",
    )
    return [("Where the goods go", sentence)]


def _note(n_missing: int) -> str:
    missing = f" {n_missing} links are left out because an end could not be located." if n_missing else ""
    return (
        "Lines run between the places of the model and are not surveyed routes; sea lanes are kept off the land. Width is "
        "the volume of both directions, colour the utilisation of the fuller one. Outlines are for "
        "orientation, drawn through the crossings of the model, and express no opinion on any border. Albers equal-area projection."
        + missing
    )


def _legend(traffic: Mapping[str, Traffic]) -> Html:
    def key(shape: Html, label: str) -> Html:
        return el("li", el("svg", shape, viewBox="0 0 36 14", class_="key", aria_hidden="true"), f" {label}")

    def line(*kinds: str) -> Html:
        return join(el("path", d="M2 7H34", class_=kind) for kind in kinds)

    def dot(kind: str) -> Html:
        return el("path", d="M18 7h0", class_=kind)

    widest = max((t.tonnes for t in traffic.values()), default=0.0)
    parts = (1.0, 0.5, 0.1) if widest > 0 else ()
    groups = [
        ("Utilisation of the fuller direction", [
            *(key(line(f"w4 {kind}"), label) for _, kind, label in LEVELS),
            key(line("w4 unknown", "w4 core"), "capacity unknown"),
            key(line("planned"), "not open yet"),
            key(line("idle"), "no goods"),
        ]),
        ("Volume, both directions", [
            key(line(f"{breadth(part * 0.999)} scale"), amount(float(f"{widest * part:.2g}"), "t/year")) for part in parts
        ]),
        ("Mean wait at crossings", [
            *(key(dot(f"{size} wait"), label) for _, size, label in WAITS),
            key(dot(f"{WAITS[-1][1]} wait unstable"), "queue grows without end"),
        ]),
    ]  # fmt: skip
    return el(
        "div",
        [join(el("p", title, class_="note"), el("ul", items)) for title, items in groups if items],
        class_="legend",
    )


def _text(label: Label, anchor: str, dx: float, dy: float, tier: int) -> Html:
    x, y = label.at
    return el(
        "text", label.text, x=round(float(x), 3), y=round(float(y), 3), dx=f"{dx}em", dy=f"{dy}em",
        text_anchor=anchor, class_=f"t{tier} country" if label.country else f"t{tier}",
    )  # fmt: skip


def _dot(at: Points) -> str:
    return f"M{at[0]:.3f} {at[1]:.3f}h0"


def _path(points: Points, *, close: bool = False) -> str:
    """Return path data in hundredths of a unit, relative and without repeated points: half the size of absolute ones."""
    steps = np.rint(points * 100).astype(np.int64)
    keep = np.append(True, (np.diff(steps, axis=0) != 0).any(axis=1))
    steps = steps[keep]
    moves = np.diff(steps, axis=0) / 100
    start = f"M{steps[0][0] / 100:g} {steps[0][1] / 100:g}"
    return start + "".join(f"l{x:g} {y:g}" for x, y in moves) + ("z" if close else "" if len(moves) else "h0")


def _bowed(line: Points, rise: float, *, forward: bool) -> Points:
    """Bend a line to one side by ``rise`` of its length; the side does not depend on which end it starts at."""
    chord = line[-1] - line[0]
    normal = np.array([-chord[1], chord[0]]) * (1.0 if forward else -1.0)
    t = np.linspace(0.0, 1.0, max(len(line), 9))
    index = np.linspace(0.0, len(line) - 1.0, t.size)
    base = np.column_stack([np.interp(index, np.arange(len(line)), line[:, i]) for i in (0, 1)])
    return base + (4 * t * (1 - t) * rise)[:, None] * normal
