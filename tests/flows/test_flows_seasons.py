"""Months and tolls: what seasons do to demand and capacity, and what one class of goods pays and another does not."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from toy_freight import dataset, goods, link, node, random_dataset, wants

from keruen.errors import InputError
from keruen.flows import Assignment, assign, months, seasons
from keruen.network import build
from keruen.tables.dataset import Dataset


def on(found: Assignment, link_id: str) -> float:
    s = found.network.structure
    return float(found.volume[s.arc_link == s.link_ids.index(link_id)].sum())


def river(**other: Any) -> Dataset:
    """Grain moves in two months only; the short way freezes in January and is low in October."""
    share = {9: 0.75, 10: 0.25}
    return dataset(
        node=[node("a"), node("b", "CHN")],
        link=[link("short", "a", "b", annual_capacity=4e5), link("long", "a", "b", length=300.0)],
        commodity=[goods("grain"), goods("coal")],
        demand=[wants("a", "b", 1e5), wants("a", "b", 1.2e5, "coal")],
        seasonality=[{"commodity_id": "grain", "month": m, "share": share.get(m, 0.0)} for m in range(1, 13)],
        availability=[
            {"link_id": "short", "month": 1, "factor": 0.0, "cause": "ice"},
            {"link_id": "short", "month": 10, "factor": 0.25, "cause": "water level"},
        ],
        **other,
    )


def test_a_month_is_a_rate_of_the_year() -> None:
    net = build(river(), month=9)
    assert sorted(net.tonnes) == pytest.approx([1.2e5, 9e5])
    assert build(river(), month=10).capacity.min() == pytest.approx(1e5)
    assert net.in_month(None).tonnes.sum() == pytest.approx(2.2e5)
    with pytest.raises(ValueError, match="month 13"):
        net.in_month(13)


def test_twelve_months_carry_the_year() -> None:
    net = build(random_dataset(1))
    table = seasons(months(net))
    # no seasons are given, so every month is a twelfth and like the others
    assert table["tonnes"].to_list() == pytest.approx(
        [assign(net).freight.demand.sum() / 12.0] * 12, rel=1e-6
    )
    assert table["peak"].sum() == 1


def test_ice_closes_a_link_and_low_water_fills_it() -> None:
    found = months(build(river()))
    assert on(found[0], "short") == 0.0
    assert on(found[0], "long") == pytest.approx(1.2e5)
    assert on(found[8], "short") == pytest.approx(4e5, rel=1e-6)
    assert on(found[9], "short") == pytest.approx(1e5, rel=1e-6)
    table = seasons(found)
    assert table["tonnes"].sum() == pytest.approx(2.2e5, rel=1e-9)
    assert table.filter("peak")["month"].to_list() == [9]
    assert table.filter("peak")["worst_link"].to_list() == ["short"]
    assert table.filter(pl.col("waiting") > 1.0)["month"].to_list() == [9, 10]


def test_a_patch_keeps_the_month() -> None:
    net = build(river(), month=10)
    wider = net.patched([("link", "annual_capacity", net.locate("link", {"link_id": "short"}), 8e5)])
    assert wider.month == 10
    assert wider.capacity.min() == pytest.approx(2e5)


def test_shares_that_do_not_sum_to_one_and_unknown_names_are_refused() -> None:
    bad = dataset(
        node=[node("a"), node("b")],
        link=[link("l", "a", "b")],
        demand=[wants("a", "b", 1.0)],
        seasonality=[{"commodity_id": "grain", "month": 1, "share": 0.5}],
        availability=[{"link_id": "nowhere", "month": 1, "factor": 0.5}],
        toll=[{"toll_id": "t", "link_id": "elsewhere", "rate": 1.0, "price_year": 2024}],
    )
    with pytest.raises(InputError) as caught:
        build(bad)
    assert {(f.table, f.value) for f in caught.value.findings} == {
        ("seasonality", "0.5"), ("availability", "nowhere"), ("toll", "elsewhere"),
    }  # fmt: skip


def test_a_toll_is_paid_by_the_class_that_it_names() -> None:
    base = dataset(
        node=[node("a"), node("b")],
        link=[link("short", "a", "b"), link("long", "a", "b", length=300.0)],
        commodity=[goods("grain"), goods("coal")],
        demand=[wants("a", "b", 1e3), wants("a", "b", 1e3, "coal", "transit")],
        toll=[
            {"toll_id": "t1", "link_id": "short", "commodity_id": "coal", "rate": 3.0, "price_year": 2024},
            {"toll_id": "t2", "link_id": "short", "traffic_type": "transit", "rate": 1.0, "price_year": 2024},
        ],
    )
    found = assign(base)
    flow = found.tables()["flow"].filter(pl.col("link_id") == "short")
    by_goods = dict(flow.select("commodity_id", "tonnes").iter_rows())
    # 2.2 against 6.6 USD/t, and for coal in transit 4 more
    assert by_goods["grain"] == pytest.approx(1e3 / (1 + math.exp(-0.5 * 4.4)), rel=1e-9)
    assert by_goods["coal"] == pytest.approx(1e3 / (1 + math.exp(-0.5 * 0.4)), rel=1e-9)
    # a toll is no resource cost
    assert found.route_sums()["resource_cost"].max() == pytest.approx(6.0)


def test_the_command_names_the_peak_month(tmp_path: Path) -> None:
    countries = [{"place_id": c, "name": c, "kind": "country"} for c in ("KAZ", "CHN")]
    base = river(place=countries)
    for name in base:
        base[name].write_csv(tmp_path / f"{name}.csv")
    out = tmp_path / "flow.csv"
    command = [sys.executable, "-m", "keruen.cli", "assign", str(tmp_path), "--month", "peak", "-o", str(out)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr
    assert "month                9" in told.stdout
    assert "worst_link" in told.stdout
    flow = pl.read_csv(out).filter(pl.col("link_id") == "short")["flow"].sum()
    assert flow == pytest.approx(4e5, rel=1e-6)
    command[-3:] = ["13"]
    assert subprocess.run(command, capture_output=True, timeout=300).returncode != 0


def test_transfers_in_a_circle_at_a_negative_cost_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    base = river(place=[{"place_id": c, "name": c, "kind": "country"} for c in ("KAZ", "CHN")])
    for name in base:
        base[name].write_csv(tmp_path / f"{name}.csv")
    (tmp_path / "transfer.csv").write_text(
        "transfer_id,node_id,from_mode,to_mode,from_gauge,to_gauge,cost,time,annual_capacity\n"
        "there,a,rail,road,,,-5,1,\nback,a,road,rail,,,-5,nan,\n"
    )
    out = tmp_path / "flow.csv"
    command = [sys.executable, "-m", "keruen.cli", "assign", str(tmp_path), "-o", str(out)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert told.returncode == 1
    assert told.stderr.count("-5") == 2
    assert "time" in told.stderr
    assert not out.exists()
