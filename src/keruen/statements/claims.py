"""What sort of claim a sentence makes of a figure: period, kind, direction, and who says so.

Receives a page, its quantities and its periods; hands on the choice for each quantity. Everything is decided by nearness within
the sentence, with clause borders and other figures in between counted as distance.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date

from keruen.statements.page import Page
from keruen.statements.periods import Calendar, Period
from keruen.statements.quantities import Quantity

_BORDER = re.compile(r"[;:—]|,(?= )|\b(?:and|while|but|whereas|although|which|who)\b|\.(?= )")
_STRONG = re.compile(r"[;—]|\b(?:while|but|whereas|although)\b|, and\b")

_CUES: list[tuple[str, str]] = [
    ("target", r"aim(?:s|ed|ing)?\b|target(?:s|ed|ing)?\b|goals?\b|objective\b|ambition|intend(?:s|ed)? to|seek(?:s|ing)? to|(?:instruct|task|order)ed\b|(?:plan(?:s|ned|ning)?|agreed|want(?:s|ed)?|hopes?|strives?|aspires?|decided|need(?:s|ed)?|proposed|committed|set) to (?:(?:further|jointly|also|gradually|eventually) )?(?:double|triple|quadruple|increase|raise|bring|boost|reach|expand|grow|reduce|cut|lower|lift|achieve|build|construct|complete|open|create|modernis\w+|modernize\w*|reconstruct|commission|transport|carry|extend|train|hit|take|double|attract|shorten|electrify|repair|upgrade|have|more than double|up)|(?:is|are|was|were|has been|have been|being)(?: also)? planned\b|it is planned|planned (?:to|for|increase|capacity|level)|(?:will|would) have (?!been)\w+ed|should (?:be|reach|rise|grow|not|exceed|amount|increase|total)|must (?:be|reach|rise|not)|(?:is|are) to (?:be|rise|reach|grow|increase|double|receive|open|get)|(?:will|to) be (?:built|constructed|reconstructed|modernis\w+|moderniz\w+|commissioned|repaired|upgraded|electrified|completed)|strategy (?:sets|provides|calls|envisages)|envisag\w+|(?:will|to) (?:build|construct|reconstruct|modernis\w+|moderniz\w+|commission|complete|double|raise|bring)\b|foresees?"),
    ("pledge", r"pledg(?:e|es|ed|ing)\b|commit(?:s|ted|ment|ments|ting)?\b|(?:(?:will|would|plans?|planned|intends?|ready|agreed|promis\w+|vow\w*|set|is|are|going|decided|offered) to |will |would )(?:jointly |also |additionally )?(?:invest|allocate|provide|finance|fund|launch|lend|spend|contribute|supply|grant|channel|disburse|deliver|pour|inject)\b|(?:will|would|to) be (?:invested|allocated|provided|spent|disbursed|channell?ed|earmarked)|announc(?:e|es|ed|ing) (?:plans|a plan|an? (?:\w+ )?package|(?=[$€£¥₸]|[a-z]{3} ?\d|\d))|unveil(?:s|ed|ing)?\b|(?:investment|aid|financing|support|grant|loan) package|packages?\b|loans?\b|(?:plans|intention|proposal|commitments?) to invest|promis(?:e|es|ed|ing)\b|earmark(?:s|ed)?|agreements? (?:provides?|worth|valued|totall?ing)|memorand\w+ (?:worth|valued)|deals? worth|agreement provides|credit line|set to launch|to launch"),
    ("forecast", r"(?<!against )forecast(?:s|ed|ing)?\b|expect(?:s|ed|ing|ation)?\b|project(?:s|ed|ing|ion|ions)\b(?= (?:that|to|a|an|the|growth|it|at|for|by|volume|increase)\b|[.,;]|$)|(?:is|are|was|were) (?:also )?projected|predict(?:s|ed|ing|ion)?\b|anticipat(?:e|es|ed|ing)\b|(?:is|are|was|were) (?:likely|set|due|on track|poised|slated|scheduled)\b|on course to|(?:will|would|could|may|might|can)\b(?! (?:invest|allocate|provide|finance|fund|lend|build|construct)\b)|outlook\b|prospective|potential(?:ly)? (?:reach|rise|grow|of)|in (?:the )?future|by the time"),
    ("estimate", r"estimat(?:e|es|ed|ing|ion|ions)\b|(?:is|are) believed to|(?:is|are) thought to|presumably|calculations?\b|analysts? (?:put|reckon)|reckon(?:s|ed)?\b|preliminary data|assess(?:es|ed)\b|probable|(?:is|are|was|were) (?:put|valued) at"),
    ("reported", r"amounted to|amounts to|totall?ed|reached\b|reaching\b|stood at|stands at|came to|comes to|grew\b|rose\b|fell\b|increased\b|decreased\b|declined\b|dropped\b|exceeded\b|was\b(?! (?:planned|expected|projected|forecast|targeted))|were\b(?! (?:planned|expected|projected|forecast|targeted))|passed\b|handled\b|carried\b|transported\b|made up|makes up|accounts? for|accounted for|accounting for|accounted|operates?\b|received\b|(?:has|have) (?:already )?(?:been )?(?!to\b)\w+(?:ed|un|wn|ne|en|ade|ilt|ent)\b|poured\b|invested\b|ranks?\b|ranked\b|currently|allocated\b|shipped\b|moved\b|exported\b|imported\b|produced\b|generated\b|did not\b|employ\b|is\b(?! (?:to|planned|expected|projected|forecast|set|due|likely|estimated|targeted|being planned))|are\b(?! (?:to|planned|expected|projected|forecast|set|due|likely|estimated|targeted))|held\b|signed\b|completed\b|opened\b|built\b|shrank\b|doubled\b|tripled\b|provides\b|supplies\b|speaks?\b|live\b|down from|up from|compared (?:to|with)|already"),
]  # fmt: skip
_CUE = re.compile(r"(?<![\w-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _CUES) + ")")

_UP = r"increas\w*|grew|grow\w*|rise\w*|rose|rising|up|jump\w*|surg\w*|climb\w*|soar\w*|expand\w*|gain\w*|higher|more than double|more|doubl\w+|tripl\w+|added|accelerat\w+|boost\w*|raise\w*|fold|times"
_DOWN = r"decreas\w*|fell|fall\w*|declin\w*|drop\w*|down|reduc\w*|shr[aiu]nk\w*|cut|cuts|lower\w*|contract(?:ed|ion)|slump\w*|plung\w*|less|slid|dip\w*|halv\w*|shorten\w*|fewer|slow\w*"
_DIRECTION = re.compile(rf"(?<![\w-])(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?!\w)")


@dataclass(frozen=True, slots=True)
class Claim:
    """Period, kind and direction of one quantity."""

    period: Period | None
    kind: str
    direction: str | None


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
        self.borders = [m.start() for m in _BORDER.finditer(low, *span)]
        self.strong = [m.start() for m in _STRONG.finditer(low, *span)]
        self.cues = [(m.start(), m.end(), str(m.lastgroup)) for m in _CUE.finditer(low, *span)]

    @staticmethod
    def between(points: list[int], a: int, b: int) -> int:
        """Return how many of ``points`` lie in ``[a, b)``."""
        return bisect_left(points, b) - bisect_left(points, a)

    def period(self, q: Quantity, marks: list[int]) -> Period | None:
        """Return the period that fits a quantity best; ``marks`` are the numerals of the sentence."""
        best, least = None, 1e9
        for p in self.periods:
            if p.role in ("base", "date"):
                continue
            if p.start >= q.end:
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
                )
                if p.start - self.start < 4:
                    cost *= 0.6
            if cost < least:
                best, least = p, cost
        return best

    def kind(self, q: Quantity, marks: list[int]) -> str | None:
        """Return the kind that the nearest cue gives a quantity; None without a cue."""
        best, least = None, 1e9
        for a, b, name in self.cues:
            if a >= q.end:
                cost = (
                    14
                    + (a - q.end)
                    + 40 * self.between(self.borders, q.end, a)
                    + 30 * self.between(marks, q.end, a)
                    + 60 * self.between(self.strong, q.end, a)
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
        """Return whether a quantity is a rise or a fall, from the words right beside it."""
        right = _DIRECTION.match(self.low, q.end + 1, min(self.end, q.end + 14))
        if right is None:
            right = _DIRECTION.search(self.low, q.end, min(self.end, q.end + 12))
        if right and q.unit in ("%", "times", "percentage point"):
            return str(right.lastgroup)
        left = None
        for m in _DIRECTION.finditer(
            self.low, max(self.start, q.start - 60), q.num_end if q.form == "times" else q.start
        ):
            if not self.between(self.strong, m.end(), q.start):
                left = m
        return str(left.lastgroup) if left else None


_CHANGE_LEFT = re.compile(
    r"(?:(?:increas|grow|ris|fall|declin|decreas|drop|jump|surg|climb|expand|shr[aiu]nk|soar)\w*|grew|rose|fell|up|down|cut|reduced|growth|rise|higher|lower)(?: \w+){0,3}? (?:by|of|to|at|was|amounted to|reached|almost|nearly|about|just)? ?$"
)


def is_change(low: str, q: Quantity) -> bool:
    """Whether a percentage (or multiple) says how much something grew rather than what share it has."""
    if q.form == "times":
        return True
    if q.unit not in ("%", "percentage point"):
        return False
    left = low[max(0, q.start - 60) : q.start]
    right = low[q.end : q.end + 34]
    if re.match(
        r" ?(?:more|higher|lower|less|up|down|increase|growth|rise|decrease|decline|drop|jump|surge|year-on-year|year on year|on the (?:same|previous)|compared (?:to|with) (?:the same|last|a year|20)|from (?:a year|the (?:same|previous|year))|annual growth|over the previous)\b",
        right,
    ):
        return True
    if re.search(r"(?:share|accounts? for|accounting for|proportion|portion)[^.;]{0,40}$", left):
        return False
    if re.search(
        r"\b(?:by|up|down) (?:an? |about |nearly |almost |more than |over |just |some |approximately |around |as much as |another )*$",
        left,
    ) and re.search(
        r"(?:increas|grow|gr[eo]w|ris|rose|fell|fall|declin|decreas|drop|jump|surg|climb|expan|shr[aiu]nk|soar|cut|reduc|up|down|slow|higher|exceed|lower|contract|rais|boost)\w*",
        left,
    ):
        return True
    if re.search(
        r"\b(?:rose|grew|fell|increased|decreased|declined|dropped|jumped|surged|climbed|gained|expanded|up|down) (?:a |about |nearly |almost |more than |over |just |some |approximately |around )*$",
        left,
    ):
        return True
    return bool(
        re.search(
            r"\b(?:growth|increase|rise|decline|drop|fall|decrease|jump|surge|gain|expansion|reduction|cut)(?: rate)? (?:of|was|is|at|by|reached|amounted to|stood at|totall?ed) (?:about |nearly |almost |more than |over |just |approximately |around |an? )*$",
            left,
        )
    )


# -- speakers ----------------------------------------------------------------------------------------------------------

_SPEECH = re.compile(
    r"(?<![\w-])(said|says|saying|told|tells|noted|notes|noting|adds|stated|states|stating|stressed|explained|explains|announced|announces|reported|reports|"
    r"emphasi[sz]ed|highlighted|recalled|pointed out|pointing out|underlined|claimed|remarked|continued|concluded|declared|informed|"
    r"observed|argued|argues|wrote|writes|expects|estimates|estimated|forecasts|predicted|predicts|unveiled|pledged|continues to underscore|promised|confirmed|according to|"
    r"mentioned|commented|outlined|added|instructed|revealed|disclosed|proposed|believes?|allocated)(?!\w)"
)
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|be|being|as|it)(?: (?:also|previously|earlier|recently|officially))? $"
)
_TITLE = re.compile(
    r"^(?:(?:the|his|her|its|Kazakh|Russian|Kazakhstani|Uzbek|Chinese|Kyrgyz|Tajik|Turkmen|Italian|Turkish|Azerbaijani|Iranian|Georgian|German|French|Japanese|First|Deputy|Vice|Acting|Former|Prime|Foreign|Trade|Transport|Energy|"
    r"Finance|Economy|Industry|Agriculture|Education|Interior|Defence|Defense|National|Kazakhstan's|Russia's|Head|Chief|Executive|Senior|"
    r"Minister|Ministers|President|Premier|Chairman|Chairwoman|Chairperson|Chair|Director|Governor|Ambassador|Secretary|Senator|Speaker|Mayor|Akim|"
    r"General|CEO|Spokesman|Spokeswoman|Spokesperson|Commissioner|Dr|Mr|Mrs|Ms|Prof|Professor|Analyst|Economist|Expert|PM|minister|president|premier|deputy|"
    r"spokesman|spokeswoman|spokesperson|chairman|director|analyst|economist|expert|vice|chief|executive|head|counterpart)\.?,?\s+)+"
)
_NAME_WORD = re.compile(r"[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]")
_INNER = frozenset(["of", "the", "for", "and", "&", "de", "al", "bin", "on"])
_LOWER_HEADS = frozenset(
    ["ministry", "ministries", "government", "governments", "office", "bureau", "agency", "agencies", "authorities", "committee", "company", "officials", "department", "service", "minister", "president", "bank", "organisation", "organization", "institutions", "railways", "railway", "commission", "administration", "operator", "spokesman", "spokeswoman", "analysts", "experts", "statement", "press", "report", "centre", "center", "leaders", "investors", "deputy", "prime", "fund", "association", "port", "akimat", "holding", "consortium", "embassy", "council", "parliament", "premier"]
)
_SKIP_LEFT = frozenset(
    ["also", "later", "earlier", "then", "previously", "recently", "has", "have", "had", "further", "developed", "this", "theme", "by", "on", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "in", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "week", "today", "yesterday", "thereby", "additionally", "again", "who", "as", "repeatedly", "officially", "jointly", "is", "are", "was", "were"]
)
_PRONOUNS = frozenset({"he", "she", "they"})
_TOKEN = re.compile(r"[\w'&.\-]+|,|\"|\(|\)|—|;|:")


def _is_name(token: str) -> bool:
    return bool(_NAME_WORD.match(token))


def _name_left(flat: str, start: int, at: int) -> str | None:
    """Return the subject that ends before ``at``: a name, an institution or a pronoun."""
    tokens = _TOKEN.findall(flat[max(start, at - 140) : at])
    i = len(tokens) - 1
    # an inserted phrase between commas: "Abdenov, the deputy minister, told"
    if i >= 0 and tokens[i] == ",":
        j = i - 1
        while j >= 0 and i - j < 10 and tokens[j] != ",":
            j -= 1
        if j > 0 and tokens[j] == "," and _is_name(tokens[j - 1]):
            i = j - 1
        else:
            return None
    skipped = 0
    while (
        i >= 0
        and (
            tokens[i].lower() in _SKIP_LEFT
            and not (_is_name(tokens[i]) and tokens[i].lower() not in _SKIP_LEFT)
        )
        and skipped < 6
    ):
        i -= 1
        skipped += 1
    if i < 0:
        return None
    if tokens[i].lower() in _PRONOUNS:
        return tokens[i].lower()
    stop = i
    begin = i + 1
    while i >= 0:
        token = tokens[i]
        lowered = token.lower()
        if _is_name(token) or lowered in _LOWER_HEADS:
            begin = i
        elif (
            lowered in _INNER
            and i > 0
            and (_is_name(tokens[i - 1]) or tokens[i - 1].lower() in _LOWER_HEADS or lowered == "the")
        ) or lowered in (
            "other",
            "international",
            "press",
            "national",
            "railway",
            "statistics",
            "foreign",
            "european",
            "central",
            "from",
            "regional",
            "state",
            "local",
            "federal",
            "gulf",
            "the",
        ):
            pass
        else:
            break
        i -= 1
    if begin > stop:
        return None
    words = tokens[begin : stop + 1]
    return " ".join(words)


def _name_right(flat: str, at: int, end: int) -> str | None:
    """Return the name or institution that starts at ``at``: after "said" or "according to"."""
    tokens = _TOKEN.findall(flat[at : min(end, at + 120)])
    if tokens and tokens[0].lower() in _PRONOUNS:
        return tokens[0].lower()
    out: list[str] = []
    for token in tokens:
        lowered = token.lower()
        clean = token.rstrip(".") if len(token) > 3 else token
        if (
            _is_name(token)
            or lowered in _LOWER_HEADS
            or (out and lowered in _INNER)
            or lowered
            in (
                "the",
                "national",
                "official",
                "data",
                "figures",
                "statistics",
                "preliminary",
                "state",
                "regional",
                "statistical",
            )
        ):
            out.append(clean)
            if token.endswith(".") and len(token) > 3:
                break
        else:
            break
    while out and (out[-1].lower() in _INNER):
        out.pop()
    if not out or not any(_is_name(w) or w.lower() in _LOWER_HEADS for w in out):
        return None
    return " ".join(out)


def tidy(name: str) -> str:
    """Return a speaker's name without titles where a personal name remains.

    Examples
    --------
    >>> tidy("Kazakh Prime Minister Olzhas Bektenov"), tidy("the Ministry of Transport"), tidy("Bektenov's office")
    ('Olzhas Bektenov', 'Ministry of Transport', "Bektenov's office")
    """
    bare = _TITLE.sub("", name + " ").strip(" ,.")
    if bare and _is_name(bare) and not bare.lower().startswith(("of ", "for ", "the ")):
        return bare
    return re.sub(r"^(?:[Tt]he|[Aa]n?) ", "", name).strip(" ,.")


@dataclass(frozen=True, slots=True)
class Speech:
    """A verb of speech, with the name beside it."""

    at: int
    name: str
    institution: bool = False


class Speakers:
    """Who says what on a page: named beside the figure, around its quotation, or carried by a pronoun."""

    def __init__(self, leaf: Page) -> None:
        self.leaf = leaf
        self.quotes = self._quotes()
        self._memo: dict[int, list[Speech]] = {}

    def _quotes(self) -> list[tuple[int, int]]:
        """Return the spans of quotations; one that is never closed ends with its paragraph."""
        flat, spans, opened = self.leaf.flat, [], -1
        marks = [m.start() for m in re.finditer('"', flat)]
        for at in marks:
            if opened >= 0 and self.leaf.paragraph(at) != self.leaf.paragraph(opened):
                opened = -1
            opens = (
                (at == 0 or not (flat[at - 1].isalnum() or flat[at - 1] in ".,!?…)"))
                and at + 1 < len(flat)
                and flat[at + 1] != " "
            )
            if opened < 0:
                if opens:
                    opened = at
            elif not opens:
                spans.append((opened, at))
                opened = -1
            else:
                opened = at
        return spans

    def events(self, start: int, end: int) -> list[Speech]:
        """Return the verbs of speech in a sentence, each with its name."""
        if start in self._memo:
            return self._memo[start]
        low, flat = self.leaf.low, self.leaf.flat
        out: list[Speech] = []
        for m in _SPEECH.finditer(low, start, end):
            verb = m.group(1)
            if verb == "according to":
                name = _name_right(flat, m.end(), end)
            elif _PASSIVE.search(low, max(start, m.start() - 20), m.start()):
                continue
            else:
                name = _name_left(flat, start, m.start())
                if name is None and low[max(start, m.start() - 3) : m.start()].strip(" ")[-1:] in (
                    ",",
                    '"',
                    "-",
                    "–",
                ):
                    name = _name_right(flat, m.end(), end)
            if name:
                out.append(Speech(m.start(), name))
        self._memo[start] = out
        return out

    def _last_named(self, before: int) -> str | None:
        """Return the last personal name beside a verb of speech (or title) before an offset, three sentences back at most."""
        leaf = self.leaf
        i = max(0, bisect_left(leaf.starts, before) - 1)
        for k in range(i, max(-1, i - 6), -1):
            start, end = leaf.sentence(leaf.starts[k])
            for event in reversed(self.events(start, min(end, before))):
                if event.name not in _PRONOUNS:
                    return event.name
            titled = list(
                re.finditer(
                    r"(?:Minister|President|Premier|Chairman|Head|Ambassador|Director) ((?:[A-Z][\w'-]+ ?){1,3})",
                    leaf.flat[start : min(end, before)],
                )
            )
            if titled:
                return titled[-1].group(1).strip()
        return None

    def of(self, q: Quantity) -> str | None:
        """Return who says a quantity; None where nobody is named."""
        leaf = self.leaf
        start, end = leaf.sentence(q.num_start)
        name: str | None = None
        for a, b in self.quotes:
            if a < q.num_start < b:
                name = self._around(a, b)
                break
        if name is None:
            events = self.events(start, end)
            if events:
                name = min(events, key=lambda e: abs(e.at - q.num_start)).name
        if name in _PRONOUNS:
            name = self._last_named(start if name else q.num_start)
        return tidy(name) if name else None

    def _around(self, a: int, b: int) -> str | None:
        """Return who speaks a quotation: the verb of speech behind it, else before it."""
        leaf = self.leaf
        after_end = min(len(leaf.flat), b + 160)
        paragraph = leaf.paragraph(b)
        stop = leaf.paragraphs[paragraph + 1] if paragraph + 1 < len(leaf.paragraphs) else len(leaf.flat)
        tail = re.search(r"[.;!?](?= |$)", leaf.flat[b + 1 : min(after_end, stop)])
        behind = self.events_in(b + 1, b + 1 + tail.end() if tail else min(after_end, stop))
        if behind:
            return behind[0].name
        start, _ = leaf.sentence(max(0, a - 1))
        before = [e for e in self.events_in(start, a)]
        if before:
            return before[-1].name
        return self._last_named(a)

    def events_in(self, start: int, end: int) -> list[Speech]:
        """Return the events between two offsets that need not be a sentence."""
        low, flat = self.leaf.low, self.leaf.flat
        out = []
        for m in _SPEECH.finditer(low, start, end):
            name = _name_left(flat, start, m.start())
            if name is None:
                name = _name_right(flat, m.end(), end)
            if name:
                out.append(Speech(m.start(), name))
        return out


_ANNOUNCED = re.compile(r"\b(?:announc|unveil|pledged|signed|committed|allocated|agreements? )")


def default_period(
    calendar: Calendar, sentence: Sentence, q: Quantity, kind: str
) -> tuple[date | None, date | None, str, bool]:
    """Return the period of a figure that states none: the month of publication if it reports or announces, else open."""
    announced = kind == "pledge" and _ANNOUNCED.search(sentence.low, sentence.start, sentence.end)
    if kind in ("reported", "estimate") or announced:
        span = calendar.month_of()
        if span is not None:
            return span[0], span[1], "month", True
    return None, None, "none", False
