"""Freight on small supernetworks: choices, capacities, queues, bans, and what can be asked of the flows."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from toy_freight import dataset, frame, goods, link, mode, node, random_dataset, wants

from keruen.errors import InputError, KeruenError
from keruen.flows import (
    Assignment,
    assign,
    flow_change,
    itineraries,
    scorecards,
    select_crossing,
    select_link,
)
from keruen.network import DelayFunction, build
from keruen.tables.dataset import Dataset
from keruen.tables.registry import TABLES


def two_ways(**short: object) -> Dataset:
    """Two rail links from a to b, 100 km in 2 h and 300 km in 6 h: 2.2 and 6.6 USD/t at 0.02 USD/t-km and 0.1 USD/t-h."""
    links = [link("short", "a", "b", **short), link("long", "a", "b", length=300.0)]
    return dataset(node=[node("a"), node("b", "CHN")], link=links, demand=[wants("a", "b", 1e6)])


def on(found: Assignment, link_id: str, forward: bool = True) -> float:
    s = found.network.structure
    arcs = (s.arc_link == s.link_ids.index(link_id)) & (s.arc_forward == forward)
    return float(found.volume[arcs].sum())


def test_logit_closed_form() -> None:
    found = assign(two_ways())
    # costs 2.2 and 6.6 USD/t, scale 0.5
    assert on(found, "short") == pytest.approx(1e6 / (1 + math.exp(-0.5 * 4.4)), rel=1e-9)
    assert found.gap <= 1e-6
    assert found.conservation < 1e-12
    assert found.stall == ""


def test_overlap_is_no_alternative() -> None:
    # b is reached by one link or over c, from where two equal links lead on: the two count as one and a bit
    links = [link("direct", "a", "b", length=200.0), link("ac", "a", "c", length=190.0)]
    links += [link(name, "c", "b", length=10.0) for name in ("one", "two")]
    net = dataset(node=[node(n) for n in "abc"], link=links, demand=[wants("a", "b", 900.0)])
    found = assign(net)
    # each route over c keeps 10/200 of its own and shares 190/200 with the other
    size = 10 / 200 + 190 / 200 / 2
    assert on(found, "direct") == pytest.approx(900 / (1 + 2 * size), rel=1e-9)
    assert on(found, "one") == pytest.approx(on(found, "two"), rel=1e-12)


def test_capacity_holds_and_its_wait_is_the_logit_price() -> None:
    found = assign(two_ways(annual_capacity=4e5))
    table = found.tables()["link_performance"].filter(
        pl.col("link_id") == "short", pl.col("from_node_id") == "a"
    )
    assert on(found, "short") == pytest.approx(4e5, rel=1e-8)
    assert table["utilisation"][0] <= 1.0
    # at 40 % against 60 % the short route must cost ln(0.6 / 0.4) / 0.5 more than the long one
    wait = (4.4 + math.log(0.6 / 0.4) / 0.5) / 0.1
    assert table["delay"][0] == pytest.approx(wait, rel=1e-6)


@pytest.mark.parametrize("model", ["ue", "so"])
def test_deterministic_choice_fills_the_short_way_first(model: str) -> None:
    found = assign(two_ways(annual_capacity=4e5), model=model)
    assert on(found, "short") == pytest.approx(4e5, rel=1e-6)
    assert on(found, "long") == pytest.approx(6e5, rel=1e-6)
    assert found.gap <= 1e-6
    assert on(assign(two_ways(), model=model), "long") == 0.0


def test_goods_without_room_stay_away_and_are_listed() -> None:
    net = dataset(
        node=[node("a"), node("b")],
        link=[link("l", "a", "b", annual_capacity=3e5)],
        demand=[wants("a", "b", 1e6)],
    )
    for model in ("logit", "ue"):
        found = assign(net, model=model)
        assert on(found, "l") == pytest.approx(3e5, rel=1e-6)
        assert found.unserved.sum() == pytest.approx(7e5, rel=1e-6)
        assert any("no room" in f.problem for f in found.findings)


def test_a_capacity_of_zero_closes_a_link() -> None:
    found = assign(two_ways(annual_capacity=0.0))
    assert on(found, "short") == 0.0
    assert on(found, "long") == pytest.approx(1e6)


def test_pairs_without_a_route_are_listed_and_the_rest_moves() -> None:
    net = dataset(
        node=[node("a"), node("b"), node("c")],
        link=[link("l", "a", "b")],
        demand=[wants("a", "b", 10.0), wants("a", "c", 5.0)],
    )
    found = assign(net)
    skim = found.tables()["skim"]
    assert skim.filter(~pl.col("reachable"))["destination"].to_list() == ["c"]
    assert on(found, "l") == pytest.approx(10.0)
    assert any("no permitted route" in f.problem for f in found.findings)


def test_a_ban_is_absent_for_those_it_names_alone() -> None:
    ban = {
        "restriction_id": "r", "regime": "test", "jurisdiction": "X", "reference": "Act 1", "country": None,
        "link_id": "short", "commodity_id": "coal", "effect": "ban", "valid_from": dt.date(2020, 1, 1),
    }  # fmt: skip
    base = dataset(
        node=[node("a"), node("b")],
        link=[link("short", "a", "b"), link("long", "a", "b", length=300.0)],
        commodity=[goods("grain"), goods("coal")],
        demand=[wants("a", "b", 1e3), wants("a", "b", 1e3, "coal")],
        restriction=[ban],
    )
    flow = assign(base).tables()["flow"].filter(pl.col("link_id") == "short")
    assert flow["commodity_id"].to_list() == ["grain"]
    licence = base.with_tables(restriction=frame("restriction", [ban | {"effect": "licence"}]))
    found = assign(licence)
    assert "coal" in found.tables()["flow"].filter(pl.col("link_id") == "short")["commodity_id"].to_list()
    assert any("under licence" in f.problem for f in found.findings)


def test_a_queue_is_an_equilibrium_of_wait_and_volume() -> None:
    crossing = {
        "crossing_id": "x",
        "name": "x",
        "kind": "rail",
        "link_id": "short",
        "node_id": "a",
        "grade": "B",
    }
    net = two_ways().with_tables(crossing=frame("crossing", [crossing]))
    queue = DelayFunction("x", 2, servers=2, service_time_h=4.0, throughput_t_per_year=1e6, base_delay_h=3.0)
    found = assign(net, delays=[queue], gap=1e-9)
    volume = on(found, "short")
    wait = queue(volume)
    cost = 2.2 + 0.1 * wait
    assert volume == pytest.approx(1e6 / (1 + math.exp(-0.5 * (6.6 - cost))), rel=1e-6)
    row = found.tables()["skim"].row(0, named=True)
    share = volume / 1e6
    assert row["border_time"] == pytest.approx(share * wait, rel=1e-6)
    ue = assign(net, delays=[queue], model="ue", gap=1e-10)
    assert 0.1 * queue(on(ue, "short")) == pytest.approx(4.4, rel=1e-6)
    assert select_crossing(found, "x").pairs["tonnes"].sum() == pytest.approx(volume)


def test_a_port_has_one_queue_for_both_directions() -> None:
    net = dataset(
        node=[node("a"), node("p", node_type="port"), node("q", node_type="port")],
        link=[link("rail", "a", "p"), link("ship", "p", "q", "sea", length=400.0)],
        transfer=[
            {"transfer_id": "rs", "from_mode": "rail", "to_mode": "sea", "cost": 5.0, "time": 24.0},
            {"transfer_id": "sr", "from_mode": "sea", "to_mode": "rail", "cost": 5.0, "time": 24.0},
        ],
        crossing=[{"crossing_id": "port", "name": "port", "kind": "port", "node_id": "p", "grade": "B"}],
        demand=[wants("a", "q", 4e5), wants("q", "a", 3e5)],
    )
    queue = DelayFunction("port", 2, servers=1, service_time_h=1.0, throughput_t_per_year=1e6)
    found = assign(net, delays=[queue])
    assert found.delay.max() == pytest.approx(queue(7e5), rel=1e-6)
    skim = found.tables()["skim"]
    assert skim["border_time"].to_list() == pytest.approx([24 + queue(7e5)] * 2, rel=1e-6)
    passed = select_crossing(found, "port")
    assert passed.paths.select(pl.col("tonnes", "ahead", "back").sum()).row(0) == pytest.approx(
        (7e5, 4e5, 3e5)
    )


def test_who_passes_a_port_starts_there_by_ship_or_changes_to_one() -> None:
    transfers = [("rail", "sea"), ("sea", "rail"), ("sea", "ocean")]
    net = dataset(
        node=[node("a"), node("p", node_type="port"), node("q", node_type="port"), node("r", node_type="port")],
        link=[link("rail", "a", "p"), link("ship", "q", "p", "sea", length=400.0), link("far", "p", "r", "ocean"),
              link("beyond", "p", "b"), link("by_land", "a", "b", length=900.0)],
        transfer=[{"transfer_id": f"{one}-{two}", "from_mode": one, "to_mode": two, "cost": 1.0, "time": 1.0} for one, two in transfers],
        crossing=[{"crossing_id": "port", "name": "port", "kind": "port", "node_id": "p", "grade": "B"}],
        corridor=[{"corridor_id": "k", "name": "k", "origin": "a", "destination": "q", "grade": "B"}],
        corridor_link=[{"corridor_id": "k", "link_id": "ship", "sequence": 0}],
        # to the ship, from the ship, from the port by ship, past the port from ship to ship, past it by land
        demand=[wants("a", "q", 1.0), wants("q", "a", 2.0), wants("p", "q", 4.0), wants("q", "r", 8.0), wants("a", "b", 16.0)],
    ).with_tables(mode=frame("mode", [mode(m) for m in ("rail", "sea", "ocean")]))  # fmt: skip
    net = net.with_tables(node=frame("node", [*net["node"].to_dicts(), node("b")]))
    found = assign(net)
    passed = select_crossing(found, "port")
    assert passed.pairs.select("origin", "destination", "ahead", "back").rows() == [
        ("p", "q", 4.0, 0.0), ("q", "a", 0.0, 2.0), ("a", "q", 1.0, 0.0)
    ]  # fmt: skip
    assert passed.paths["tonnes"].sum() == pytest.approx(
        sum(found.volume[found.network.structure.crossing_arcs["port"][0]])
    )
    # 400 km by ship of seven tonnes, and 100 km by rail of three
    on_corridor = passed.corridors(net).row(0, named=True)
    assert (on_corridor["tonnes"], on_corridor["share"]) == (7.0, 1.0)
    assert on_corridor["share_of_way"] == pytest.approx(2800 / 3100)


def test_an_unknown_crossing_is_refused() -> None:
    with pytest.raises(InputError, match="no such crossing"):
        assign(two_ways(), delays=[DelayFunction("nowhere", 0)])


@pytest.mark.parametrize("model", ["logit", "ue", "so"])
def test_empty_wagons_take_paths_of_the_way_back(model: str) -> None:
    # 800,000 t go out, 0.3 x 0.5 of the wagons come back empty: of 600,000 t the way back has 480,000 for its own goods
    net = dataset(
        node=[node("a"), node("b")],
        link=[link("rail", "a", "b", annual_capacity=6e5, directed=False), link("out", "a", "b", "road", length=100.0, directed=True),
              link("home", "b", "a", "road", length=300.0, directed=True)],
        demand=[wants("a", "b", 4e5), wants("b", "a", 9e5)],
    )  # fmt: skip
    plain = assign(net, model=model)
    trains = mode("rail") | {"empties_on_line": 0.5}
    found = assign(net.with_tables(mode=frame("mode", [trains, mode("road")])), model=model, gap=1e-9)
    out, home = on(found, "rail"), on(found, "rail", forward=False)
    assert on(plain, "rail", forward=False) == pytest.approx(6e5, rel=1e-6)
    assert home + 0.15 * out == pytest.approx(6e5, rel=1e-6)
    table = found.tables()["link_performance"].filter(
        pl.col("link_id") == "rail", pl.col("from_node_id") == "b"
    )
    assert (table["tonnes"].item(), table["utilisation"].item()) == pytest.approx((home, 1.0), rel=1e-6)
    assert found.stall == ""
    if model == "logit":
        # goods that go out pay for the path back of their wagons: 0.15 of the wait there, in hours
        wait = float(
            found.delay[(found.network.structure.arc_link == 2) & ~found.network.structure.arc_forward][0]
        )
        cheaper = math.log(out / (4e5 - out)) / 0.5
        assert cheaper == pytest.approx(0.0 - 0.1 * 0.15 * wait, rel=1e-5)


def test_classes_alike_collapse_to_one() -> None:
    one = two_ways(annual_capacity=4e5)
    split = one.with_tables(
        commodity=frame("commodity", [goods("grain"), goods("wheat")]),
        demand=frame("demand", [wants("a", "b", 3e5), wants("a", "b", 7e5, "wheat")]),
    )
    for model in ("logit", "ue"):
        assert on(assign(one, model=model), "short") == pytest.approx(
            on(assign(split, model=model), "short"), rel=1e-6
        )


@pytest.fixture(scope="module")
def national() -> Assignment:
    return assign(build(random_dataset(3)))


def test_tables_validate_and_agree(national: Assignment) -> None:
    tables = national.tables()
    for name, table in tables.items():
        TABLES[name].schema.validate(table)
        assert table.equals(table.sort(TABLES[name].keys))
    by_class = tables["flow"].group_by("link_id", "from_node_id").agg(pl.col("tonnes").sum())
    joined = (
        tables["link_performance"].join(by_class, on=["link_id", "from_node_id"], how="left").fill_null(0.0)
    )
    np.testing.assert_allclose(joined["tonnes"], joined["tonnes_right"], rtol=1e-9, atol=1e-6)
    on_paths: dict[str, float] = {}
    for links, tonnes in tables["path"].select("links", "tonnes").iter_rows():
        for name in links:
            on_paths[name] = on_paths.get(name, 0.0) + tonnes
    s = national.network.structure
    for a in np.flatnonzero(s.arc_link >= 0):
        name = ("" if s.arc_forward[a] else "-") + s.link_ids[s.arc_link[a]]
        assert on_paths.get(name, 0.0) == pytest.approx(national.volume[a], rel=1e-9, abs=1e-3)
    assert tables["path"]["tonnes"].sum() == pytest.approx(tables["skim"]["tonnes"].sum(), rel=1e-9)
    assert tables["link_performance"]["utilisation"].drop_nulls().max() <= 1.0


def test_certificate(national: Assignment) -> None:
    assert national.gap <= 1e-6
    assert national.conservation < 1e-12
    assert national.average_excess_cost < 1e-6
    assert national.overload <= 1e-8
    assert national.stall == ""


def test_selected_links_sum_to_the_volume(national: Assignment) -> None:
    performance = national.tables()["link_performance"]
    for link_id in performance.sort("tonnes", descending=True)["link_id"].unique(maintain_order=True)[:5]:
        total = performance.filter(pl.col("link_id") == link_id)["tonnes"].sum()
        assert select_link(national, link_id).pairs["tonnes"].sum() == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("column", ["enabled", "length", "annual_capacity"])
def test_a_warm_solve_equals_a_cold_one(national: Assignment, column: str) -> None:
    net = national.network
    busiest = int(np.argmax(np.where(net.structure.arc_link >= 0, national.volume, 0.0)))
    row = net.structure.arc_link[busiest]
    value = {"enabled": False, "length": 900.0, "annual_capacity": 0.5 * national.volume[busiest]}[column]
    changed = net.patched([("link", column, [row], value)])
    cold, warm = assign(changed), assign(changed, warm=national)
    assert warm.gap <= 1e-6
    np.testing.assert_allclose(warm.volume, cold.volume, rtol=1e-6, atol=1.0)
    assert not np.allclose(warm.volume, national.volume, rtol=1e-3)


def test_same_bytes_again(national: Assignment) -> None:
    again = assign(build(random_dataset(3)))
    for name, table in again.tables().items():
        assert table.equals(national.tables()[name])


def test_flow_change_accounts_for_every_tonne() -> None:
    links = [link("rail1", "a", "b"), link("road1", "a", "b", "road", length=120.0)]
    base = dataset(node=[node("a"), node("b")], link=links, demand=[wants("a", "b", 1000.0)])
    before = assign(base)
    net = before.network
    after = assign(
        net.patched(
            [
                ("link", "enabled", net.locate("link", {"link_id": "rail1"}), False),
                ("demand", "tonnes", [0], 1500.0),
            ]
        )
    )
    change = flow_change(before, after)
    row = change.pairs.row(0, named=True)
    rail = on(before, "rail1")
    assert row["generated"] == pytest.approx(500.0)
    assert row["lost"] == 0.0
    assert row["diverted"] == pytest.approx(rail)
    assert row["modal_shift"] == pytest.approx(rail)
    assert change.sources.rows() == [("road1", "rail1", pytest.approx(rail))]
    assert change.links["change"].sum() == pytest.approx(500.0)
    # the tables of a run say the same
    stored = [base.with_tables(**run.tables()) for run in (before, after)]
    again = flow_change(*stored)
    assert again.pairs.equals(change.pairs)
    assert again.links.equals(change.links)
    with pytest.raises(KeruenError, match="no paths"):
        flow_change(base, after)


def test_scorecards_and_itineraries() -> None:
    links = [
        link("west", "a", "b", annual_capacity=2e6), link("gauge", "b", "c", gauge=1435.0, annual_capacity=9e5, country="CHN"),
    ]  # fmt: skip
    net = dataset(
        node=[node("a"), node("b"), node("c", "CHN")],
        link=links,
        transfer=[{"transfer_id": "g", "from_mode": "rail", "to_mode": "rail", "from_gauge": 1520.0, "to_gauge": 1435.0,
                   "cost": 3.0, "time": 10.0}],
        tariff=[{"tariff_id": "t", "country": "KAZ", "mode_id": "rail", "rate": 0.05, "price_year": 2024}],
        corridor=[{"corridor_id": "k", "name": "k", "origin": "a", "destination": "c", "grade": "B"}],
        corridor_link=[{"corridor_id": "k", "link_id": "west", "sequence": 0}, {"corridor_id": "k", "link_id": "gauge", "sequence": 1}],
        demand=[wants("a", "c", 5e5)],
    )  # fmt: skip
    found = assign(net)
    card = scorecards(net, found.network, found)
    TABLES["corridor_scorecard"].schema.validate(card)
    row = card.row(0, named=True)
    assert (row["length"], row["time"], row["tightest_link"]) == (200.0, pytest.approx(14.0), "gauge")
    # 100 km at the tariff, 100 km at resource cost, and the change of gauge
    assert row["cost"] == pytest.approx(5.0 + 2.0 + 3.0)
    assert row["spare_capacity"] == pytest.approx(4e5)
    assert row["tonnes"] == pytest.approx(5e5)
    steps = itineraries(net, found)
    assert steps["activity"].to_list() == ["loading", "haul", "gauge change", "haul", "unloading"]
    assert steps["total_hours"][-1] == pytest.approx(14.0)
    assert steps["total_cost"][-1] == pytest.approx(10.0)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="model"):
        assign(two_ways(), model="best")
    with pytest.raises(ValueError, match="gap"):
        assign(two_ways(), gap=0.0)


def test_modes_compete() -> None:
    links = [link("rail", "a", "b"), link("road", "a", "b", "road", length=100.0, free_speed=100.0)]
    net = dataset(
        node=[node("a"), node("b")],
        link=links,
        mode=[mode("rail"), mode("road", 0.03)],
        demand=[wants("a", "b", 1e3)],
    )
    # rail 2 + 0.2, road 3 + 0.1 USD/t
    assert on(assign(net), "rail") == pytest.approx(1e3 / (1 + math.exp(-0.5 * 0.9)), rel=1e-9)
