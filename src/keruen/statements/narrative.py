"""How a text goes on telling: the period that a sentence takes over from the one before.

"The port handled 5 million tonnes last year. Containers made up 21,400 TEU.": the second figure is of last year too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date

from keruen.statements.claims import Sentence
from keruen.statements.page import Page
from keruen.statements.period import Period
from keruen.statements.quantity import Quantity

PARTS = frozenset({"half", "quarter", "part_year"})
"""Parts of a year."""
_ANAPHOR = re.compile(
    r"(?:of (?:these|this|them|that|which|those)|(?:more than |over |about |nearly |almost )?(?:half|a third|one-third|a quarter|most) of "
    r"(?:this|these|it|them|that)|в том числе|из них|оның ішінде)\b"
)
_SAME = re.compile(r"(?:same|reporting|corresponding|review|this|that) (?:period|month|quarter)|период|кезең")
_PAST = re.compile(
    r"\b(?:(?!followed|headed|backed|owned|caused|accompanied|powered|planned|expected|estimated|combined|based|united|limited|related|supposed|indeed|proceed|exceed|succeed|targeted|projected|intended)[a-z]{3,}[^e]ed|was|were|put|cost|spent|paid|lent|met|drew|saw|hit|sent|held|lost|earned|employed|served|added|rose|fell|grew|reached|amounted|totall?ed|increased|decreased|declined|dropped|shrank|remained|sold|bought|brought|supplied|covered|gave|moved|took|received|produced|generated|averaged|stood|came|exceeded|accounted|made up|carried|handled|shipped|exported|imported|состав\w+|вырос\w*|возрос\w*|увелич\w+|снизи\w+|превысил\w*|достиг\w*|перевез\w+|обработа\w+|құрады|өсті|жетті)\b"
)
_PRESENT = re.compile(r"\b(?:is|are|has|have|will|can|now|currently|currently|plans?|aims?|expects?)\b")


@dataclass(frozen=True, slots=True)
class Carried:
    """The period of a sentence that the next one may go on telling about."""

    sentence: int
    paragraph: int
    period: Period


def carry(
    leaf: Page,
    carried: Carried | None,
    sentence: Sentence,
    marks: list[int],
    members: list[Quantity],
    published: date | None,
) -> Carried | None:
    """Return the period that the next sentences may go on telling about."""
    start = sentence.start
    index, paragraph = (
        bisect_right(leaf.starts, start) - 1,
        leaf.paragraph(start),
    )
    told = [
        sentence.period(q, marks, published)
        for q in reversed(members)
        if not sentence.compared(q.start) and not sentence.bracketed(q)
    ]
    period = next((p for p in told if p is not None and p.role == "at"), None)
    if period is not None:
        return Carried(index, paragraph, period)
    goes_on = carried is not None and (
        (carried.sentence == index - 1 and carried.paragraph == paragraph)
        or any(p.role == "same" for p in sentence.periods)
    )
    return Carried(index, paragraph, carried.period) if goes_on and carried is not None else carried


def carry_mention(leaf: Page, carried: Carried | None, at: int, periods: list[Period]) -> Carried | None:
    """Return the period that a sentence without quantities, which begins at ``at``, hands on."""
    if len(periods) != 1:
        return carried
    return Carried(bisect_right(leaf.starts, at) - 1, leaf.paragraph(at), periods[0])


def continued(
    leaf: Page,
    carried: Carried,
    sentence: Sentence,
    marks: list[int],
    kind: str | None,
    published: date | None,
) -> Period | None:
    """Return the period told of before if this sentence goes on with it: "over the same period", "of these", plain past.

    A forecast goes on with a period ahead, a report with one that is over or running.
    """
    if kind in ("target", "pledge"):
        return None
    index = bisect_right(leaf.starts, sentence.start) - 1
    period = carried.period
    if any(_SAME.search(leaf.low, p.start, p.end) for p in sentence.periods if p.role in ("same", "base")):
        return replace(period, inferred=True) if index <= carried.sentence + 6 else None
    if (
        any(p.role != "base" and not sentence.of_compared(p, marks) for p in sentence.periods)
        or index != carried.sentence + 1
        or leaf.paragraph(sentence.start) != carried.paragraph
        or period.last is None
        or published is None
        or (period.first is None and period.last > published)
    ):
        return None
    if kind == "forecast":
        # "now" is no time that a forecast goes on with
        ahead = period.last > published and not (
            period.granularity == "month" and period.first == published.replace(day=1)
        )
        return replace(period, inferred=True) if ahead else None
    goes_on = _ANAPHOR.match(leaf.low, sentence.start, sentence.end)
    told = _PAST.search(leaf.low, sentence.start, sentence.end)
    present = _PRESENT.search(leaf.low, sentence.start, sentence.end)
    return replace(period, inferred=True) if goes_on or (told and not present) else None
