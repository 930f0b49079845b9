"""Fixed-charge instances of the literature: read them, solve them, hold the proven optima."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from keruen.errors import InputError
from keruen.formats.dow import read_dow
from keruen.plans.design import Progress, solve
from keruen.plans.fixed_charge import fixed_charge_problem

TINY = """title
 3 3 1
 1 2 5 10 7 1 1
 2 3 1 10 2 1 1
 1 3 4 2 3 1 1
 1 3 4
"""


def test_reads_nodes_from_one(tmp_path: Path) -> None:
    file = tmp_path / "tiny.dow"
    file.write_text(TINY)
    instance = read_dow(file)
    assert (instance.n_nodes, instance.tail.tolist(), instance.head.tolist()) == (3, [0, 1, 0], [1, 2, 2])
    assert instance.cost.tolist() == [5.0, 1.0, 4.0]
    assert instance.capacity.tolist() == [10.0, 10.0, 2.0]
    assert instance.fixed_cost.tolist() == [7.0, 2.0, 3.0]
    assert (instance.origin.tolist(), instance.destination.tolist(), instance.demand.tolist()) == (
        [0],
        [2],
        [4.0],
    )
    plan = solve(fixed_charge_problem(instance), gap=0.0)
    # All 4 by the middle: 24 + 9 = 33. With 2 direct: 12 + 8 + 12 = 32.
    assert plan.objective == pytest.approx(32.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title\n", "sizes"),
        (TINY.replace(" 1 3 4\n", "", 1).replace(" 1 3 4 2 3 1 1", ""), "announced"),
        (TINY.replace("1 2 5 10", "1 2 five 10"), "five"),
        (TINY.replace(" 1 3 4 2", " 1 9 4 2"), "outside 1 to 3"),
        (TINY.replace(" 5 10 7", " 5 10 -7"), "negative"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bad.dow"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        read_dow(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_dow(tmp_path)


@pytest.mark.parametrize(
    ("name", "optimum"), [("r04.1", 31730.0), ("r07.1", 32807.0), ("c33", 423848.0), ("c41", 429398.0)]
)
def test_proven_optima_are_found_and_proven(shared: Path, name: str, optimum: float) -> None:
    plan = solve(fixed_charge_problem(read_dow(shared / "network-design" / f"{name}.dow")), gap=0.0)
    assert plan.objective == pytest.approx(optimum, rel=1e-6)
    assert plan.bound == pytest.approx(optimum, rel=1e-6)
    assert plan.status == "proven best"


@pytest.mark.parametrize(("name", "optimum"), [("c35", 371475.0), ("c42", 586077.0)])
def test_bounds_enclose_the_optimum(shared: Path, name: str, optimum: float) -> None:
    bounds: list[float] = []
    problem = fixed_charge_problem(read_dow(shared / "network-design" / f"{name}.dow"))
    plan = solve(problem, gap=0.01, progress=lambda p: bounds.append(p.bound))
    assert max(bounds) <= optimum
    assert optimum <= plan.objective <= 1.01 * optimum
    assert plan.gap <= 0.01
    assert np.isfinite(plan.bound)


def test_ctrl_c_and_a_limit_return_the_best_plan_with_its_certificate(shared: Path) -> None:
    problem = fixed_charge_problem(read_dow(shared / "network-design" / "c36.dow"))
    before = signal.getsignal(signal.SIGINT)

    def press(p: Progress) -> None:
        if math.isfinite(p.objective):
            os.kill(os.getpid(), signal.SIGINT)

    stopped = solve(problem, gap=0.0, progress=press)
    assert stopped.status == "stopped by Ctrl-C"
    assert signal.getsignal(signal.SIGINT) is before
    short = solve(problem, gap=0.0, nodes=3)
    assert short.status == "stopped by the limit of nodes"
    late = solve(problem, gap=0.0, seconds=0.2)
    assert late.status == "stopped by the limit of time"
    for plan in (stopped, short, late):
        # Proven optimum lies between 641,365.6 and 643,036.
        assert plan.bound <= 643036.0
        assert plan.objective >= 641365.0
        opened = plan.start >= 0
        cost = float((plan.flow[0] * problem.cost[0, 0]).sum()) + sum(
            p.cost for p, built in zip(problem.projects, opened, strict=True) if built
        )
        assert plan.objective == pytest.approx(cost, rel=1e-6)
