"""The arithmetic of a conflict, so that a reader can follow why its members cannot all be true.

Receives the claims of a conflict and the rows by which they clash; hands on short sentences: what a share of a total comes to,
what parts add up to, what a growth rate says of the year before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from keruen.figures.claims import Claim
from keruen.figures.identities import PARTS, Row
from keruen.figures.quantity import Quantity
from keruen.figures.wording import amount, hedged, listed

_Said = Mapping[int, Claim]
_Values = Mapping[int, float]


def workings(laws: Sequence[Row], members: Mapping[int, Claim], variables: Sequence[Quantity]) -> list[str]:
    """Tell the arithmetic of a conflict.

    Parameters
    ----------
    laws
        Rows that prove the conflict.
    members
        Claims of the conflict, by position.
    variables
        Quantity of each variable.
    """
    stated = {c.quantity: c for c in members.values()}
    said = {v: stated[variables[v]] for row in laws for v, _ in row.terms if variables[v] in stated}
    for row in laws:
        ends = [v for v, _ in row.terms]
        if row.form == "drift" and sum(v in said for v in ends) == 1:
            known = next(v for v in ends if v in said)
            said |= dict.fromkeys(ends, said[known])
    value = {v: c.value for v, c in said.items()}
    _derive(laws, members, value)
    inside = _inside(laws, said, value)
    found = dict.fromkeys(
        sentence
        for row in laws
        if row.form != "part_whole" or row.terms[0][0] in value
        for sentence in (
            _parts(row, said, value, inside)
            if row.form in PARTS
            else _TOLD.get(row.form, _silent)(row, members.get(row.owner), said, value)
        )
    )
    return list(found)


def _inside(laws: Sequence[Row], said: _Said, value: _Values) -> dict[int, list[int]]:
    """Return the stated parts of wholes that nobody states and nothing gives: as parts of a larger whole they stand for them."""
    return {
        row.terms[0][0]: [v for v, _ in row.terms[1:] if v in said]
        for row in laws
        if row.form == "part_whole" and row.terms[0][0] not in value
    }


def _multiple(form: str, ratio: Claim) -> float:
    """Return what a ratio multiplies its base by."""
    scale = 0.01 if ratio.unit == "%" else 1.0
    return (1.0 if form == "growth" else 0.0) + scale * ratio.value


def _derive(laws: Sequence[Row], members: Mapping[int, Claim], value: dict[int, float]) -> None:
    """Add the amounts that a share or a growth rate gives by way of its other amount."""
    ratios = [r for r in laws if r.owner in members and r.form in {"share", "growth"} and len(r.terms) == 2]
    for _ in ratios:
        for row in ratios:
            top, bottom = row.terms[0][0], row.terms[1][0]
            multiple = _multiple(row.form, members[row.owner])
            if top in value and multiple:
                value.setdefault(bottom, value[top] / multiple)
            elif bottom in value:
                value.setdefault(top, value[bottom] * multiple)


def _share(row: Row, ratio: Claim | None, said: _Said, value: _Values) -> Iterator[str]:
    top, bottom = row.terms[0][0], row.terms[1][0]
    if ratio is None or bottom not in value:
        return
    whole = hedged(said[bottom]) if bottom in said else None
    if whole is not None:
        unit = said[bottom].unit
        against = f", but {hedged(said[top])} is announced" if top in said else ""
        yield f"{hedged(ratio)} of {whole} is {amount(_multiple('share', ratio) * value[bottom], unit)}{against}"
    elif top in said:
        yield f"if {hedged(said[top])} is {hedged(ratio)}, the whole is {amount(value[bottom], said[top].unit)}"


def _growth(row: Row, ratio: Claim | None, said: _Said, value: _Values) -> Iterator[str]:
    if ratio is None:
        yield from _remainder(row, said, value)
        return
    now, before = row.terms[0][0], row.terms[1][0]
    if now in said:
        unit = said[now].unit
        against = f", but {hedged(said[before])} is announced" if before in said else ""
        earlier = amount(value[now] / _multiple("growth", ratio), unit)
        yield f"{hedged(said[now])} after a change of {hedged(ratio)} means {earlier} the year before{against}"
    elif before in said:
        later = amount(value[before] * _multiple("growth", ratio), said[before].unit)
        yield f"{hedged(said[before])} and a change of {hedged(ratio)} make {later} the year after"


def _remainder(row: Row, said: _Said, value: _Values) -> Iterator[str]:
    """What is left of two years' wholes without one part."""
    if len(row.terms) != 4 or any(v not in value for v, _ in row.terms):
        return
    whole, part, whole_before, part_before = (v for v, _ in row.terms)
    left, left_before = value[whole] - value[part], value[whole_before] - value[part_before]
    if part in said and part_before in said and left_before > 0:
        unit = said[part].unit
        yield (
            f"one part went from {hedged(said[part_before])} to {hedged(said[part])}, so all the rest would have gone from "
            f"{amount(left_before, unit)} to {amount(left, unit)} in a year ({100 * (left / left_before - 1):+.0f} %)"
        )


def _parts(row: Row, said: _Said, value: _Values, inside: Mapping[int, Sequence[int]]) -> Iterator[str]:
    whole, *direct = (v for v, _ in row.terms)
    parts = list(dict.fromkeys(p for v in direct for p in inside.get(v, (v,)) if p in value))
    stated = next((said[v] for v in (whole, *parts) if v in said), None)
    if stated is None or not parts or whole not in value:
        return

    def told(v: int) -> str:
        return hedged(said[v]) if v in said else amount(value[v], stated.unit)

    if len(parts) == 1:
        yield f"{told(parts[0])} cannot be part of {told(whole)}"
    else:
        total = amount(sum(value[v] for v in parts), stated.unit)
        yield f"the parts {listed(told(v) for v in parts)} add up to {total}, the whole is {told(whole)}"


def _sum(row: Row, _: Claim | None, said: _Said, value: _Values) -> Iterator[str]:
    whole, *parts = (v for v, _ in row.terms)
    if all(v in said for v in parts):
        total = amount(sum(value[v] for v in parts), said[parts[0]].unit)
        against = f", but {hedged(said[whole])} is announced" if whole in said else ""
        yield f"{listed(hedged(said[v]) for v in parts)} make {total}{against}"


def _rank(row: Row, rank: Claim | None, said: _Said, value: _Values) -> Iterator[str]:
    own, beaten = row.terms[0][0], row.terms[1][0]
    if rank is not None and own in said and beaten in said:
        yield f"{hedged(rank)} goes with {hedged(said[own])}, though another has {hedged(said[beaten])}"


def _silent(row: Row, ratio: Claim | None, said: _Said, value: _Values) -> Iterator[str]:
    return iter(())


_TOLD: Mapping[str, Callable[[Row, Claim | None, _Said, _Values], Iterator[str]]] = {
    "share": _share,
    "growth": _growth,
    "sum": _sum,
    "rank": _rank,
}
