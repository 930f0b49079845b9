"""The evidence wing in order: documents are read, reviews applied, rivals reconciled, the model's cells filled, and its
demand fitted to published totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from keruen.chain.settings import Progress, silent
from keruen.errors import Finding, Severity
from keruen.tables import Dataset, check, resolve
from keruen.tables.grades import graded


@dataclass(frozen=True, slots=True)
class Weighed:
    """A dataset whose evidence has been weighed and whose model cells are filled.

    Parameters
    ----------
    dataset
        With ``statement``, ``figure``, ``conflict`` and ``lineage``.
    findings
        Everything found on the way, errors and warnings.
    n_cells
        Model cells that figures and assumptions filled.
    """

    dataset: Dataset
    findings: Sequence[Finding]
    n_cells: int


def weigh(dataset: Dataset, progress: Progress = silent) -> Weighed:
    """Read the documents, apply the reviews, reconcile the statements, fill the model and grade what it rests on.

    Parameters
    ----------
    dataset
        As :func:`keruen.tables.load` gives it. A dataset that already has statements or figures keeps them where it
        has no documents to read.
    progress
        Called with the name of each step.
    """
    from keruen import figures, statements

    findings: list[Finding] = []
    if dataset.documents:
        progress("reading the announcements")
        dataset = statements.read_all(dataset)
    if dataset.has("review"):
        dataset, faults = statements.apply_reviews(dataset)
        findings += faults
    if dataset.has("statement"):
        progress("reconciling the figures")
        dataset = figures.reconcile(dataset)
    progress("filling the model from the evidence")
    resolution = resolve(dataset)
    findings += [*resolution.findings, *check(resolution.dataset)]
    dataset = resolution.dataset
    if dataset.has("control_total") and not any(f.severity is Severity.ERROR for f in findings):
        from keruen.chain.estimating import demand_of

        progress("fitting the demand to published totals")
        fits = []
        for year in sorted(set(dataset["demand"]["year"])):
            dataset, faults = demand_of(dataset, year)
            findings += faults
            fits.append(dataset["demand_fit"])
        dataset = dataset.with_tables(demand_fit=pl.concat(fits)) if fits else dataset
    return Weighed(graded(dataset), findings, resolution.n_cells)


def doubts(dataset: Dataset) -> list[Finding]:
    """Return what rooms beyond the tables find doubtful in a weighed dataset: series, promises, institutions, crossings.

    Parameters
    ----------
    dataset
        As :func:`weigh` hands it on.
    """
    from keruen import calendar, crossings, trade

    return [
        *trade.findings(dataset), *calendar.institution_findings(dataset), *crossings.border_findings(dataset),
    ]  # fmt: skip
