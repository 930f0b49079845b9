"""Pictures of crossings: the queue over the day, how long how many wait, the wait against the volume, what to rebuild."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from keruen.reports.html import Html, el, join
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, table
from keruen.reports.wording import hours, number, share
from keruen.tables import Dataset

_LEFT, _RIGHT, _FLOOR, _TOP = 8.0, 252.0, 92.0, 10.0


def pictures(dataset: Dataset, names: Names) -> Html | None:
    """Return a card of pictures for each crossing that was drawn, or None where none was."""
    hourly = dataset["crossing_hour"]
    if hourly.is_empty():
        return None
    cards = [
        _card(str(crossing), dataset, names)
        for crossing in hourly["crossing_id"].unique(maintain_order=True).to_list()
    ]
    note = (
        "Simulated in each direction (solid: the busier; dashed: the other). First: vehicles, or the wagons of trains and ferries, "
        "that wait at each hour of the day. Second: how long the given share of them waits at most. Third: delay against the use of "
        "the weaker side, by formula (dots) and as the goods are sent with it (line); the tick is today's use."
    )
    return join(
        el("h3", "The longest waits, drawn"), el("p", note, class_="note"), el("div", cards, class_="cards")
    )


def _card(crossing: str, dataset: Dataset, names: Names) -> Html:
    hourly = dataset["crossing_hour"].filter(crossing_id=crossing)
    waits = dataset["crossing_wait"].filter(crossing_id=crossing)
    curve = dataset["crossing_curve"].filter(crossing_id=crossing).sort("percent")
    directions = hourly["direction"].unique(maintain_order=True).to_list()
    queues = [_points(hourly.filter(direction=d), "hour", "queue") for d in directions]
    spread = [_points(waits.filter(direction=d), "percent", "wait") for d in directions]
    used = dataset["crossing_performance"].filter(crossing_id=crossing)["utilisation"].to_list()
    now = f"; today {share(used[0])} is used" if used else ""
    most = max((y for line in queues for _, y in line), default=0.0)
    standing = f"up to {number(most)} wait" if most >= 0.005 else "nobody waits"
    slowest = max((y for _, y in _points(curve, "percent", "formula")), default=0.0)
    ninth = [y for line in spread for x, y in line if x == 90.0]
    return el(
        "article",
        el("h3", names.crossings.get(crossing, crossing)),
        el("p", " and ".join(directions), class_="note"),
        _chart(
            queues, (0.0, 23.0), ("0 h", "23 h"), standing, f"queue over the day, {standing}",
        ),
        _chart(
            spread, (0.0, 100.0), ("0 %", "all"),
            f"one in ten longer than {hours(ninth[0])}" if ninth else "",
            "wait that the given share of vehicles does not exceed",
        ),
        _chart(
            [_points(curve, "percent", "fitted")], (0.0, 100.0), ("0 %", "100 % used"), f"delay, up to {hours(slowest)}",
            f"delay against use of the weaker side{now}",
            dots=_points(curve, "percent", "formula"), tick=100.0 * used[0] if used and used[0] <= 1.0 else None,
        ),
    )  # fmt: skip


def _points(frame: pl.DataFrame, x: str, y: str) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in frame.sort(x).select(x, y).iter_rows()]


def _chart(
    lines: Sequence[Sequence[tuple[float, float]]],
    across: tuple[float, float],
    ends: tuple[str, str],
    title: str,
    label: str,
    *,
    dots: Sequence[tuple[float, float]] = (),
    tick: float | None = None,
) -> Html:
    """Return lines over one axis, the largest value at the top; the first solid, the others dashed."""
    top = max([y for line in [*lines, dots] for _, y in line] + [1e-9])
    first, last = across

    def at(x: float, y: float) -> str:
        a = _LEFT + (_RIGHT - _LEFT) * (x - first) / (last - first)
        return f"{a:.1f} {_FLOOR - (_FLOOR - _TOP) * max(y, 0.0) / top:.1f}"

    drawn = [el("path", d=f"M{_LEFT - 4} {_FLOOR}H{_RIGHT + 4}", class_="axis")]
    for i, line in enumerate(lines):
        if line:
            path = "M" + "L".join(at(x, y) for x, y in line)
            drawn.append(el("path", d=path, class_="past" if i == 0 else "ahead"))
    for x, y in dots:
        a, b = at(x, y).split()
        drawn.append(el("circle", cx=a, cy=b, r=1.6, class_="c1"))
    if tick is not None:
        a = at(tick, 0.0).split()[0]
        drawn.append(el("path", d=f"M{a} {_FLOOR}V{_TOP}", class_="limit"))
    drawn.append(el("text", ends[0], x=_LEFT - 4, y=104))
    drawn.append(el("text", ends[1], x=_RIGHT + 4, y=104, text_anchor="end"))
    drawn.append(el("text", title, x=_LEFT - 4, y=7))
    return el("svg", el("title", label), drawn, viewBox="0 0 270 110", class_="timeline", role="img")


def ranking(dataset: Dataset, names: Names) -> Html | None:
    """Return which crossings to rebuild first, with the interval of each, or None where none were ranked."""
    frame = dataset["rebuild_ranking"]
    if frame.is_empty():
        return None
    ranked = frame.drop_nulls("rank").sort("rank")
    roads = dataset["crossing"].filter(pl.col("kind") == "road")["crossing_id"].to_list()
    busy = dataset["crossing_performance"].filter(
        (pl.col("vehicles_per_day") > 0.0) & pl.col("crossing_id").is_in(roads)
    )
    rest = busy["crossing_id"].n_unique() - ranked.height
    if ranked.is_empty():
        return None
    most = float(ranked.select(pl.max_horizontal(pl.col("money_per_dollar_high").max(), pl.lit(1e-9))).item())
    rows = [_ranked(row, most, names) for row in ranked.iter_rows(named=True)]
    columns = [
        Column("Crossing"), Column("Place in nine draws of ten", numeric=True), Column("Saved per dollar", numeric=True),
        Column("Vehicle-hours per dollar", numeric=True), Column("Draws in which it pays", numeric=True),
        Column("Cost", numeric=True), Column("Tier", numeric=True),
    ]  # fmt: skip
    robust = ranked["robust_share"][0]
    told = "" if robust is None else f" {share(robust)} of the pairs have a robust order (nine draws of ten)."
    left = f" {rest} more carry goods but lie below data grade C and have no rank." if rest else ""
    caption = (
        "Both sides rebuilt, the loss during works subtracted; delay that is no queue stays. The band spans nine draws of ten, the "
        f"tick is the median, the line is one dollar saved per dollar.{told}{left}"
    )
    return join(el("h3", "Which to rebuild first"), table(columns, rows, caption=caption))


def _ranked(row: dict[str, Any], most: float, names: Names) -> list[Cell | Html | str]:
    low, middle, high = (row[f"money_per_dollar{end}"] for end in ("_low", "", "_high"))

    def x(value: float) -> float:
        return round(100.0 * min(max(value, 0.0), most) / most, 2)

    band = el(
        "svg", el("title", f"{number(low)} to {number(high)}, median {number(middle)}"),
        el("rect", x=0, y=0, width=100, height=8, class_="rail"),
        el("rect", x=x(low), y=0, width=max(round(x(high) - x(low), 2), 0.5), height=8, class_="c3"),
        el("rect", x=min(x(middle), 99.0), y=0, width=1, height=8, class_="c2"),
        el("rect", x=min(x(1.0), 99.5), y=0, width=0.5, height=8, class_="c1") if most >= 1.0 else None,
        viewBox="0 0 100 8", preserveAspectRatio="none", class_="strip", role="img",
    )  # fmt: skip
    return [
        names.crossings.get(row["crossing_id"], row["crossing_id"]),
        Cell(f"{number(row['place_low'])} to {number(row['place_high'])}", row["place_low"]),
        Cell(join(f"{number(middle)} ({number(low)} to {number(high)})", band), middle),
        Cell(
            f"{number(row['hours_per_dollar'])} ({number(row['hours_per_dollar_low'])} to "
            f"{number(row['hours_per_dollar_high'])})",
            row["hours_per_dollar"],
        ),
        Cell(share(row["pays"]), row["pays"]),
        Cell(f"{number(row['cost'] / 1e6)} million USD", row["cost"]),
        Cell(str(row["tier"]), float(row["tier"])),
    ]
