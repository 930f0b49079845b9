"""What sort of claim a sentence makes of a figure: period, kind and direction.

Receives a page, its quantities and its periods; hands on the choice for each quantity. Everything is decided by nearness within
the sentence, with clause borders and other figures in between counted as distance.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from dataclasses import replace
from datetime import date

from keruen.statements import cyrillic as cy
from keruen.statements.cues import CUE
from keruen.statements.period import Period
from keruen.statements.periods import Calendar
from keruen.statements.quantity import Quantity

_BORDER = re.compile(
    r"(?P<clause>[;—]|\b(?:while|but|whereas|although|though)\b)|(?P<and>,(?= and\b))|(?P<so>,(?= so\b))|,(?= )|:|\b(?:and|which|who)\b|\.(?= )"
)
"""Borders between clauses; those with a name part predicates ("clause", "and") or what indicators they speak of ("clause", "so")."""
_COMPARED_LEFT = re.compile(
    r"\b(?:(?:increase|rise|growth|decrease|drop|decline|fall|up|down|improvement|jump|gain|cut|fold) on|against|compared (?:to|with)|"
    r"versus|vs\.?|(?:down|up|increased|reduced|cut|fell|rose|fallen|risen) from) (?:the |a |an |some |about |nearly |almost |only |just |around |[$€£¥₸] ?){0,3}$"
)
"""What stands before the figure that another is compared with."""
_PAST_VERB = re.compile(
    r"\b(?:handled|carried|cost|moved|took|reached|shipped|exported|imported|produced|generated|transported|received|built|opened|fell|rose|"
    r"grew|stood|came|lent|put|spent|accounted|amounted|averaged|totall?ed|exceeded|invested|costs|gave|gives|provides|supplies|employs|takes|stands|(?<!will )(?<!should )(?<!would )(?<!could )(?<!to )give|made|met|supplied|covered|provided|employed|attracted|sold|bought|used|held|had|passed|crossed|served|paid|earned|created|remained|shrank|dropped|declined|(?:was|were)(?! (?:to|expected|planned|projected|due|set|supposed|forecast)\b))\b"
)
_ATTRIBUTES = frozenset({"km", "h", "MW", "kV", "t", "m3", "ha", "m", "TEU", "month"})
_INSERTED = re.compile(r", (?:which )?[a-z]+(?:ed|ilt|lt|wn|en|un)(?: back| only| in full)? $")
_BRINGING = re.compile(
    r", (?:bringing|taking|raising|lifting|pushing|increasing|reducing|cutting|expanding)\b"
)
_DUE = re.compile(r", (?:due|set|scheduled|expected|slated|planned|to be)\b")
_NEXT_VERB = re.compile(
    r"\b(?:and|but) (?:it |they |also )?(?:plans?|will|intends?|expects?|hopes?|aims?|would|may|could|can|might|(?:is|are) to)\b"
)
_NEW_VERB = re.compile(
    r"(?:,|\b(?:and|but|which|who|while)\b) (?:it |they )?(?:has|have|had|is|are|was|were) "
)
_DONE_RIGHT = re.compile(
    r" (?:of (?:these|those|them) )?(?:have|has|had|was|were) (?:already |now |since |so far )?(?:been )?(?!to\b|expected|planned|projected|due|set|supposed|forecast)[a-z]+(?:ed|en|ilt|un|one|ut)\b"
)
_FROM_ANOTHER = re.compile(
    r" (?:up |down )?from (?:the |about |around |some |just |only |nearly |[$€£¥₸] ?|[a-z]{3} ){0,3}\d"
)
"""What joins a figure to the one that a change started from: "436,000 TEU from 401,500 in the first half"."""
_TO_LEFT = re.compile(r"\bto (?:the |an? )?$")
_WHEN = re.compile(r",? when\b")
_BESIDE = re.compile(
    r"(?: (?:carried|handled|shipped|moved|recorded|registered))? (?:in |for |during |of |as )?"
)
_UP = r"increas\w*|grew|grow\w*|rise\w*|rose|rising|(?<!make )(?<!makes )(?<!made )(?<!making )(?<!set )up|jump\w*|surg\w*|climb\w*|soar\w*|expand\w*|gain\w*|higher|more than double|more|doubl\w+|tripl\w+|added|accelerat\w+|boost\w*|raise\w*|fold|times"
_DOWN = r"decreas\w*|fell|fall\w*|declin\w*|drop\w*|down|reduc\w*|shr[aiu]nk\w*|cut|cuts|lower\w*|contract(?:ed|ion)|slump\w*|plung\w*|less|slid|dip\w*|halv\w*|shorten\w*|fewer|slow\w*"
_DIRECTION = re.compile(rf"(?<![\w-])(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?!\w)")


class Sentence:
    """One sentence with its borders, cues and periods, read once for all its quantities.

    Parameters
    ----------
    low
        Folded text of the page in lower case.
    span
        Span of the sentence.
    periods
        Periods inside it.
    """

    def __init__(self, low: str, span: tuple[int, int], periods: list[Period]) -> None:
        self.low = low
        self.start, self.end = span
        self.periods = periods
        self._chosen: dict[int, Period | None] = {}
        self._holds: dict[re.Pattern[str], bool] = {}
        self.borders: list[int] = []
        self.strong: list[int] = []
        self.clauses: list[int] = []
        for m in _BORDER.finditer(low, *span):
            at = m.start()
            self.borders.append(at)
            if m.lastgroup is not None:
                if m.lastgroup != "so":
                    self.strong.append(at)
                if m.lastgroup != "and":
                    self.clauses.append(at)
        self.semicolons = [i for i in self.borders if low[i] == ";"]
        self.cyrillic = bool(cy.HAS.search(low, *span))
        # "from January to May they carried": a month is no auxiliary
        self.cues = [
            (m.start(), m.end(), str(m.lastgroup))
            for m in CUE.finditer(low, *span)
            if not any(p.start <= m.start() < p.end for p in periods)
        ]
        if self.cyrillic:
            self.cues += [(m.start(), m.end(), str(m.lastgroup)) for m in cy.CUE.finditer(low, *span)]
            self.borders = sorted({*self.borders, *(m.start() for m in cy.BORDER.finditer(low, *span))})

    def holds(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern occurs in the sentence; looked for once for all its quantities."""
        found = self._holds.get(pattern)
        if found is None:
            found = self._holds[pattern] = bool(pattern.search(self.low, self.start, self.end))
        return found

    def clause(self, at: int) -> tuple[int, int]:
        """Return the clause that holds an offset: what lies between "while", "but", "so that" and semicolons."""
        i = bisect_left(self.clauses, at)
        return (
            self.clauses[i - 1] if i else self.start,
            self.clauses[i] if i < len(self.clauses) else self.end,
        )

    @staticmethod
    def between(points: list[int], a: int, b: int) -> int:
        """Return how many of ``points`` lie in ``[a, b)``."""
        return bisect_left(points, b) - bisect_left(points, a)

    def compared(self, mark: int) -> bool:
        """Whether the figure at ``mark`` is what another is compared with: "an increase on the 20,900"."""
        return bool(_COMPARED_LEFT.search(self.low, max(self.start, mark - 44), mark))

    def of_compared(self, p: Period, marks: list[int]) -> bool:
        """Whether a period is that of a figure which another is compared with: "against 3.1 per cent in 2024"."""
        i = bisect_left(marks, p.start) - 1
        return i >= 0 and self.compared(marks[i]) and not self.between(self.strong, marks[i], p.start)

    def bracketed(self, q: Quantity) -> bool:
        """Whether a quantity stands in brackets."""
        opened = self.low.rfind("(", self.start, q.start)
        return opened >= 0 and self.low.find(")", opened, q.start) < 0

    def _bracketed_off(self, q: Quantity, p: Period) -> bool:
        """Whether a period stands in brackets that a quantity is not in: "($50.9 billion in the same months of 2023)"."""
        if p.start >= q.end:
            opened = self.low.rfind("(", q.end, p.start)
            return opened >= 0 and self.low.find(")", opened, p.start) < 0
        closed = self.low.find(")", p.end, q.start)
        return closed >= 0 and self.low.rfind("(", p.end, closed) < 0

    def _attribute(self, q: Quantity) -> bool:
        """Whether a quantity is written as an attribute: "836-kilometre"."""
        return self.low[q.num_end : q.num_end + 1] == "-" and q.unit in _ATTRIBUTES

    def _of_a_known_thing(self, q: Quantity) -> bool:
        """Whether a quantity is an attribute of what is there: "the 836-kilometre line"."""
        return self._attribute(q) and self.low.endswith("the ", self.start, q.start)

    def _told_as_past(self, q: Quantity) -> tuple[int, int] | None:
        """Return the verb of fact (past, or a plain present) that governs a quantity in its own clause; None without one."""
        found = None
        for m in _PAST_VERB.finditer(self.low, max(self.start, q.start - 60), q.start):
            if not self.between(self.borders, m.end(), q.start):
                found = m.span()
        return (q.start, q.end) if _DONE_RIGHT.match(self.low, q.end) else found

    def _base_period(self, q: Quantity, marks: list[int]) -> Period | None:
        """Return the dated base of a comparison that stands right behind a figure: "31 hours in the same month of 2024"."""
        base = next(
            (
                p
                for p in self.periods
                if p.role == "base"
                and p.first is not None
                and p.start >= q.end
                and not self.low.startswith(("on ", "against", "compared", "than", "vs", "over "), p.start)
                and _BESIDE.fullmatch(self.low, q.end, p.start)
            ),
            None,
        )
        if base is None or base.first is None or base.granularity != "same":
            return base
        year = base.first.year
        own = min(
            (p for p in self.periods if p.role == "at" and p.first and p.last and p.start < q.start),
            key=lambda p: q.start - p.start,
            default=None,
        )
        if own is None or own.first is None or own.last is None or own.first.year != own.last.year:
            return replace(base, granularity="year")
        last = own.last.day if own.last.month != 2 else monthrange(year, 2)[1]
        return replace(
            own,
            first=own.first.replace(
                year=year, day=min(own.first.day, 28) if own.first.month == 2 else own.first.day
            ),
            last=own.last.replace(year=year, day=last),
            inferred=True,
        )

    def period(self, q: Quantity, marks: list[int], published: date | None = None) -> Period | None:
        """Return the period that fits a quantity best.

        ``marks`` are the numerals of the sentence. What lies ahead of ``published`` is not carried from another clause to a
        verb in the past tense.
        """
        if q.num_start not in self._chosen:
            self._chosen[q.num_start] = self._choose(q, marks, published)
        return self._chosen[q.num_start]

    def _choose(self, q: Quantity, marks: list[int], published: date | None) -> Period | None:
        best, least, cost = self._base_period(q, marks), 1e9, 0.0
        if best is not None:
            return best
        attribute = self._attribute(q) and not any(
            b <= q.start and name != "reported" for _, b, name in self.cues
        )
        when = self._when_clause(q)
        if when is not None:
            return replace(when, role="at")
        ahead_of = published is not None and any(
            p.last is not None and p.last > published for p in self.periods
        )
        past = self._told_as_past(q) if ahead_of else None
        known = self._of_a_known_thing(q)
        for p in self.periods:
            if p.role in ("base", "date", "same") or self._bracketed_off(q, p):
                continue
            if (
                (attribute or known)
                and p.start >= q.end
                and p.last is not None
                and published
                and p.last > published
            ):
                continue
            if self._of_another_verb(q, p):
                continue
            if past is not None and published is not None and p.last is not None and p.last > published:
                ahead = p.first is None or p.first > published
                if ahead and self.between(self.borders, min(p.end, q.end), max(p.start, past[0])):
                    continue
            if p.start >= q.end:
                i = bisect_left(marks, p.start) - 1
                if (
                    i >= 0
                    and marks[i] >= q.end
                    and (self.compared(marks[i]) or self._started_at(q, marks[i]))
                ):
                    continue
                if self.between(self.semicolons, q.end, p.start) and self.between(marks, p.end, p.end + 60):
                    # "$3 billion in a few years; in 2024 it stood at 1.5": the clause behind opens with its own
                    continue
            elif self.of_compared(p, marks):
                # "against 9 million today, and a fifth less": the time is that of what is compared
                continue
            if p.start >= q.end:
                if self.low.startswith("since", p.start) and _NEW_VERB.search(self.low, q.end, p.start):
                    # "holds 12 per cent and has been the largest since 2009"
                    continue
                others = self.between(marks, q.end, p.start)
                if others and self.between(self.strong, q.end, p.start):
                    continue
                cost = (
                    p.start
                    - q.end
                    + 45 * others
                    + 25 * self.between(self.borders, q.end, p.start)
                    + 60 * self.between(self.strong, q.end, p.start)
                )
            else:
                others = self.between(marks, p.end, q.start)
                cost = (
                    12
                    + 0.5 * (q.start - p.end)
                    + 12 * others
                    + 12 * self.between(self.borders, p.end, q.start)
                    + 90 * self.between(self.semicolons, p.end, q.start)
                )
                if p.start - self.start < 4:
                    cost *= 0.6
            if p.role == "vague":
                cost += 20
            if cost < least:
                best, least = p, cost
        return best

    def _started_at(self, q: Quantity, mark: int) -> bool:
        """Whether a change that ends at a quantity began at the figure at ``mark``: "to 436,000 TEU from 401,500"."""
        return bool(
            _FROM_ANOTHER.match(self.low, q.end, mark + 1)
            and _TO_LEFT.search(self.low, max(self.start, q.start - 12), q.start)
        )

    def _when_clause(self, q: Quantity) -> Period | None:
        """Return the period that a clause with "when" opens on: "more than in 2022, when the country received 7 million"."""
        if " when " not in self.low[self.start : q.start]:
            return None
        inner = [p for p in self.periods if p.end <= q.start]
        if not inner or inner[-1].first is None or not _WHEN.match(self.low, inner[-1].end, q.start):
            return None
        return None if self.between(self.strong, inner[-1].end, q.start) else inner[-1]

    def _of_another_verb(self, q: Quantity, p: Period) -> bool:
        """Whether a period belongs to another predicate: "lends $1.4 billion for a line, due to open in 2027"."""
        if (
            p.end <= q.start
            and p.inferred
            and p.granularity == "month"
            and self.between(self.semicolons, p.end, q.start)
        ):
            # "15 days at present; the target is 12 days"
            return True
        if (
            p.end <= q.start
            and "," in self.low[p.end : q.start]
            and _INSERTED.search(self.low, max(self.start, p.start - 24), p.start)
        ):
            # "the plant, opened in 2018, can make"
            return True
        if p.start >= q.end:
            later = p.role == "by" and (
                _BRINGING.search(self.low, q.end, p.start) or _NEXT_VERB.search(self.low, q.end, p.start)
            )
            return bool(later or _DUE.search(self.low, q.end, p.start))
        return p.start - self.start > 3 and bool(_NEXT_VERB.search(self.low, p.end, q.start))

    def kind(self, q: Quantity, marks: list[int]) -> str | None:
        """Return the kind that the nearest cue gives a quantity; None without a cue."""
        best, least, cost = None, 1e9, 0.0
        # "the 836-kilometre line would": an attribute says what is there, whatever is then told of it
        attribute = self._attribute(q)
        if self._of_a_known_thing(q):
            return "reported"
        for a, b, name in self.cues:
            if a >= q.end:
                if attribute or self.between(self.strong, q.end, a):
                    continue
                cost = (
                    14
                    + (a - q.end)
                    + 40 * self.between(self.borders, q.end, a)
                    + 30 * self.between(marks, q.end, a)
                )
                if name == "reported":
                    cost += 10
            else:
                if a >= q.num_start and name != "reported":
                    continue
                cost = (
                    0.5 * max(0, q.start - b)
                    + 18 * self.between(self.borders, b, q.start)
                    + 60 * self.between(self.strong, b, q.start)
                )
                if name == "reported":
                    cost += 14
            if cost < least:
                best, least = name, cost
        return best

    def direction(self, q: Quantity) -> str | None:
        """Return whether a quantity is a rise or a fall, from its sign or the words right beside it."""
        sign = self.low[q.num_start - 1 : q.num_start]
        if q.unit == "%" and sign in ("+", "-"):
            return "up" if sign == "+" else "down"
        right = _DIRECTION.match(self.low, q.end + 1, min(self.end, q.end + 14))
        if right is None:
            right = _DIRECTION.search(self.low, q.end, min(self.end, q.end + 12))
        if right and q.unit in ("%", "times", "percentage point"):
            return str(right.lastgroup)
        left = None
        for m in _DIRECTION.finditer(
            self.low,
            max(self.start, q.start - 60),
            q.num_end if q.form == "times" else q.start,
        ):
            if not self.between(self.strong, m.end(), q.start):
                left = m
        if left is None and self.cyrillic:
            for m in cy.UP.finditer(self.low, max(self.start, q.start - 60), min(self.end, q.end + 14)):
                left = m
        return str(left.lastgroup) if left else None


_CHANGE_RIGHT = re.compile(
    r" ?(?:more|higher|lower|less|up|down|increase|growth|rise|decrease|decline|drop|jump|surge|year-on-year|year on year|on the (?:same|previous)|compared (?:to|with) (?:the same|last|a year|20)|from (?:a year|the (?:same|previous|year))|annual growth|over the previous)\b"
)
_SHARE_LEFT = re.compile(r"(?:share|accounts? for|accounting for|proportion|portion)[^.;]{0,40}$")
_PADDING = (
    r"(?:(?:an?|about|nearly|almost|more than|over|just|some|approximately|around|as much as|another) ){0,3}$"
)
_BY_LEFT = re.compile(rf"(?<!making )(?<!makes )(?<!made )(?<!make )\b(?:by|up|down) {_PADDING}")
_MOVED_LEFT = re.compile(
    rf"\b(?:rose|grew|fell|increased|decreased|declined|dropped|jumped|surged|climbed|gained|expanded) {_PADDING}"
)
_GROWTH_OF_LEFT = re.compile(
    r"\b(?:growth|increase|rise|decline|drop|fall|decrease|jump|surge|gain|expansion|reduction|cut)(?: rate)? "
    rf"(?:of|was|is|at|by|reached|amounted to|stood at|totall?ed) {_PADDING}"
)


def is_change(low: str, q: Quantity) -> bool:
    """Whether a percentage (or multiple) says how much something grew rather than what share it has."""
    if q.form == "times":
        return True
    if q.unit not in ("%", "percentage point"):
        return False
    if low[q.num_start - 1 : q.num_start] in ("+", "-"):
        return True
    left = low[max(0, q.start - 60) : q.start]
    if _CHANGE_RIGHT.match(low, q.end):
        return True
    if cy.HAS.search(left) and (cy.CHANGE_RIGHT.match(low, q.end) or cy.CHANGE_LEFT.search(left)):
        return True
    if _SHARE_LEFT.search(left):
        return False
    if _BY_LEFT.search(left):
        return True
    return bool(_MOVED_LEFT.search(left) or _GROWTH_OF_LEFT.search(left))


_INTENDED = re.compile(
    r"\b(?:will|would|plans?|planned|set|to launch|intends?|ready|agreed|promis\w+|going|offer\w*|выделит|вложит|инвестирует)\b"
)
_ANNOUNCED = re.compile(
    r"\b(?:announc|unveil|pledged|approved|granted|provided|extended|signed|committed|allocated|agreements? )"
)


def default_period(
    calendar: Calendar, sentence: Sentence, q: Quantity, kind: str
) -> tuple[date | None, date | None, str, bool]:
    """Return the period of a figure that states none: the month of publication if it reports or announces, else open."""
    announced = kind == "pledge" and (
        _ANNOUNCED.search(sentence.low, sentence.start, sentence.end)
        or not _INTENDED.search(sentence.low, sentence.start, sentence.end)
    )
    if kind in ("reported", "estimate") or announced:
        span = calendar.month_of()
        if span is not None:
            return span[0], span[1], "month", True
    return None, None, "none", False
