"""Read a folder in the General Modeling Network Specification: ``node.csv``, ``link.csv`` and the trips.

GMNS says nothing of trips. They are read from ``demand.csv`` (``o_zone_id``, ``d_zone_id``, ``volume``, as in the tools
built on GMNS) or, where there is none, from the one ``.omx`` file of the folder. GMNS ``capacity`` is vehicles per hour and
lane. ``config.csv`` may name the units of length and speed; column names cut to ten letters are understood.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keruen.errors import Finding, Severity, refuse_errors
from keruen.formats import omx
from keruen.formats.road import Road

MAX_BYTES = 500_000_000
"""Files larger than this are refused before they are read."""

KILOMETRES = {"km": 1.0, "kilometer": 1.0, "m": 1e-3, "meter": 1e-3, "mile": 1.609344, "mi": 1.609344, "ft": 0.3048e-3,
              "foot": 0.3048e-3, "feet": 0.3048e-3}  # fmt: skip
"""Lengths of the units that ``config.csv`` may name."""
KILOMETRES_PER_HOUR = {"kph": 1.0, "km/h": 1.0, "kmh": 1.0, "mph": 1.609344}
"""Speeds of the units that ``config.csv`` may name."""

Row = dict[str, str]


@dataclass
class _Links:
    """Links as they are gathered, one entry for each direction."""

    name: list[str]
    tail: list[int]
    head: list[int]
    number: list[tuple[float, ...]]


def is_gmns(folder: str | Path) -> bool:
    """Whether a folder holds a GMNS network rather than a Keruen one, whose links carry a ``mode_id``."""
    link = Path(folder) / "link.csv"
    if not (link.is_file() and (Path(folder) / "node.csv").is_file()):
        return False
    with link.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline().split(",")
    return "mode_id" not in header and any(name.strip().startswith("from_node_") for name in header)


def read(folder: str | Path, *, toll_factor: float = 0.0, distance_factor: float = 0.0) -> Road:
    """Read a network and its trips.

    Parameters
    ----------
    folder
        Holds ``node.csv``, ``link.csv``, the trips and perhaps ``config.csv``.
    toll_factor, distance_factor
        Cost in hours of a unit of toll, and of length as written.

    Returns
    -------
    Road
        Links in the order of the file; one that is not directed appears twice, there and back. Times are hours where
        ``config.csv`` names the units, else length over speed as they are. The BPR coefficients are those of the
        columns ``vdf_alpha`` and ``vdf_beta``, else 0.15 and 4; a link without a capacity does not congest,
        and one without a free speed is closed.

    Raises
    ------
    InputError
        With every finding.

    References
    ----------
    Zephyr Foundation, General Modeling Network Specification 0.96, https://github.com/zephyr-data-specs/GMNS.
    """
    folder = Path(folder)
    findings: list[Finding] = []
    nodes = _rows(folder / "node.csv", ("node_id",), findings)
    links = _rows(folder / "link.csv", ("link_id", "from_node_id", "to_node_id"), findings)
    config = _rows(folder / "config.csv", (), findings) if (folder / "config.csv").is_file() else []
    index: dict[str, int] = {}
    zone: dict[str, int] = {}
    for line, row in enumerate(nodes, start=2):
        name = row["node_id"]
        if not name or name in index:
            problem = "is empty" if not name else "is there twice"
            findings.append(
                Finding("node.csv", f"line {line}", "node_id", name, problem, "give every node one name")
            )
            continue
        index[name] = len(index)
        if row.get("zone_id"):
            zone.setdefault(row["zone_id"], index[name])
    hours = _hours(config[0] if config else {}, findings)
    gathered = _Links([], [], [], [])
    for line, row in enumerate(links, start=2):
        _add(row, f"line {line}", index, hours, (toll_factor, distance_factor), gathered, findings)
    trips = _demand(folder, zone or index, findings)
    warnings = refuse_errors(findings)
    numbers = np.array(gathered.number, dtype=np.float64).reshape(-1, 5)
    pairs = sorted(trips)
    return Road(
        node_ids=tuple(index),
        tail=np.array(gathered.tail, dtype=np.int32),
        head=np.array(gathered.head, dtype=np.int32),
        capacity=numbers[:, 0],
        free_time=numbers[:, 1],
        b=numbers[:, 2],
        power=numbers[:, 3],
        fixed=numbers[:, 4],
        first_through=0,
        origin=np.array([o for o, _ in pairs], dtype=np.int32),
        destination=np.array([d for _, d in pairs], dtype=np.int32),
        trips=np.array([trips[pair] for pair in pairs], dtype=np.float64),
        link_ids=tuple(gathered.name),
        findings=tuple(warnings),
    )


def _rows(path: Path, needed: tuple[str, ...], findings: list[Finding]) -> list[Row]:
    """Return the rows of a file, cells stripped, columns under their full names."""
    if not path.is_file():
        findings.append(Finding(path.name, "", "", "", "is missing", f"add {path.name} to the folder"))
        return []
    size = path.stat().st_size
    if size > MAX_BYTES:
        findings.append(
            Finding(path.name, "", "", str(size), f"is larger than {MAX_BYTES:,} bytes", "split it")
        )
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as fault:
        problem = f"is not UTF-8 at byte {fault.start}"
        findings.append(Finding(path.name, "", "", "", problem, "save the file as UTF-8"))
        return []
    reader = csv.reader(lines)
    header = [name.strip() for name in next(reader, [])]
    full = {name[:10]: name for name in ("from_node_id", "to_node_id", "allowed_uses", "facility_type")}
    header = [full.get(name, name) for name in header]
    missing = [name for name in needed if name not in header]
    for name in missing:
        findings.append(Finding(path.name, "", name, "", "is a column that is missing", "add the column"))
    if missing:
        return []
    found = []
    for line, cells in enumerate(reader, start=2):
        if len(cells) > len(header):
            problem = f"has {len(cells)} cells under {len(header)} columns"
            findings.append(
                Finding(path.name, f"line {line}", "", "", problem, "quote cells that hold commas")
            )
        found.append(dict.fromkeys(header, "") | {k: v.strip() for k, v in zip(header, cells, strict=False)})
    return found


def _hours(config: Row, findings: list[Finding]) -> float:
    """Return what length over speed is to be multiplied by to give hours; 1 where the units are not named."""
    length = (config.get("long_length") or config.get("length") or "").lower()
    speed = (config.get("speed") or "").lower()
    for column, unit, known in (("length", length, KILOMETRES), ("speed", speed, KILOMETRES_PER_HOUR)):
        if unit and unit not in known:
            remedy = f"use one of {', '.join(known)}"
            findings.append(Finding("config.csv", "line 2", column, unit, "is no known unit", remedy))
    return KILOMETRES.get(length, 1.0) / KILOMETRES_PER_HOUR.get(speed, 1.0)


def _add(
    row: Row,
    where: str,
    index: dict[str, int],
    hours: float,
    factors: tuple[float, float],
    links: _Links,
    findings: list[Finding],
) -> None:
    """Add a link, and its way back if it has one."""
    ends = []
    for column in ("from_node_id", "to_node_id"):
        if row[column] not in index:
            findings.append(
                Finding("link.csv", where, column, row[column], "is no node", "add it to node.csv")
            )
        else:
            ends.append(index[row[column]])
    length = _real(row, "length", where, findings)
    speed = _real(row, "free_speed", where, findings)
    capacity = _real(row, "capacity", where, findings)
    lanes = _real(row, "lanes", where, findings)
    alpha = _real(row, "vdf_alpha", where, findings)
    beta = _real(row, "vdf_beta", where, findings)
    toll = _real(row, "toll", where, findings)
    if length is None:
        problem, remedy = "is not given", "give a number from 0 up"
        findings.append(Finding("link.csv", where, "length", "", problem, remedy))
    if not speed:
        problem, remedy = "is not above 0", "the link is taken as closed; give its free speed"
        value = row.get("free_speed", "")
        findings.append(Finding("link.csv", where, "free_speed", value, problem, remedy, Severity.WARNING))
        # a link that congests and has no capacity is closed
        speed, capacity, alpha = 1.0, 0.0, 1.0
    if len(ends) < 2 or length is None:
        return
    number = (
        math.inf if capacity is None else capacity * max(lanes or 1.0, 1.0),
        hours * max(length, 1e-9) / speed if capacity == 0.0 else hours * length / speed,
        0.0 if capacity is None else (0.15 if alpha is None else alpha),
        4.0 if beta is None else beta,
        factors[0] * (toll or 0.0) + factors[1] * length,
    )
    both = row.get("directed", "1").lower() in ("0", "false")
    for tail, head in (ends, ends[::-1]) if both else (ends,):
        links.name.append(row["link_id"])
        links.tail.append(tail)
        links.head.append(head)
        links.number.append(number)


def _real(
    row: Row, column: str, where: str, findings: list[Finding], table: str = "link.csv"
) -> float | None:
    """Return a cell as a number from 0 up, None where it is empty."""
    cell = row.get(column, "")
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value >= 0.0:
        return value
    findings.append(Finding(table, where, column, cell, "is no number from 0 up", "correct the number"))
    return None


def _demand(folder: Path, zone: dict[str, int], findings: list[Finding]) -> dict[tuple[int, int], float]:
    """Return trips by pair of nodes; zones are those of node.csv, or the nodes where it names none."""
    trips: dict[tuple[int, int], float] = {}
    path = folder / "demand.csv"
    matrices = sorted(folder.glob("*.omx"))
    given: list[tuple[str, str, str, float | None]] = []
    if path.is_file():
        for line, row in enumerate(_rows(path, ("o_zone_id", "d_zone_id", "volume"), findings), start=2):
            where = f"line {line}"
            volume = _real(row, "volume", where, findings, "demand.csv")
            given.append((where, row["o_zone_id"], row["d_zone_id"], volume))
        table = "demand.csv"
    elif len(matrices) == 1:
        matrix = omx.read(matrices[0])
        pairs = zip(matrix.origin, matrix.destination, matrix.value, strict=True)
        given = [(matrix.name, matrix.zones[o], matrix.zones[d], float(v)) for o, d, v in pairs]
        table = matrices[0].name
        for where, o, d, value in given:
            if value is not None and value < 0.0:
                findings.append(
                    Finding(table, where, f"{o} to {d}", f"{value:g}", "is negative", "correct it")
                )
    else:
        problem = f"holds no demand.csv and {len(matrices)} OMX files"
        findings.append(Finding(str(folder), "", "", "", problem, "add demand.csv or just one OMX file"))
        return trips
    for where, o, d, volume in given:
        for column, name in (("o_zone_id", o), ("d_zone_id", d)):
            if name not in zone:
                findings.append(
                    Finding(table, where, column, name, "is no zone of node.csv", "correct the zone")
                )
        if o in zone and d in zone and zone[o] != zone[d] and volume:
            key = zone[o], zone[d]
            trips[key] = trips.get(key, 0.0) + volume
    return trips
