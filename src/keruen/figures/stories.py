"""Disagreements told for people: what stands against what, where it is written, why it may differ, and what was kept.

Receives a dataset and what reconciling it found; hands on blocks of plain text, the largest disagreement first. Rival figures
of one quantity are told together.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keruen.figures.engine import Dispute, Reconciliation, Verdict
from keruen.figures.quantity import Period, Quantity
from keruen.figures.wording import amount, listed, month
from keruen.figures.world import World, world_of
from keruen.statements.reviews import passage
from keruen.tables import Dataset
from keruen.tables.words import say

WIDTH = 100
"""Columns of a line."""
CONTEXT = 110
"""Characters of a sentence that are shown on either side of a figure."""
MOST_REASONS = 3
"""Further explanations told of one disagreement."""
MOST_LEFT_OUT = 8
"""Statements without an indicator that are shown."""
_LEADS = {"disagreement": "They simply disagree", "contradiction": "One of them is wrong"}
"""How verdicts are told, which are no explanations."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is looked up while telling: statements, figures and the world."""

    statements: Mapping[str, Mapping[str, Any]]
    verdicts: Mapping[Quantity, Verdict]
    documents: Mapping[str, str]
    world: World


def stories(dataset: Dataset, found: Reconciliation) -> Iterator[str]:
    """Tell every disagreement as a block of lines, after a line that counts them.

    Parameters
    ----------
    dataset
        Holds the statements that were reconciled; with its documents, whole sentences are shown, else the figure alone.
    found
        As :func:`keruen.figures.reconciliation` returns it.
    """
    telling = _Telling(
        {row["statement_id"]: row for row in dataset["statement"].iter_rows(named=True)},
        {v.quantity: v for v in found.verdicts},
        dataset.documents,
        world_of(dataset),
    )
    groups = grouped(found.disputes)
    statements, figures = len(telling.statements), len(found.verdicts)
    read = f"{say(statements, 'statement')} {'gives' if statements == 1 else 'give'} {say(figures, 'figure')}"
    unlinked = len(found.unlinked)
    if unlinked:
        read += f"; {say(unlinked, 'statement')} that could be tied to no indicator {'is' if unlinked == 1 else 'are'} left out"
    if not groups:
        yield f"{read}. Nothing that was announced contradicts anything else."
        if unlinked:
            yield "\n".join(_left_out(found.unlinked, telling))
        return
    yield f"{read}. {say(len(groups), 'disagreement')}, the largest first."
    for number, disputes in enumerate(groups, 1):
        yield "\n".join(_story(number, disputes, telling))
    yield "Where no explanation holds, one of the figures is wrong."
    if unlinked:
        yield "\n".join(_left_out(found.unlinked, telling))


def _left_out(statements: Sequence[str], telling: _Telling) -> Iterator[str]:
    """Show what could be tied to no indicator, and how it can be."""
    yield "Left out, for no indicator fits:"
    for name in statements[:MOST_LEFT_OUT]:
        yield from _wrapped(_cited(telling.statements[name], telling), "   - ", "     ")
    if len(statements) > MOST_LEFT_OUT:
        yield f"   and {len(statements) - MOST_LEFT_OUT} more."
    yield from _wrapped("Name their indicator with keruen review, or add one to indicator.csv.", "   ", "   ")


def grouped(disputes: Sequence[Dispute]) -> list[list[Dispute]]:
    """Put rivals on one quantity together, and the largest disagreement first."""
    groups: dict[object, list[Dispute]] = {}
    for dispute in sorted(disputes, key=lambda d: (-d.size, d.conflict_id)):
        rivals = not dispute.identities and len(set(dispute.quantities)) == 1
        groups.setdefault(dispute.quantities[0] if rivals else dispute.conflict_id, []).append(dispute)
    return list(groups.values())


def _story(number: int, disputes: Sequence[Dispute], telling: _Telling) -> Iterator[str]:
    first = disputes[0]
    members = list(dict.fromkeys(m for d in disputes for m in d.members))
    blamed = first.repairs[0][0] if first.repairs else members[0]
    about = dict(zip(first.members, first.quantities, strict=True)).get(blamed, first.quantities[0])
    yield f"{number}. {subject(about, telling.world)}"
    members.sort(key=lambda m: (-abs(telling.statements[m]["value"] or 0.0), m))
    quantities = {m: q for d in disputes for m, q in zip(d.members, d.quantities, strict=True)}
    for member in members:
        read_as = "" if quantities[member] == about else f": {subject(quantities[member], telling.world)}"
        yield from _wrapped(_cited(telling.statements[member], telling) + read_as, "   - ", "     ")
    for sentence in first.workings:
        yield from _wrapped(f"{sentence[:1].upper()}{sentence[1:]}.", "   ", "   ")
    ranked = list(dict.fromkeys((r.cause, r.sentence) for d in disputes for r in d.reasons))
    first_cause, first_sentence = ranked[0]
    yield from _wrapped(f"{_LEADS.get(first_cause, 'Likeliest')}: {first_sentence}.", "   ", "   ")
    if more := [sentence for cause, sentence in ranked[1:] if cause not in _LEADS][:MOST_REASONS]:
        yield from _wrapped(f"Or: {'; '.join(more)}.", "   ", "   ")
    yield from _wrapped(_outcome(disputes, members, telling), "   ", "   ")


def _wrapped(text: str, first: str, later: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False
    )


def subject(quantity: Quantity, world: World) -> str:
    """Say what a quantity is of, for a headline.

    Parameters
    ----------
    quantity
        Indicator, place, partner, goods and period.
    world
        Names of indicators and places.
    """
    measure = world.measures.get(quantity.indicator)
    label = measure.label if measure else quantity.indicator.replace("_", " ")
    where = [world.names.get(p, p) for p in (quantity.place, quantity.partner) if p]
    parts = [label, listed(where), quantity.commodity.replace("_", " "), when(quantity.period)]
    if quantity.aspect != "actual":
        parts.append(quantity.aspect)
    return ", ".join(part for part in parts if part)


def when(period: Period) -> str:
    """Say a period as people do.

    Examples
    --------
    >>> from datetime import date
    >>> when(Period.year(2024)), when(Period.of(None, date(2027, 12, 31)))
    ('2024', 'by the end of 2027')
    >>> when(Period.of(date(2023, 1, 1), date(2023, 9, 30))), when(Period.of(date(2025, 8, 1), date(2025, 8, 31)))
    ('January to September 2023', 'August 2025')
    """
    first, last = period.first, period.last
    if first is None and last is None:
        return ""
    whole = str(period)
    if first is None and last is not None:
        return f"by the end of {last.year}" if whole == f"..{last.year}" else f"by {month(last)}"
    if last is None and first is not None:
        return f"since {first.year}"
    if first is None or last is None or "-" not in whole:
        return whole.replace("..", " to ")
    if (first.year, first.month) == (last.year, last.month):
        return month(first)
    start = f"{first:%B}" if first.year == last.year else month(first)
    return f"{start} to {month(last)}"


def _cited(row: Mapping[str, Any], telling: _Telling) -> str:
    """Return a statement's words, who says so, where and when."""
    origin = telling.world.origins.get(row["source_id"])
    named = (origin.publisher if origin else "") or row["source_id"]
    published = f", {month(origin.published)}" if origin and origin.published else ""
    speaker = row["speaker"] or ""
    by = f"{speaker}, in {named}" if speaker and speaker != named else named
    text = telling.documents.get(row["source_id"])
    if text is None or not (row["sentence_end"] or 0) > (row["sentence_start"] or 0):
        return f"“{' '.join(row['quote'].split())}” ({by}{published})"
    before, quote, behind = passage(text, row)
    if len(before) > CONTEXT:
        before = "… " + before[before.find(" ", len(before) - CONTEXT) + 1 :]
    if len(behind) > CONTEXT:
        behind = behind[: behind.rfind(" ", 0, CONTEXT)] + " …"
    shown = re.sub(r"^[\s“”\"«»]+|[\s“”\"«»]+$", "", f"{before}[{quote}]{behind}")
    return f"“{shown}” ({by}{published})"


def _outcome(disputes: Sequence[Dispute], members: Sequence[str], telling: _Telling) -> str:
    """Say what stands, what was set aside, and whether it was a tie."""
    verdicts = list(
        dict.fromkeys(v for d in disputes for q in d.quantities if (v := telling.verdicts.get(q)) is not None)
    )
    told = []
    for verdict in verdicts:
        gone = listed(_short(telling.statements[m]) for m in members if m in verdict.set_aside)
        if gone:
            told.append(
                f"Kept: {amount(verdict.estimate, verdict.unit)}{_between(verdict)}; set aside: {gone}."
            )
    if not told and disputes[0].repairs:
        weakest = listed(_short(telling.statements[m]) for m in disputes[0].repairs[0])
        stays = "stays" if len(disputes[0].repairs[0]) == 1 else "stay"
        told.append(f"Nothing else says what it would be: {weakest}, the weakest, {stays} as disputed.")
    ties = [d for d in disputes if len(d.repairs) > 1]
    if ties:
        ways = [listed(_short(telling.statements[m]) for m in repair) for repair in ties[0].repairs]
        told.append(f"A tie: setting aside {' or '.join(ways)} would mend it as well.")
    return " ".join(told)


def _short(row: Mapping[str, Any]) -> str:
    return f"“{' '.join(row['quote'].split())}”"


def _between(verdict: Verdict) -> str:
    low, high = verdict.low, verdict.high
    if low is None or high is None:
        return ""
    if high - low < 1 and verdict.estimate == round(verdict.estimate):
        return ""
    if amount(low, verdict.unit) == amount(high, verdict.unit):
        return ""
    return f" (the evidence allows {amount(low, verdict.unit)} to {amount(high, verdict.unit)})"
