"""Every collected fact is used by the model, or named here with the reason why it is not."""

from __future__ import annotations

import csv
import heapq
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from keruen.chain.evidence import weigh
from keruen.tables import Dataset, read_folder

UNUSED_ADDRESS = {  # address: why its page has no brief
    "https://europe-china.kz/kk/node/4324": "repeats the length of the road that its first page gives",
    "https://europe-china.kz/en/faq/7558": "gives a part of the same road, Aktobe - Taraz",
    "https://en.trend.az/casia/kazakhstan/3862536.html": "counts Europe, not the European Union, and eleven months",
}
NO_ADDRESS = {  # ports known by their place alone
    "Astrakhan", "Olya", "Anzali", "Noshahr",
}  # fmt: skip
OTHER_LENGTH = {  # section: why the model does not have the collected length
    ("Arys", "Kyzylorda"): "measured on a graph with a gap; the line has about 430 km",
    ("Kandyagash", "Aktobe"): "a straight line across a gap of the graph",
    ("Aktogay", "Semey"): "a straight line across a gap of the graph",
    ("Tobol", "Kartaly"): "a detour round a gap of the graph",
    (
        "Astana",
        "Tobol",
    ): "a detour round a gap of the graph: the road by rail to Kartaly is about as long as this",
    ("Ekibastuz", "Pavlodar"): "shorter than the straight line",
    ("Zhezkazgan", "Beyneu"): "two new lines joined by an old one; tested by their own lengths",
    ("Bakhty", "Ayagoz"): "two figures are published; the later is taken",
    ("Saksaulskaya", "Beyneu"): "its parts are bound to published lengths of other sections",
}
UNREAD = {  # topic: why its number is not in a brief
    "CPMM road SWD 2022": "speed with delay follows from the speed without it and the time at borders, which are both used",
}
NOT_A_PATH = {  # section: where it is looked at instead
    ("Almaty bypass", ""): "almaty_bypass",
    ("KZ-TM-IR railway", "(KZ 140 / TM 700 / IR 85)"): "ktm_iran_railway",
    ("Orenburg", "Tashkent (whole line)"): "orenburg_tashkent",
    ("Petropavl", "Shu (Trans-Kazakhstan)"): "petropavl_shu",
    ("Aksu", "Degelen (Konechnaya)"): "aksu_degelen",
    ("Altynkol..Bolashak (KZ part)", ""): "altynkol_bolashak",
}
SAME = {
    "Almaty-1": "Almaty",
    "Aktau port": "Aktau",
    "Astrakhan": "Astrakhan and Aksarayskaya",
    "Kostanay": "Kostanay and Rudny",
}


@pytest.fixture(scope="module")
def weighed() -> Dataset:
    return weigh(read_folder("kazakhstan")[0]).dataset


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("name", ["facts", "planning", "ports"])
def test_every_page_of_the_facts_has_a_brief(shared: Path, weighed: Dataset, name: str) -> None:
    known = {url.rstrip("/") for url in weighed["source"]["url"] if url}
    left: list[tuple[str, str]] = []
    before: list[str] = []
    for row in rows(shared / "facts" / f"{name}.csv"):
        found = re.findall(r"https?://[^\s;)]+", row["source"]) or (before if row["source"] == "same" else [])
        before = found
        label = row.get("item") or row.get("port") or row["topic"]
        if not found and label not in NO_ADDRESS:
            left.append((label, "no address"))
        for url in (u.rstrip("/") for u in found):
            cut = [k for k in known if len(url) > 30 and (k.startswith(url) or url.startswith(k))]
            if url not in known and not cut and url not in UNUSED_ADDRESS:
                left.append((label, url))
    assert left == []


def test_values_of_the_planning_table_are_read(shared: Path, weighed: Dataset) -> None:
    """Each number of the table stands in some statement, whatever its scale."""
    have = {
        abs(number)
        for row in weighed["statement"].iter_rows(named=True)
        for number in (row["value"], row["value_low"], row["value_high"])
        if number is not None
    }
    left = []
    for row in rows(shared / "facts" / "planning.csv"):
        if row["topic"] in UNREAD:
            continue
        for number in (float(x) for x in re.findall(r"\d+(?:\.\d+)?", row["value"])):
            if not any(
                abs(number * scale - h) <= 1e-3 * h for h in have for scale in (1.0, 1e3, 1e6, 1e9, 1e12)
            ):
                left.append((row["topic"], number))
    assert left == []


def test_sections_have_the_collected_lengths(shared: Path, weighed: Dataset) -> None:
    near: dict[str, list[tuple[str, float]]] = defaultdict(list)
    direct = {}
    for link in weighed["link"].iter_rows(named=True):
        direct[frozenset((link["from_node_id"], link["to_node_id"])), link["mode_id"]] = link["length"]
        if link["mode_id"] == "rail" and link["enabled"]:
            near[link["from_node_id"]].append((link["to_node_id"], link["length"]))
            near[link["to_node_id"]].append((link["from_node_id"], link["length"]))

    def shortest(start: str, end: str) -> float:
        queue, seen = [(0.0, start)], set[str]()
        while queue:
            km, at = heapq.heappop(queue)
            if at == end:
                return km
            if at not in seen:
                seen.add(at)
                for other, length in near[at]:
                    heapq.heappush(queue, (km + length, other))
        return float("inf")

    node = dict(weighed["node"].select("name", "node_id").iter_rows())
    told = set(weighed["figure"].filter(weighed["figure"]["indicator_id"] == "line_length")["place_id"])
    off = []
    for row in rows(shared / "facts" / "rail_sections.csv"):
        ends = row["from"], row["to"]
        if ends in NOT_A_PATH:
            assert NOT_A_PATH[ends] in told, ends
            continue
        a, b = (node[SAME.get(name, name)] for name in ends)
        km = float(re.findall(r"\d+(?:\.\d+)?", row["km_quoted"] or row["km_osm_scgraph"])[0])
        ours = direct.get((frozenset((a, b)), "rail")) or shortest(a, b)
        if ends not in OTHER_LENGTH and abs(ours / km - 1.0) > 0.03:
            off.append((ends, km, round(ours)))
    assert off == []


def test_ports_lie_where_they_are(shared: Path, weighed: Dataset) -> None:
    ports = {
        row["name"].split(" and ")[0]: (row["x_coord"], row["y_coord"])
        for row in weighed["node"].iter_rows(named=True)
        if row["located"]
    }
    for row in rows(shared / "facts" / "ports.csv"):
        name = {"Baku/Alat": "Alat"}.get(row["port"], row["port"])
        if row["lat"]:
            x, y = ports[name]
            assert abs(x - float(row["lon"])) < 0.1, name
            assert abs(y - float(row["lat"])) < 0.1, name
