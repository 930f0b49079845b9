"""Gains of a change against hand-worked cases, and the arithmetic of cash flows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from toy_freight import dataset, goods, link, mode, node, wants

from keruen.flows import Assignment, assign
from keruen.network import build
from keruen.plans.appraisal import gains
from keruen.plans.cashflow import present_value, rate_of_return
from keruen.tables import Dataset

TONNES, SCALE = 1e6, 0.5
CHOKE = {"grain": 100.0}


def toy(*, speed: float = 50.0, tunnel: bool = False, long_on: bool = True) -> Dataset:
    """Two lines from a to b: 100 km through KAZ and 120 km through CHN; a tunnel of 60 km through UZB.

    A tonne-km costs 0.02 USD, the tariff is 0.03, an hour is worth 0.5 USD/t: 4 USD by the short line, and by the long
    one 3.6 + 0.5 * 120 / speed.
    """
    return dataset(
        node=[node("a"), node("b", "UZB")],
        link=[
            link("short", "a", "b"),
            link("long", "a", "b", length=120.0, country="CHN", free_speed=speed, enabled=long_on),
            link("tunnel", "a", "b", length=60.0, country="UZB", enabled=tunnel),
        ],
        mode=[mode("rail", 0.02, 0.02)],
        commodity=[goods("grain", 0.5, SCALE)],
        tariff=[{"tariff_id": "rail", "mode_id": "rail", "rate": 0.03, "price_year": 2024}],
        demand=[wants("a", "b", TONNES)],
    )


def solved(data: Dataset, model: str = "logit") -> Assignment:
    return assign(build(data), model=model, gap=1e-10)


def logsum(*costs: float) -> float:
    return -math.log(sum(math.exp(-SCALE * c) for c in costs)) / SCALE


def test_rule_of_half_on_two_links_by_hand() -> None:
    found = gains(
        solved(toy()), solved(toy(speed=100.0)), carbon_price=(50.0, 80.0), choke=CHOKE
    )  # fmt: skip
    before = 1.0 / (1.0 + math.exp(SCALE * (4.8 - 4.0)))
    after = 1.0 / (1.0 + math.exp(SCALE * (4.2 - 4.0)))
    moved = TONNES * (after - before)
    # 0.6 USD saved by those on the long line already, half of it by those who come to it.
    assert found["time", "CHN", "shippers"] == pytest.approx(
        TONNES * (before * 0.6 + (after - before) * 0.3), rel=1e-9
    )
    assert found["charge", "CHN", "carriers"] == pytest.approx(moved * 3.6, rel=1e-9)
    assert found["charge", "KAZ", "carriers"] == pytest.approx(-moved * 3.0, rel=1e-9)
    assert found["resource_cost", "CHN", "carriers"] == pytest.approx(-moved * 2.4, rel=1e-9)
    assert found["resource_cost", "KAZ", "carriers"] == pytest.approx(moved * 2.0, rel=1e-9)
    # 20 km more at 20 g a tonne-km, at 50 and 80 USD a tonne of CO2.
    carbon = sum(v for (kind, *_), v in found.items() if kind == "co2")
    extra = sum(v for (kind, *_), v in found.items() if kind == "co2_high")
    assert carbon == pytest.approx(-moved * 20 * 0.02 / 1000 * 50, rel=1e-9)
    assert extra == pytest.approx(carbon * 30 / 50, rel=1e-9)


def test_sum_of_types_is_the_change_of_welfare_so_nothing_counts_twice() -> None:
    found = gains(solved(toy()), solved(toy(speed=55.0)), carbon_price=(50.0, 80.0), choke=CHOKE)
    fast = 3.6 + 0.5 * 120.0 / 55.0
    before, after = (1.0 / (1.0 + math.exp(SCALE * (c - 4.0))) for c in (4.8, fast))
    surplus = TONNES * (logsum(4.0, 4.8) - logsum(4.0, fast))
    moved = TONNES * (after - before)
    carriers = moved * (120 - 100) * (0.03 - 0.02)
    carbon = -moved * 20 * 0.02 / 1000 * 50
    total = sum(v for (kind, *_), v in found.items() if kind != "co2_high")
    # The rule of half is a chord of the demand curve: here it is within a ten-thousandth of the area under it.
    assert total == pytest.approx(surplus + carriers + carbon, rel=1e-4)


def test_a_new_route_is_worth_the_exact_change_of_the_inclusive_value() -> None:
    found = gains(solved(toy()), solved(toy(tunnel=True)), carbon_price=(0.0, 0.0), choke=CHOKE)
    shippers = sum(v for (_, _, who), v in found.items() if who == "shippers")
    assert shippers == pytest.approx(TONNES * (logsum(4.0, 4.8) - logsum(4.0, 4.8, 2.4)), rel=1e-9)
    assert found["choice", "UZB", "shippers"] > 0.0


def test_a_route_that_shares_its_way_adds_less() -> None:
    def fork(twin: bool) -> Dataset:
        return dataset(
            node=[node("a"), node("m", zone=False), node("b", "UZB")],
            link=[
                link("trunk", "a", "m", length=80.0),
                link("old", "m", "b", length=20.0),
                link("twin", "m", "b", length=20.0, country="UZB", enabled=twin),
            ],
            commodity=[goods("grain", 0.5, SCALE)],
            demand=[wants("a", "b", TONNES)],
        )

    found = gains(solved(fork(False)), solved(fork(True)), carbon_price=(0.0, 0.0), choke=CHOKE)
    # Two routes that share four fifths have path sizes of 0.4 + 0.2: together 1.2 routes, not 2.
    shippers = sum(v for (_, _, who), v in found.items() if who == "shippers")
    assert shippers == pytest.approx(TONNES * math.log(1.2) / SCALE, rel=1e-9)


def test_a_route_that_only_replaces_one_alike_gains_what_it_saves() -> None:
    def bypass(on: bool) -> Dataset:
        return dataset(
            node=[node("a"), node("m", zone=False), node("b", "UZB")],
            link=[
                link("trunk", "a", "m", length=96.0),
                link("old", "m", "b", length=4.0),
                link("bypass", "m", "b", length=2.0, enabled=on),
                link("far", "a", "b", length=160.0),
            ],
            commodity=[goods("grain", 0.5, SCALE)],
            demand=[wants("a", "b", TONNES)],
        )

    found = gains(solved(bypass(False)), solved(bypass(True)), carbon_price=(0.0, 0.0), choke=CHOKE)
    shippers = sum(v for (_, _, who), v in found.items() if who == "shippers")
    # Two kilometres save 0.06 USD; the two routes differ in 4 km of 100, worth at most log(1.04) / 0.5 = 0.08 more.
    assert 0.0 < shippers < TONNES * (0.06 + math.log(1.04) / SCALE)


def test_closing_costs_what_opening_gains() -> None:
    shut, opened = solved(toy()), solved(toy(tunnel=True))
    there = gains(shut, opened, carbon_price=(50.0, 80.0), choke=CHOKE)
    back = gains(opened, shut, carbon_price=(50.0, 80.0), choke=CHOKE)
    assert set(there) == set(back)
    for key, value in there.items():
        assert back[key] == pytest.approx(-value, rel=1e-9, abs=1e-6)


def test_cheapest_route_model_gains_the_difference_of_costs() -> None:
    found = gains(solved(toy(), "ue"), solved(toy(tunnel=True), "ue"), carbon_price=(0.0, 0.0), choke=CHOKE)
    shippers = sum(v for (_, _, who), v in found.items() if who == "shippers")
    assert shippers == pytest.approx(TONNES * (4.0 - 2.4), rel=1e-9)
    assert found["time", "UZB", "shippers"] == pytest.approx(-TONNES * 0.6, rel=1e-9)


def test_goods_that_could_not_move_gain_half_of_what_they_save() -> None:
    cut = toy(long_on=False)
    cut = cut.with_tables(link=cut["link"].with_columns(enabled=False))
    found = gains(
        solved(cut), solved(toy(long_on=False)), carbon_price=(0.0, 0.0), choke=CHOKE
    )  # fmt: skip
    assert found["generated", "KAZ", "shippers"] == pytest.approx(0.5 * TONNES * (100.0 - 4.0), rel=1e-9)
    assert found["charge", "KAZ", "carriers"] == pytest.approx(TONNES * 3.0, rel=1e-9)


def test_net_present_value_and_rate_of_return_by_hand() -> None:
    # 1000 now, 400 in each of the next three years: 400 / 1.08 + 400 / 1.1664 + 400 / 1.259712 - 1000.
    assert present_value([-1000, 400, 400, 400], 0.08) == pytest.approx(30.8388, abs=1e-4)
    # -100 + 60 / (1 + r) + 60.5 / (1 + r)^2 with 1 / (1 + r) = x: 60.5 x^2 + 60 x - 100 = 0.
    x = (-60 + math.sqrt(60**2 + 4 * 60.5 * 100)) / (2 * 60.5)
    assert rate_of_return([-100, 60, 60.5]) == pytest.approx(1 / x - 1, abs=1e-10)
    assert rate_of_return([-100, 110]) == pytest.approx(0.1, abs=1e-10)


@pytest.mark.parametrize("stream", [[-100, -1, -2], [0, 0], [5, 5], [-100, 230, -132]])
def test_no_rate_of_return_where_none_or_several(stream: list[float]) -> None:
    assert rate_of_return(stream) is None


def test_spread_of_waits_is_worth_the_reliability_ratio_of_its_standard_deviation() -> None:
    """Both ways are of one arc each: 4 and 9 hours squared on the short one are standard deviations of 2 and 3."""
    found = solved(toy())
    arcs = found.network.structure
    short = np.array([arcs.link_ids[i] == "short" if i >= 0 else False for i in arcs.arc_link])
    share = 1.0 / (1.0 + math.exp(SCALE * (4.0 - 4.8)))
    ratio = {"grain": 0.6}
    got = gains(
        found, found, carbon_price=(50.0, 80.0), choke=CHOKE,
        variance=(np.where(short, 9.0, 0.0), np.where(short, 4.0, 0.0)), reliability_ratio=ratio,
    )  # fmt: skip
    assert got["reliability", "KAZ", "shippers"] == pytest.approx(
        TONNES * share * 0.6 * 0.5 * (3 - 2), rel=1e-9
    )
    back = gains(
        found, found, carbon_price=(50.0, 80.0), choke=CHOKE,
        variance=(np.where(short, 4.0, 0.0), np.where(short, 9.0, 0.0)), reliability_ratio=ratio,
    )  # fmt: skip
    assert back["reliability", "KAZ", "shippers"] == pytest.approx(-got["reliability", "KAZ", "shippers"])
    assert not any(
        kind == "reliability" for kind, *_ in gains(found, found, carbon_price=(0.0, 0.0), choke=CHOKE)
    )
