"""The whole chain, once: a dataset goes in, a run folder comes out."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

from keruen import __version__, crossings, flows, network
from keruen.chain.congestion import Congested, congest
from keruen.chain.estimating import demand_of
from keruen.chain.evidence import doubts, weigh
from keruen.chain.settings import Progress, Settings, silent
from keruen.chain.validating import compare_run
from keruen.errors import Finding, Severity, SolveError, refuse_errors
from keruen.tables import Dataset, load, read_folder, unbound
from keruen.tables.store import (
    MANIFEST,
    frame_bytes,
    read_run,
    refuse_foreign,
    sha256,
    write_atomically,
    write_run,
)

_LIBRARIES = ("polars", "dataframely", "numpy", "scipy", "numba", "highspy", "clarabel")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found.

    Parameters
    ----------
    dataset
        Inputs and result tables.
    manifest
        Settings, seed, versions, input hashes, certificates and timings.
    findings
        Warnings of the way; an error would have stopped the run.
    """

    dataset: Dataset
    manifest: dict[str, Any]
    findings: Sequence[Finding]


def finished(what: str | Path, progress: Progress = silent) -> Dataset:
    """Return the dataset of a run folder, or of a dataset folder or built-in model taken through the chain.

    Raises
    ------
    InputError
        If it is neither, or has errors.
    """
    if (Path(what) / MANIFEST).is_file():
        return read_run(Path(what)).dataset
    return run(what, progress=progress).dataset


def evidence_of(what: str | Path, progress: Progress = silent) -> Dataset:
    """Return the dataset of a run folder, or of a dataset folder or built-in model with its evidence weighed.

    Raises
    ------
    InputError
        If it is neither, or has errors.
    """
    if (Path(what) / MANIFEST).is_file():
        return read_run(Path(what)).dataset
    weighed = weigh(load(what), progress)
    refuse_errors(weighed.findings)
    return weighed.dataset


def with_crossings(what: str | Path, progress: Progress = silent) -> Dataset:
    """Return the dataset of a run folder, or of a dataset folder or built-in model with its goods sent and the waits known.

    Nothing is judged or planned, so this is much quicker than :func:`run`. A dataset without links or demand comes back with
    its evidence weighed: its crossings can still be simulated under arrivals that are given.

    Raises
    ------
    InputError
        If it is neither, or has errors.
    """
    dataset = evidence_of(what, progress)
    if dataset.has("crossing_performance") or not (dataset.has("link") and dataset.has("demand")):
        return dataset
    year = max(dataset["demand"]["year"].to_list())
    progress("sending the goods")
    return _sent(dataset, network.build(dataset, year=year), year, Settings())[0]


def _sent(dataset: Dataset, net: network.Network, year: int, settings: Settings) -> tuple[Dataset, Congested]:
    """Return the dataset with flows and waits that agree."""
    congested = congest(dataset, net, model=settings.model, gap=settings.gap)
    dataset = dataset.with_tables(**congested.assignment.tables())
    found = crossings.performance(dataset, congested.volumes, year=year)
    return dataset.with_tables(crossing_performance=found), congested


class _Clock:
    """Seconds by step, for the manifest alone."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.progress = progress

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.progress(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def run(
    dataset: str | Path | Dataset = "kazakhstan",
    out: str | Path | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Take a dataset through the chain, from announcements to a plan.

    Parameters
    ----------
    dataset
        Folder, name of a built-in model, or a dataset already read.
    out
        Run folder to write, with the report; None writes nothing.
    settings
        See :class:`Settings`.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError
        With every finding, if any is an error; nothing is written then.
    SolveError
        If a solver ends without an answer.
    """
    settings = settings or Settings()
    clock = _Clock(progress)
    if out is not None:
        refuse_foreign(Path(out))
    with clock.step("reading the tables"):
        loaded, findings = (dataset, []) if isinstance(dataset, Dataset) else read_folder(dataset)
        refuse_errors(findings)
        inputs = {name: sha256(frame_bytes(loaded[name])) for name in sorted(loaded)}
        inputs |= {
            f"documents/{name}": sha256(text.encode()) for name, text in sorted(loaded.documents.items())
        }
    with clock.step("weighing the evidence"):
        weighed = weigh(loaded, progress)
        findings = refuse_errors([*findings, *weighed.findings])
    found = weighed.dataset
    if found.has("figure"):
        from keruen import trade

        with clock.step("following the promises"):
            findings = refuse_errors([*findings, *doubts(found)])
            found = trade.promises(trade.forecast(found))
    loose = unbound(found)
    findings = [*findings, *loose]
    certificates: dict[str, Any] = {"cells_bound": weighed.n_cells, "cells_unbound": len(loose)}
    assignment = None
    if found.has("link") and found.has("demand"):
        found, assignment, more, certified = _model(found, settings, clock)
        findings += more
        certificates |= certified
    elif found.has("node"):
        lacking = ", ".join(name for name in ("link", "demand") if not found.has(name))
        words = "no goods are sent and nothing is planned"
        findings = [
            *findings,
            Finding(lacking, "", "", "", f"has no rows, so {words}", "fill it", Severity.WARNING),
        ]
    found, more = _beyond_freight(found, clock, weighed.dataset, settings.scenario)
    findings = [*findings, *more]
    if found.has("target"):
        from keruen.outlooks import outlook

        # What binds a target is asked of the plan, of skills and of power, so they come first.
        with clock.step("judging the targets"):
            found = outlook(found, assignment=assignment)
    manifest = {
        "keruen": __version__,
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in _LIBRARIES},
        "seed": settings.seed,
        "settings": settings.recorded(),
        "inputs": inputs,
        "certificates": certificates,
        "findings": [str(finding) for finding in findings],
    }
    if out is not None:
        manifest = _write(Path(out), found, manifest, clock)
    return Outcome(found, manifest, findings)


def _model(
    dataset: Dataset, settings: Settings, clock: _Clock
) -> tuple[Dataset, flows.Assignment, list[Finding], dict[str, Any]]:
    """Run the model wing: network, flows and crossings, plan."""
    from keruen import plans, scenarios
    from keruen.chain.appraising import replay
    from keruen.chain.crews import crewed

    findings: list[Finding] = []
    years = sorted(dataset["demand"]["year"].unique().to_list())
    year = settings.year if settings.year is not None else years[-1]
    if year not in years:
        with clock.step(f"fitting the demand of {year}"):
            dataset, findings = demand_of(dataset, year)
    if settings.scenario is not None:
        with clock.step(f"applying scenario {settings.scenario}"):
            changes = scenarios.active_changes(dataset, year, scenario_id=settings.scenario)
            dataset = scenarios.apply(dataset, changes)
    with clock.step("building the network"):
        net = network.build(dataset, year=year)
    with clock.step("sending the goods"):
        dataset, congested = _sent(dataset, net, year, settings)
        assignment = congested.assignment
        dataset = dataset.with_tables(corridor_scorecard=flows.scorecards(dataset, net, assignment))
    with clock.step("watching the queues"):
        drawn = crossings.portraits(dataset, congested.volumes, year=year, seed=settings.seed)
        dataset = dataset.with_tables(**drawn)
    if dataset.has("observation"):
        dataset = dataset.with_tables(validation=compare_run(dataset, assignment, settings.scenario))
    findings += assignment.findings
    certificates = _certificates(congested)
    if dataset.has("project"):
        with clock.step("planning"):
            make = partial(
                plans.plan,
                network=net,
                assignment=assignment,
                budget=settings.budget,
                by=settings.by,
                gap=settings.plan_gap,
            )
            found = crewed(dataset, make, progress=clock.progress)
            planned = found.planned
            findings += found.findings
            certificates["crews"] = {
                "rounds": found.rounds,
                "residual_years": found.residual,
                "waited": found.waited,
            }
            dataset = planned.dataset
        with clock.step("replaying the plan"):
            certificates["replay"] = replay(planned, network=net).to_dicts()
    return dataset, assignment, findings, certificates


def _beyond_freight(
    dataset: Dataset, clock: _Clock, unchanged: Dataset, scenario: str | None
) -> tuple[Dataset, list[Finding]]:
    """Run the rooms of electricity, people and dates where the dataset has something for them.

    What cannot be solved there is told and leaves the rest of the run standing. Electricity looks at many years, so it takes
    the tables before the scenario and applies each change in its own years.
    """
    from keruen import calendar, power, skills

    def mix(found: Dataset) -> Dataset:
        made = power.power(unchanged, scenario=scenario)
        return found.with_tables(power_mix=made["power_mix"], power_year=made["power_year"])

    findings = []
    for table, step, door in (
        ("plant", "meeting the need for electricity", mix),
        ("requirement", "counting who is missing", skills.skills),
        ("event", "looking for clashes of dates", calendar.calendar),
    ):
        if not dataset.has(table):
            continue
        with clock.step(step):
            try:
                dataset = door(dataset)
            except SolveError as error:
                remedy = "change what is asked, or the tables"
                findings.append(Finding(table, "", "", "", f"{step}: {error}", remedy, Severity.WARNING))
    return dataset, findings


def _certificates(congested: Congested) -> dict[str, Any]:
    assignment = congested.assignment
    return {
        "model": assignment.model,
        "gap": assignment.gap,
        "conservation": assignment.conservation,
        "average_excess_cost": assignment.average_excess_cost,
        "overload": assignment.overload,
        "stall": assignment.stall,
        "fixed_point_residual_h": congested.residual_h,
        "fixed_point_rounds": congested.rounds,
    }


def _write(out: Path, dataset: Dataset, manifest: dict[str, Any], clock: _Clock) -> dict[str, Any]:
    """Write the run and its report; timings go into the manifest and nowhere else."""
    from keruen.reports import report

    with clock.step("drawing the report"):
        page = report(dataset, manifest).encode()
    manifest = {
        **manifest,
        "report": {"file": "report.html", "sha256": sha256(page)},
        "timings_s": clock.seconds,
    }
    written = write_run(out, dataset, manifest)
    write_atomically(out / "report.html", page)
    return written
