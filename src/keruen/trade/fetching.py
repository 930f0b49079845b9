"""Series from the statistical offices themselves: World Bank, Eurostat, IMF and UN Comtrade.

Nothing here runs unless somebody asks for it by name. Receives what to ask for; hands on a frame of text with what its
columns mean, ready for :func:`keruen.trade.imports.series_rows`. An answer is kept on the disk and asked for once; one
that is larger than the limit is refused while it comes in. The addresses of Eurostat and the IMF are those that sdmx1
knows (extra ``sdmx``).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError, KeruenError
from keruen.formats.sdmx import read_sdmx
from keruen.tables.store import write_atomically

SOURCES = ("worldbank", "eurostat", "imf", "comtrade")
MAX_BYTES = 64 * 2**20
"""Largest answer that is taken."""
TIMEOUT = 60.0
"""Seconds without a byte after which an answer is given up."""
WORLD_BANK = "https://api.worldbank.org/v2"
COMTRADE = "https://comtradeapi.un.org/public/v1/preview/C/A/HS"
_SDMX = {"eurostat": "ESTAT", "imf": "IMF_DATA"}
_SDMX_ML = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
_MOST_ROWS = 500
"""Rows that Comtrade gives without a key; an answer of that size is cut off."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask for.

    Parameters
    ----------
    source
        One of :data:`SOURCES`.
    code
        World Bank indicator, Eurostat or IMF dataflow, or HS code (``TOTAL`` for all goods).
    places, partners
        Countries as the source codes them: ISO letters for the World Bank, numbers for Comtrade.
    first, last
        Years; None for all that there are.
    key
        Eurostat and IMF: the series wanted, as in ``A.CP_MEUR.B1GQ.IT``.
    """

    source: str
    code: str
    places: Sequence[str] = ()
    partners: Sequence[str] = ()
    first: int | None = None
    last: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Parameters
    ----------
    frame
        Text, one row an observation.
    columns, constants
        What its columns mean, and what holds for every row; see :func:`keruen.trade.import_series`.
    address
        Where it came from.
    cached
        Whether it was on the disk already.
    """

    frame: pl.DataFrame
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    address: str
    cached: bool


def cache_folder() -> Path:
    """Return where answers are kept unless another folder is given."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keruen"


def fetch(
    query: Query, *, cache: Path | None = None, refresh: bool = False, base: str | None = None
) -> Fetched:
    """Ask a statistical office for yearly series.

    Parameters
    ----------
    query
        What to ask for.
    cache
        Folder in which answers are kept; :func:`cache_folder` by default.
    refresh
        Whether to ask again although the answer is on the disk.
    base
        Address of the service, where it is not the public one.

    Raises
    ------
    InputError
        If the query lacks something, or the answer holds no observation, is malformed, or is cut off.
    KeruenError
        If the office cannot be reached, refuses, or sends too much; or sdmx1 is not installed.
    """
    address = _address(query, base)
    path = (
        cache or cache_folder()
    ) / f"{query.source}-{hashlib.sha256(address.encode()).hexdigest()[:24]}{_ending(query)}"
    cached = path.is_file() and not refresh
    if not cached:
        data = _download(address, _SDMX_ML if query.source in _SDMX else "application/json")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    try:
        frame, columns, constants = _READERS[query.source](path, query)
    except InputError:
        # What cannot be read is not worth keeping.
        path.unlink(missing_ok=True)
        raise
    return Fetched(frame, columns, constants, address, cached)


def _address(query: Query, base: str | None) -> str:
    if query.source not in SOURCES:
        raise _refused(query, "source", query.source, "is none that Keruen asks", f"use {', '.join(SOURCES)}")
    if query.source in _SDMX:
        return _sdmx_address(query, base)
    if not query.places:
        raise _refused(query, "places", "", "names no country", "give one or more with --place")
    if query.source == "worldbank":
        where = urllib.parse.quote(";".join(query.places), safe=";")
        span = {"date": f"{query.first or 1960}:{query.last or 2100}"} if query.first or query.last else {}
        asked = urllib.parse.urlencode({"format": "json", "per_page": "20000", **span}, safe=":")
        return f"{base or WORLD_BANK}/country/{where}/indicator/{urllib.parse.quote(query.code, safe='')}?{asked}"
    if query.first is None or query.last is None or not query.partners:
        raise _refused(query, "partners", "", "lacks partners or years", "give --partner, --from and --to")
    asked = urllib.parse.urlencode(
        {
            "reporterCode": ",".join(query.places), "partnerCode": ",".join(query.partners), "partner2Code": "0",
            "period": ",".join(map(str, range(query.first, query.last + 1))), "cmdCode": query.code,
            "flowCode": "M,X", "customsCode": "C00", "motCode": "0",
        },
        safe=",",
    )  # fmt: skip
    return f"{base or COMTRADE}?{asked}"


def _sdmx_address(query: Query, base: str | None) -> str:
    try:
        sdmx: Any = importlib.import_module("sdmx")
    except ImportError:
        raise KeruenError("Eurostat and the IMF are asked with an extra; install it with: pip install 'keruen[sdmx]'") from None  # fmt: skip
    if not query.key:
        raise _refused(query, "key", "", "names no series", "give --key, as in A.CP_MEUR.B1GQ.IT")
    years = {"startPeriod": query.first, "endPeriod": query.last}
    client = sdmx.Client(_SDMX[query.source])
    asked = client.get("data", query.code, key=query.key, dry_run=True,
                       params={name: str(year) for name, year in years.items() if year is not None})  # fmt: skip
    return str(asked.url) if base is None else str(asked.url).replace(str(client.source.url), base, 1)


def _ending(query: Query) -> str:
    return ".xml" if query.source in _SDMX else ".json"


def _download(address: str, accept: str) -> bytes:
    """Take an answer, as long as it is no larger than the limit."""
    host = urllib.parse.urlsplit(address).netloc
    asked = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": "keruen"})
    # Only the web: a redirection to a file of this machine must lead nowhere.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPRedirectHandler, urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):  # fmt: skip
        opener.add_handler(handler())
    try:
        with opener.open(asked, timeout=TIMEOUT) as answer:
            data: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise KeruenError(f"{host} answered {error.code} {error.reason}; check the code, the places and the years") from None  # fmt: skip
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise KeruenError(
            f"{host} cannot be reached ({reason}); connect to the network, or download the file elsewhere and use: keruen import"
        ) from None
    if len(data) > MAX_BYTES:
        raise KeruenError(
            f"{host} sends more than the limit of {MAX_BYTES:,} bytes; ask for fewer places or years"
        )
    return data


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _malformed(path, f"is no JSON: {error}") from None


Read = tuple[pl.DataFrame, dict[str, str], dict[str, str]]


def _world_bank(path: Path, query: Query) -> Read:
    """The answer is a pair: what it is, and the observations; or a message alone."""
    held = _json(path)
    try:
        if len(held) < 2:
            told = "; ".join(str(m["value"]) for m in held[0]["message"])
            raise _malformed(path, f"says: {told}")
        about, rows = held[0], held[1] or []
        if about["pages"] > 1:
            raise _malformed(path, "is cut off after the first page", "ask for fewer places or years")
        frame = pl.DataFrame(
            [(r["countryiso3code"] or r["country"]["id"], r["date"], None if r["value"] is None else repr(r["value"])) for r in rows],
            schema={"country": pl.String, "date": pl.String, "value": pl.String}, orient="row",
        )  # fmt: skip
        name = rows[0]["indicator"]["value"] if rows else ""
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _malformed(
            path, f"is not laid out as the World Bank says ({type(error).__name__}: {error})"
        ) from None
    day = str(about.get("lastupdated") or "")
    citation = f"World Bank, {name} ({query.code}), as of {day or 'an unknown day'}, {WORLD_BANK}"
    constants = {"citation": citation} | ({"vintage": day} if day else {})
    return _whole(path, frame), {"place_id": "country", "year": "date", "value": "value"}, constants


def _comtrade(path: Path, query: Query) -> Read:
    """Exports are FOB and imports CIF; who reports stays with every row, so both mirrors are kept."""
    held = _json(path)
    try:
        if held.get("error"):
            raise _malformed(path, f"says: {held['error']}")
        rows = held["data"]
        if len(rows) >= _MOST_ROWS:
            raise _malformed(path, f"is cut off at {_MOST_ROWS} rows", "ask for fewer places, goods or years")
        flows = {"X": ("export", "FOB"), "M": ("import", "CIF")}
        cells = [
            (str(r["reporterCode"]), str(r["partnerCode"]), str(r["refYear"]), *flows[r["flowCode"]],
             None if r["primaryValue"] is None else repr(r["primaryValue"]))
            for r in rows
            if r["flowCode"] in flows
        ]  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise _malformed(
            path, f"is not laid out as Comtrade says ({type(error).__name__}: {error})"
        ) from None
    names = ("reporter", "partner", "year", "indicator", "valuation", "value")
    frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    columns = {"place_id": "reporter", "partner_id": "partner", "reporter": "reporter", "year": "year",
               "indicator_id": "indicator", "valuation": "valuation", "value": "value"}  # fmt: skip
    constants = {"unit": "USD", "citation": f"UN Comtrade, HS {query.code}, {COMTRADE}"}
    if query.code != "TOTAL":
        constants["commodity_id"] = query.code
    return _whole(path, frame), columns, constants


def _sdmx(path: Path, query: Query) -> Read:
    office = {"eurostat": "Eurostat", "imf": "International Monetary Fund"}[query.source]
    return read_sdmx(path), {}, {"citation": f"{office}, {query.code}, {query.key}"}


_READERS = {"worldbank": _world_bank, "comtrade": _comtrade, "eurostat": _sdmx, "imf": _sdmx}


def _whole(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    if not frame.height:
        raise _malformed(path, "holds no observation", "check the code, the places and the years")
    return frame


def _malformed(path: Path, problem: str, remedy: str = "ask again with --refresh") -> InputError:
    return InputError([Finding("answer", path.name, "", "", problem, remedy)])


def _refused(query: Query, column: str, value: str, problem: str, remedy: str) -> InputError:
    return InputError([Finding("query", query.code, column, value, problem, remedy)])
