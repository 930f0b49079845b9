"""Read the text format of the Transportation Networks for Research repository (TNTP): a ``_net`` and a ``_trips`` file.

The format is loose in practice: comments start with ``~``, columns are named in a comment, rows end with ``;`` or do not,
spacing and case vary, and zones below ``<FIRST THRU NODE>`` are not to be passed through. Everything wrong is
reported at once with its line.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from keruen.errors import Finding, refuse_errors
from keruen.formats.road import Road

MAX_BYTES = 500_000_000
"""Files larger than this are refused before they are read."""
MAX_NODES = 10_000_000
"""Numbers of nodes beyond this are taken for a mistake."""

COLUMNS = (
    "init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type",
)  # fmt: skip
_TAG = re.compile(r"^<([^>]*)>\s*([^~]*)")
_TRIP = re.compile(r"([^\s:;]+)\s*:\s*([^\s:;]+)\s*")


@dataclass
class _Net:
    metadata: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[int, list[float]]] = field(default_factory=list)


def is_tntp(folder: str | Path) -> bool:
    """Whether a folder holds a TNTP network."""
    return bool(list(Path(folder).glob("*_net.tntp")))


def read(
    folder: str | Path, *, toll_factor: float | None = None, distance_factor: float | None = None
) -> Road:
    """Read the one network in a folder, and its trips.

    Parameters
    ----------
    folder
        Holds one ``*_net.tntp`` and one ``*_trips.tntp``.
    toll_factor, distance_factor
        Cost of a unit of toll, and of length, in units of time. When not given, those in the file's
        ``<TOLL FACTOR>`` and ``<DISTANCE FACTOR>``, else 0.

    Returns
    -------
    Road
        Links in the order of the file. Trips within a zone are left out: they use no link.

    Raises
    ------
    InputError
        With every finding: what cannot be read, is out of range or does not fit together.

    References
    ----------
    Bar-Gera, Transportation Network Test Problems; https://github.com/bstabler/TransportationNetworks.
    """
    findings: list[Finding] = []
    net_path = _only(Path(folder), "*_net.tntp", findings)
    trips_path = _only(Path(folder), "*_trips.tntp", findings)
    net_text = _text(net_path, findings)
    trips_text = _text(trips_path, findings)
    refuse_errors(findings)
    name, trips_name = str(net_path and net_path.name), str(trips_path and trips_path.name)
    net = _parse_net(net_text, name, findings)
    zones = _number(net.metadata, "NUMBER OF ZONES", name, findings)
    nodes = _number(net.metadata, "NUMBER OF NODES", name, findings)
    first = _number(net.metadata, "FIRST THRU NODE", name, findings, default=1)
    links = _number(net.metadata, "NUMBER OF LINKS", name, findings, default=len(net.rows))
    if links != len(net.rows):
        problem = f"the header says {links} links but {len(net.rows)} rows can be read"
        findings.append(
            Finding(name, "", "NUMBER OF LINKS", str(links), problem, "correct the header or the rows")
        )
    factors = []
    for given, tag in ((toll_factor, "TOLL FACTOR"), (distance_factor, "DISTANCE FACTOR")):
        factors.append(given if given is not None else _real(net.metadata, tag, name, findings))
    table = np.array([row for _, row in net.rows], dtype=np.float64).reshape(-1, len(COLUMNS))
    lines = [line for line, _ in net.rows]
    _check_links(table, lines, nodes, name, findings)
    origin, destination, trips = _parse_trips(trips_text, trips_name, zones, findings)
    refuse_errors(findings)
    return Road(
        node_ids=tuple(str(i + 1) for i in range(nodes)),
        tail=(table[:, 0] - 1).astype(np.int32),
        head=(table[:, 1] - 1).astype(np.int32),
        capacity=table[:, 2],
        free_time=table[:, 4],
        b=table[:, 5],
        power=table[:, 6],
        fixed=factors[0] * table[:, 8] + factors[1] * table[:, 3],
        first_through=first - 1,
        origin=np.array(origin, dtype=np.int32),
        destination=np.array(destination, dtype=np.int32),
        trips=np.array(trips, dtype=np.float64),
    )


def _only(folder: Path, pattern: str, findings: list[Finding]) -> Path | None:
    if not folder.is_dir():
        findings.append(
            Finding(str(folder), "", "", "", "is no folder", "give the folder that holds the files")
        )
        return None
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        problem = f"holds {len(found)} files {pattern}"
        findings.append(Finding(str(folder), "", "", "", problem, "keep just one in the folder"))
        return None
    return found[0]


def _text(path: Path | None, findings: list[Finding]) -> str:
    if path is None:
        return ""
    if not path.is_file():
        findings.append(Finding(path.name, "", "", "", "is no file", "give a text file of that name"))
        return ""
    size = path.stat().st_size
    if size > MAX_BYTES:
        problem = f"is larger than {MAX_BYTES:,} bytes"
        findings.append(Finding(path.name, "", "", str(size), problem, "split the model"))
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        problem = f"is not UTF-8 at byte {fault.start}"
        findings.append(Finding(path.name, "", "", "", problem, "save the file as UTF-8"))
        return ""


def _parse_net(text: str, name: str, findings: list[Finding]) -> _Net:
    net = _Net()
    names = list(COLUMNS)
    ended = False
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        tag = _TAG.match(bare)
        if tag and not ended:
            net.metadata[tag[1].strip().upper()] = tag[2].strip()
            ended = tag[1].strip().upper() == "END OF METADATA"
            continue
        if bare.startswith("~"):
            given = bare.strip("~; \t").lower().split()
            if "init_node" in given and "term_node" in given:
                names = given
            continue
        bare = bare.split("~")[0].split(";")[0].strip()
        if not bare or (tag and tag[1]):
            continue
        cells = bare.split()
        if len(cells) < 7:
            problem = f"has {len(cells)} columns where at least 7 are needed"
            findings.append(
                Finding(name, f"line {number}", "", bare[:60], problem, "give init_node to power")
            )
            continue
        found = dict(zip(names, cells, strict=False))
        row = []
        for column in COLUMNS:
            cell = found.get(column, "0")
            if column == "link_type":
                row.append(0.0)
                continue
            try:
                value = float(cell)
            except ValueError:
                value = math.nan
            if math.isnan(value):
                findings.append(
                    Finding(name, f"line {number}", column, cell, "is no number", "give a decimal number")
                )
            row.append(value)
        net.rows.append((number, row))
    return net


def _number(
    metadata: dict[str, str], tag: str, name: str, findings: list[Finding], default: int | None = None
) -> int:
    value = metadata.get(tag, "")
    if not value and default is not None:
        return default
    if not re.fullmatch(r"\d{1,12}", value) or not 0 <= int(value) <= MAX_NODES:
        problem = "is missing" if not value else f"is no whole number up to {MAX_NODES:,}"
        findings.append(
            Finding(name, "", tag, value, problem, f"write <{tag}> and the number before the rows")
        )
        return 0
    return int(value)


def _real(metadata: dict[str, str], tag: str, name: str, findings: list[Finding]) -> float:
    value = metadata.get(tag, "")
    try:
        found = float(value) if value else 0.0
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and found >= 0.0):
        findings.append(Finding(name, "", tag, value, "is no number from 0 up", "give a decimal number"))
    return found


def _check_links(
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    lines: list[int],
    nodes: int,
    name: str,
    findings: list[Finding],
) -> None:
    limits = (
        ("init_node", 1.0, float(nodes), f"a node from 1 to {nodes}"),
        ("term_node", 1.0, float(nodes), f"a node from 1 to {nodes}"),
        ("capacity", 0.0, math.inf, "a number from 0 up"),
        ("length", 0.0, math.inf, "a number from 0 up"),
        ("free_flow_time", 0.0, math.inf, "a number from 0 up"),
        ("b", 0.0, math.inf, "a number from 0 up"),
        ("power", 0.0, 1000.0, "a number from 0 to 1000"),
        ("toll", 0.0, math.inf, "a number from 0 up"),
    )
    for column, low, high, what in limits:
        values = table[:, COLUMNS.index(column)]
        with np.errstate(invalid="ignore"):
            fine = np.isfinite(values) & (values >= low) & (values <= high)
            if column.endswith("node"):
                fine &= values == np.floor(values)
        # what is no number at all has its finding already
        for i in np.flatnonzero(~fine & ~np.isnan(values)):
            findings.append(
                Finding(name, f"line {lines[i]}", column, f"{values[i]:g}", "is out of range", f"give {what}")
            )


def _parse_trips(
    text: str, name: str, zones: int, findings: list[Finding]
) -> tuple[list[int], list[int], list[float]]:
    trips: dict[tuple[int, int], float] = {}
    origin = 0
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.split("~")[0].strip()
        if not bare or bare.startswith("<"):
            continue
        where = f"line {number}"
        if bare.lower().startswith("origin"):
            origin = _zone(bare[6:].strip(" :;\t"), where, zones, name, findings)
            continue
        rest = _TRIP.sub("", bare).replace(";", "").strip()
        if rest:
            findings.append(
                Finding(name, where, "", rest[:60], "cannot be read", "write destination : trips;")
            )
        for zone, value in _TRIP.findall(bare):
            destination = _zone(zone, where, zones, name, findings)
            try:
                volume = float(value)
            except ValueError:
                volume = math.nan
            if not (math.isfinite(volume) and volume >= 0.0):
                findings.append(Finding(name, where, "trips", value, "is no number from 0 up", "correct it"))
            elif origin and destination and volume > 0.0 and origin != destination:
                key = origin - 1, destination - 1
                trips[key] = trips.get(key, 0.0) + volume
    keys = sorted(trips)
    return [o for o, _ in keys], [d for _, d in keys], [trips[key] for key in keys]


def _zone(value: str, where: str, zones: int, name: str, findings: list[Finding]) -> int:
    if re.fullmatch(r"\d{1,12}", value) and 1 <= int(value) <= zones:
        return int(value)
    findings.append(
        Finding(name, where, "zone", value[:40], f"is no zone from 1 to {zones}", "correct the zone")
    )
    return 0
