"""The supernetwork and its patches."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_freight import dataset, goods, link, mode, node, random_dataset, wants

from keruen.errors import InputError, KeruenError
from keruen.network import PATCHABLE, SINK, SOURCE, DelayFunction, Network, build
from keruen.tables.dataset import Dataset

ARRAYS = (
    "service_time",
    "enabled",
    "time",
    "length",
    "resource_cost",
    "emission",
    "charge",
    "capacity",
    "value_of_time",
    "scale",
    "tonnes",
)


def arcs(net: Network) -> list[tuple[str, str, str, str]]:
    """Return (from node, mode, to node, mode) of every arc."""
    s = net.structure
    names = [*s.mode_ids, "sink", "source"]
    return [
        (
            s.node_ids[s.vertex_node[a]], names[s.vertex_mode[a]],
            s.node_ids[s.vertex_node[b]], names[s.vertex_mode[b]],
        )
        for a, b in zip(s.tail, s.head, strict=True)
    ]  # fmt: skip


def test_vertices_and_arcs_of_two_modes() -> None:
    net = build(
        dataset(
            node=[node("a"), node("b", zone=False)],
            link=[link("r", "a", "b"), link("s", "a", "b", "road", directed=True)],
            transfer=[{"transfer_id": "t", "from_mode": "rail", "to_mode": "road", "cost": 1.0, "time": 2.0}],
            demand=[],
        )
    )
    assert SOURCE == -1
    assert SINK == -2
    assert sorted(arcs(net)) == sorted(
        [
            ("a", "rail", "b", "rail"), ("b", "rail", "a", "rail"), ("a", "road", "b", "road"),
            ("a", "rail", "a", "road"), ("b", "rail", "b", "road"),
            ("a", "source", "a", "rail"), ("a", "source", "a", "road"), ("a", "rail", "a", "sink"), ("a", "road", "a", "sink"),
        ]
    )  # fmt: skip
    assert any("loading" in f.problem for f in net.findings)


def test_a_transfer_that_names_the_node_wins() -> None:
    general = {"transfer_id": "any", "from_mode": "rail", "to_mode": "road", "cost": 1.0, "time": 2.0}
    special = general | {"transfer_id": "here", "node_id": "a", "cost": 9.0}
    net = build(
        dataset(
            node=[node("a"), node("b")],
            link=[link("r", "a", "b"), link("s", "a", "b", "road")],
            transfer=[general, special],
        )
    )
    s = net.structure
    cost = {s.node_ids[s.arc_node[a]]: net.resource_cost[a] for a in np.flatnonzero(s.arc_transfer >= 0)}
    assert cost == {"a": 9.0, "b": 1.0}


def test_gauges_do_not_join_by_themselves() -> None:
    base = {
        "node": [node("a"), node("b"), node("c")],
        "link": [link("w", "a", "b"), link("n", "b", "c", gauge=1435.0)],
    }
    free = build(dataset(**base))
    assert not [a for a in arcs(free) if a[0] == a[2] == "b" and a[1] == a[3] == "rail"]
    change = {
        "transfer_id": "g", "from_mode": "rail", "to_mode": "rail", "from_gauge": 1520.0, "to_gauge": 1435.0,
        "cost": 3.0, "time": 8.0,
    }  # fmt: skip
    joined = build(dataset(**base, transfer=[change]))
    assert len([a for a in arcs(joined) if a[0] == a[2] == "b" and a[1] == a[3] == "rail"]) == 1


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"paths_per_day": 40.0, "passenger_paths": 10.0, "train_net_load": 2000.0}, 30 * 2000 * 365),
        ({"paths_per_day": 5.0, "passenger_paths": 10.0, "train_net_load": 2000.0}, 0.0),
        ({"paths_per_day": 40.0, "train_net_load": 2000.0}, 40 * 2000 * 365),
        ({"annual_capacity": 7e6}, 7e6),
        ({}, np.inf),
    ],
)
def test_capacity_of_a_link(given_: dict[str, Any], expected: float) -> None:
    net = build(dataset(node=[node("a"), node("b")], link=[link("r", "a", "b", **given_)]))
    assert net.capacity[net.structure.arc_capacity[0]] == expected
    assert any("unknown" in f.problem for f in net.findings) == np.isinf(expected)


def test_the_most_specific_tariff_applies() -> None:
    rates = [
        {"tariff_id": "all", "mode_id": "rail", "rate": 0.01, "price_year": 2024},
        {"tariff_id": "kaz", "mode_id": "rail", "country": "KAZ", "rate": 0.02, "price_year": 2020},
        {"tariff_id": "kaz_new", "mode_id": "rail", "country": "KAZ", "rate": 0.03, "price_year": 2024},
        {
            "tariff_id": "grain",
            "mode_id": "rail",
            "country": "KAZ",
            "commodity_id": "grain",
            "rate": 0.04,
            "price_year": 2020,
        },
    ]
    net = build(
        dataset(
            node=[node("a"), node("b", "CHN")],
            link=[link("k", "a", "b"), link("c", "a", "b", country="CHN")],
            tariff=rates,
            commodity=[goods("coal"), goods("grain")],
            demand=[wants("a", "b", 1.0), wants("a", "b", 1.0, "coal")],
        )
    )
    s = net.structure
    charge = {
        (
            net.tables["commodity"]["commodity_id"][int(s.class_commodity[k])],
            s.link_ids[s.arc_link[a]],
        ): net.charge[k, a]
        for k in range(2)
        for a in np.flatnonzero((s.arc_link >= 0) & s.arc_forward)
    }
    assert charge == pytest.approx(
        {("coal", "k"): 3.0, ("grain", "k"): 4.0, ("coal", "c"): 1.0, ("grain", "c"): 1.0}
    )


def test_a_service_is_faster_on_its_mode_alone() -> None:
    net = build(
        dataset(
            node=[node("a"), node("b")],
            link=[link("rails", "a", "b"), link("way", "a", "b", mode_id="road", gauge=None)],
            mode=[mode("rail"), mode("road")],
            commodity=[goods("boxes"), goods("coal")],
            service=[{"commodity_id": "boxes", "mode_id": "rail", "speed_factor": 2.0}],
            demand=[wants("a", "b", 1.0, "boxes"), wants("a", "b", 1.0, "coal")],
        )
    )
    s = net.structure
    hours = {
        (net.tables["commodity"]["commodity_id"][int(s.class_commodity[k])], s.link_ids[s.arc_link[a]]):
            (net.time + net.service_time[k])[a] / net.time[a]
        for k in range(2)
        for a in np.flatnonzero((s.arc_link >= 0) & s.arc_forward)
    }  # fmt: skip
    assert hours == {
        ("boxes", "rails"): 0.5,
        ("boxes", "way"): 1.0,
        ("coal", "rails"): 1.0,
        ("coal", "way"): 1.0,
    }


def test_a_restriction_counts_while_it_is_in_force() -> None:
    ban = {
        "restriction_id": "r", "regime": "t", "jurisdiction": "X", "reference": "Act", "country": "KAZ", "effect": "ban",
        "destination_country": "CHN", "valid_from": dt.date(2024, 3, 1), "valid_to": dt.date(2025, 3, 1),
    }  # fmt: skip
    data = dataset(
        node=[node("a"), node("b", "CHN"), node("c")],
        link=[link("l", "a", "b"), link("m", "a", "c")],
        demand=[wants("a", "b", 1.0), wants("a", "c", 1.0), wants("a", "b", 1.0) | {"year": 2025}],
        restriction=[ban],
    )
    net = build(data, year=2024)
    banned = [net.structure.bans[b].any() for b in net.structure.demand_ban]
    assert banned == [True, False]
    assert not build(data, year=2025).structure.bans.any()


def test_faults_come_all_at_once() -> None:
    bad = Dataset(
        {
            "node": dataset(node=[node("a")])["node"],
            "link": dataset(link=[link("x", "a", "z"), link("y", "a", "a", mode="boat")])["link"],
            "transfer": dataset(transfer=[{"transfer_id": "t", "cost": 1.0, "time": 1.0}])["transfer"],
        }
    )
    with pytest.raises(InputError) as caught:
        build(bad, year=2024)
    assert {(f.row, f.column) for f in caught.value.findings} == {
        ("x", "to_node_id"), ("x", "mode_id"), ("y", "mode_id"), ("y", "to_node_id"), ("t", "from_mode"),
    }  # fmt: skip


def test_an_unresolved_cell_is_refused() -> None:
    data = dataset(node=[node("a"), node("b")], link=[link("l", "a", "b")])
    hollow = data.with_tables(link=data["link"].with_columns(length=pl.lit(None, dtype=pl.Float64)))
    with pytest.raises(InputError, match="resolve the dataset"):
        build(hollow, year=2024)


def test_locate_and_unpatchable() -> None:
    net = build(random_dataset(1, n_nodes=12, n_links=16, n_demands=10))
    rows = net.locate("link", {"mode_id": "road"})
    assert [net.tables["link"]["mode_id"][int(r)] for r in rows] == ["road"] * rows.size
    assert rows.size
    with pytest.raises(KeruenError, match="cannot be patched"):
        net.patched([("link", "mode_id", rows, 0)])
    with pytest.raises(KeruenError, match="no column"):
        net.locate("link", {"colour": "red"})


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_patch_equals_rebuild(data: st.DataObject) -> None:
    base = random_dataset(data.draw(st.integers(0, 3)), n_nodes=10, n_links=14, n_demands=12)
    base = base.with_tables(
        tariff=dataset(tariff=[{"tariff_id": "t", "mode_id": "rail", "rate": 0.03, "price_year": 2024}])[
            "tariff"
        ],
        service=dataset(
            service=[
                {"commodity_id": name, "mode_id": "rail", "speed_factor": 1.5}
                for name in base["commodity"]["commodity_id"][:1]
            ]
        )["service"],
        toll=dataset(toll=[{"toll_id": "t", "link_id": "l003", "rate": 2.0, "price_year": 2024}])["toll"],
    )
    net = build(base)
    table = data.draw(st.sampled_from(sorted(PATCHABLE)))
    column = data.draw(st.sampled_from(PATCHABLE[table]))
    row = data.draw(st.integers(0, net.tables[table].height - 1))
    value = data.draw(st.booleans()) if column == "enabled" else data.draw(st.floats(0.5, 1e6))
    patched = net.patched([(table, column, [row], value)])
    cells = net.tables[table][column].to_list()
    cells[row] = value
    changed = base.with_tables(
        **{
            table: net.tables[table].with_columns(
                pl.Series(column, cells, dtype=net.tables[table].schema[column])
            )
        }
    )
    rebuilt = build(changed)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(patched, name), getattr(rebuilt, name), err_msg=name)
    assert not np.shares_memory(patched.time, net.time)


def test_row_order_is_irrelevant() -> None:
    base = random_dataset(2, n_nodes=12, n_links=16, n_demands=20)
    turned = Dataset({name: base[name].reverse() for name in base})
    one, other = build(base), build(turned)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_delay_function_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="servers"):
        DelayFunction("x", 2, servers=0.5, throughput_t_per_year=-1.0)


def test_mode_costs_scale_with_length() -> None:
    net = build(
        dataset(node=[node("a"), node("b")], link=[link("l", "a", "b")], mode=[mode("rail", 0.05, 0.02)])
    )
    haul = net.structure.arc_link >= 0
    assert net.resource_cost[haul].tolist() == [5.0, 5.0]
    assert net.emission[haul].tolist() == [2.0, 2.0]
