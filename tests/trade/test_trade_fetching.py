"""Asking statistical offices: the answers are made here and served on this machine; nobody else is asked."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from keruen import load
from keruen.chain.exchange import export_file, fetch_into
from keruen.errors import InputError, KeruenError
from keruen.trade import fetching
from keruen.trade.fetching import Query, fetch

BANK = [
    {"page": 1, "pages": 1, "per_page": 20000, "total": 3, "lastupdated": "2025-07-01"},
    [
        {"indicator": {"id": "NY.GDP.MKTP.CD", "value": "GDP (current US$)"}, "country": {"id": "AL", "value": "Ala"},
         "countryiso3code": "ALA", "date": year, "value": value, "unit": ""}
        for year, value in (("2024", None), ("2023", 2.5e9), ("2022", 2e9))
    ],
]  # fmt: skip
COMTRADE = {
    "count": 2, "error": "",
    "data": [
        {"reporterCode": 900, "partnerCode": 901, "refYear": 2023, "flowCode": flow, "primaryValue": value}
        for flow, value in (("X", 10.0), ("M", 12.0), ("RX", 1.0))
    ],
}  # fmt: skip
SDMX = """<m:StructureSpecificData xmlns:m="urn:m"><m:DataSet><Series geo="IT" UNIT_MULT="6">
<Obs TIME_PERIOD="2022" OBS_VALUE="1.5"/><Obs TIME_PERIOD="2023" OBS_VALUE="2.5"/></Series></m:DataSet></m:StructureSpecificData>"""
GDP = Query("worldbank", "NY.GDP.MKTP.CD", ("ALA",), first=2022, last=2024)


class Office:
    """A statistical office on this machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []
        self.answer: bytes = b""
        self.status = 200


@pytest.fixture
def office() -> Iterator[Office]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path)
            self.send_response(held.status)
            if held.status == 302:
                self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            self.wfile.write(held.answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    held = Office(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_world_bank_answers_once_and_is_kept(office: Office, tmp_path: Path) -> None:
    office.answer = json.dumps(BANK).encode()
    first = fetch(GDP, cache=tmp_path, base=office.address)
    again = fetch(GDP, cache=tmp_path, base=office.address)
    assert (first.cached, again.cached, len(office.asked)) == (False, True, 1)
    assert (
        office.asked[0] == "/country/ALA/indicator/NY.GDP.MKTP.CD?format=json&per_page=20000&date=2022:2024"
    )
    assert again.frame.rows() == [
        ("ALA", "2024", None),
        ("ALA", "2023", "2500000000.0"),
        ("ALA", "2022", "2000000000.0"),
    ]
    assert first.constants["vintage"] == "2025-07-01"
    fetch(GDP, cache=tmp_path, base=office.address, refresh=True)
    assert len(office.asked) == 2


def test_fetched_series_join_a_folder_with_their_citation(office: Office, tmp_path: Path) -> None:
    office.answer = json.dumps(BANK).encode()
    mine = export_file("csv", "starter", tmp_path / "mine")
    about = {"indicator_id": "gdp", "unit": "USD"}
    done, _ = fetch_into(GDP, mine, constants=about, cache=tmp_path / "c", base=office.address)
    assert done.added == {"series": 2}
    assert [f.problem for f in done.findings] == ["is empty"]
    rows = load(mine)["series"]
    assert rows.select("series_id", "year", "vintage", "value").rows() == [
        ("gdp/ALA/-/-/-", 2022, "2025-07-01", 2e9), ("gdp/ALA/-/-/-", 2023, "2025-07-01", 2.5e9),
    ]  # fmt: skip
    assert rows["citation"][0].startswith("World Bank, GDP (current US$) (NY.GDP.MKTP.CD), as of 2025-07-01")


def test_comtrade_keeps_who_reports_and_how_it_is_valued(office: Office, tmp_path: Path) -> None:
    office.answer = json.dumps(COMTRADE).encode()
    mine = export_file("csv", "starter", tmp_path / "mine")
    query = Query("comtrade", "TOTAL", ("900",), ("901",), 2023, 2023)
    fetch_into(query, mine, constants={"vintage": "2025"}, codes={"900": "ALA", "901": "BOR"},
               cache=tmp_path / "c", base=office.address)  # fmt: skip
    rows = load(mine)["series"].select("series_id", "reporter", "valuation", "value").rows()
    assert rows == [
        ("export/ALA/BOR/-/ALA", "ALA", "FOB", 10.0),
        ("import/ALA/BOR/-/ALA", "ALA", "CIF", 12.0),
    ]
    assert "reporterCode=900&partnerCode=901" in office.asked[0]


@pytest.mark.skipif(
    importlib.util.find_spec("sdmx") is None, reason="sdmx1 is not installed (pip install 'keruen[sdmx]')"
)
@pytest.mark.parametrize("source", ["eurostat", "imf"])
def test_sdmx_offices_are_asked_as_sdmx1_knows(office: Office, tmp_path: Path, source: str) -> None:
    office.answer = SDMX.encode()
    query = Query(source, "nama_10_gdp", first=2022, key="A.CP_MEUR.B1GQ.IT")
    found = fetch(query, cache=tmp_path, base=office.address)
    assert office.asked == ["/data/nama_10_gdp/A.CP_MEUR.B1GQ.IT?startPeriod=2022"]
    assert found.frame["OBS_VALUE"].to_list() == ["1.5", "2.5"]
    public = fetching._address(query, None)
    assert public.startswith(
        {"eurostat": "https://ec.europa.eu/eurostat/", "imf": "https://api.imf.org/"}[source]
    )


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeruenError, match=r"cannot be reached .* keruen import"):
        fetch(GDP, cache=tmp_path, base="http://127.0.0.1:9")
    assert list(tmp_path.iterdir()) == []


def test_too_much_is_refused_while_it_comes_in(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    office.answer = b"x" * 2000
    with pytest.raises(KeruenError, match="more than the limit of 1,000 bytes"):
        fetch(GDP, cache=tmp_path, base=office.address)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"<html>", "is no JSON"),
        (b'[{"message": [{"id": "120", "value": "Invalid value"}]}]', "says: Invalid value"),
        (b'[{"pages": 1}, []]', "holds no observation"),
        (b'[{"pages": 3}, []]', "cut off after the first page"),
        (b'[{"pages": 1}, [{"date": 1}]]', "is not laid out"),
        (b"{}", "is not laid out"),
    ],
)
def test_a_malformed_answer_is_told_and_not_kept(
    office: Office, tmp_path: Path, answer: bytes, problem: str
) -> None:
    office.answer = answer
    with pytest.raises(InputError, match=problem):
        fetch(GDP, cache=tmp_path, base=office.address)
    assert list(tmp_path.iterdir()) == []


def test_refusals_and_redirections_to_files_of_this_machine(office: Office, tmp_path: Path) -> None:
    office.status = 404
    with pytest.raises(KeruenError, match="answered 404"):
        fetch(GDP, cache=tmp_path, base=office.address)
    office.status = 302
    with pytest.raises(KeruenError):
        fetch(GDP, cache=tmp_path, base=office.address)
    assert list(tmp_path.iterdir()) == []


def test_a_query_that_lacks_something_asks_nobody(office: Office, tmp_path: Path) -> None:
    for query, problem in (
        (Query("oecd", "x"), "is none that Keruen asks"),
        (Query("worldbank", "x"), "names no country"),
        (Query("comtrade", "TOTAL", ("900",)), "lacks partners or years"),
    ):
        with pytest.raises(InputError, match=problem):
            fetch(query, cache=tmp_path, base=office.address)
    assert office.asked == []


def test_comtrade_cut_off_at_its_limit_is_refused(office: Office, tmp_path: Path) -> None:
    rows = COMTRADE["data"]
    assert isinstance(rows, list)
    office.answer = json.dumps({"data": rows * 200}).encode()
    with pytest.raises(InputError, match="cut off at 500 rows"):
        fetch(Query("comtrade", "TOTAL", ("900",), ("901",), 2023, 2023), cache=tmp_path, base=office.address)


def test_places_that_the_dataset_lacks_are_refused_and_nothing_is_written(
    office: Office, tmp_path: Path
) -> None:
    answer = json.loads(json.dumps(BANK))
    for row in answer[1]:
        row["countryiso3code"] = "XYZ"
    office.answer = json.dumps(answer).encode()
    mine = export_file("csv", "starter", tmp_path / "mine")
    with pytest.raises(InputError, match="names a place that does not exist"):
        fetch_into(
            GDP,
            mine,
            constants={"indicator_id": "gdp", "unit": "USD"},
            cache=tmp_path / "c",
            base=office.address,
        )
    assert load(mine)["series"].height == 0
