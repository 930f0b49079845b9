"""The door of the room: a dataset with statements goes in, one with figures and conflicts comes out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from keruen.figures.engine import Dispute, Reconciliation, Verdict, settle
from keruen.figures.gather import gather
from keruen.figures.world import world_of
from keruen.tables import TABLES, Dataset


def reconcile(dataset: Dataset) -> Dataset:
    """Weigh rival statements, and say which cannot all be true.

    Parameters
    ----------
    dataset
        Holds ``statement`` (reviews applied); ``source``, ``indicator``, ``place``, ``identity`` and ``exchange_rate`` are
        used where present and come from the built-in catalogue where not.

    Returns
    -------
    Dataset
        The dataset with its ``figure`` and ``conflict`` tables, the same bytes for the same statements in any order.

    Examples
    --------
    >>> reconcile(Dataset({}))["figure"].height
    0
    """
    return with_results(dataset, reconciliation(dataset))


def with_results(dataset: Dataset, found: Reconciliation) -> Dataset:
    """Add the ``figure`` and ``conflict`` tables of what was found."""
    return dataset.with_tables(figure=_figures(found.verdicts), conflict=_conflicts(found.disputes))


def reconciliation(dataset: Dataset) -> Reconciliation:
    """Weigh as :func:`reconcile` does, and also count the statements that gave no figure."""
    world = world_of(dataset)
    return settle(gather(dataset["statement"].iter_rows(named=True), world), world)


def _figures(verdicts: Sequence[Verdict]) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "figure_id": str(v.quantity),
            "indicator_id": v.quantity.indicator,
            "place_id": v.quantity.place or None,
            "partner_id": v.quantity.partner or None,
            "commodity_id": v.quantity.commodity or None,
            "period": str(v.quantity.period),
            "period_start": v.quantity.period.first,
            "period_end": v.quantity.period.last,
            "aspect": v.quantity.aspect,
            "unit": v.unit,
            "estimate": v.estimate,
            "low": v.low,
            "high": v.high,
            "rests_on": list(v.rests_on),
            "set_aside": list(v.set_aside),
            "explanation": v.explanation,
        }
        for v in verdicts
    ]
    return _frame("figure", rows)


def _conflicts(disputes: Sequence[Dispute]) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "conflict_id": d.conflict_id,
            "members": list(d.members),
            "identity_id": "|".join(d.identities) or None,
            "explanation": d.explanation,
            "cause": d.cause,
            "alternatives": "|".join(f"{r.cause}: {r.sentence}" for r in d.reasons[1:])[:2000] or None,
            "repairs": ["|".join(repair) for repair in d.repairs],
            "size": d.size,
        }
        for d in disputes
    ]
    return _frame("conflict", rows)


def _frame(table: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = TABLES[table].schema
    frame = pl.DataFrame(rows, schema={name: column.dtype for name, column in schema.columns().items()})
    return schema.validate(frame)
