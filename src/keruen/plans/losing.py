"""Which projects of a plan cost more than they bring: what is under construction is built in any case, and may lose."""

from __future__ import annotations

from collections.abc import Iterator

from keruen.tables import Dataset
from keruen.tables.words import say


def losing(dataset: Dataset) -> list[tuple[str, float]]:
    """Return the projects that the plan builds and that lose, the largest loss first.

    Parameters
    ----------
    dataset
        With ``plan``; where ``appraisal`` has rows its net present values count, else the plan's own: what a project saves
        over the years planned, less its cost, both discounted.

    Returns
    -------
    list of (project_id, USD)
        Losses, below zero.
    """
    built = dataset["plan"].filter("selected")
    if dataset.has("appraisal"):
        worth = dict(dataset["appraisal"].select("project_id", "npv").iter_rows())
    else:
        worth = {
            name: saved - cost
            for name, saved, cost in built.select("project_id", "value_alone", "discounted_cost").iter_rows()
            if saved is not None and cost is not None
        }
    lost = [(name, worth[name]) for name in built["project_id"] if worth.get(name, 0.0) < 0.0]
    return sorted(lost, key=lambda pair: (pair[1], pair[0]))


def losing_lines(dataset: Dataset) -> Iterator[str]:
    """Say so in a sentence; nothing where none loses."""
    found = losing(dataset)
    if not found:
        return
    names = dict(dataset["project"].select("project_id", "name").iter_rows())
    built = dataset["plan"].filter("selected").height
    one = len(found) == 1
    lose = f"{'has' if one else 'have'} a negative net present value"
    after = ""
    if not dataset.has("appraisal"):
        lose = "costs more than it saves of transport" if one else "cost more than they save of transport"
        after = " That is the plan's own count, one project taken away at a time; keruen appraise values them in full."
    words = ", ".join(f"{names.get(name, name)} ({say(float(f'{loss:.3g}'), 'USD')})" for name, loss in found)
    yield f"Of {built} projects that the plan builds, {len(found)} {lose}: {words}.{after}"
