"""Evidence tables: what was announced, where it stands, and what may be concluded from it.

``source`` to ``binding`` are inputs; ``statement``, ``figure``, ``conflict`` and ``lineage`` are written by the run.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, date, flag, key, quantity, ref, text

KINDS = ("reported", "estimate", "forecast", "target", "pledge")
MODIFIERS = ("exact", "approx", "gt", "ge", "lt", "le", "lt_near", "range")
INDICATOR_CLASSES = ("stock", "flow", "ratio", "growth", "count", "rank")
ASPECTS = ("actual", "forecast", "target", "pledge")
DECISIONS = ("accept", "correct", "reject", "add")


class Source(dy.Schema):
    """A published page and the brief in our own words that stands for it in the dataset."""

    source_id = key("Identifier, also used in citations.")
    title = text("Title as published.", nullable=False)
    publisher = text("Who published it.", nullable=False)
    published = date("Day of publication; relative periods count from it.", nullable=False)
    url = text("Address of the original.")
    path = text("File of the document below the dataset's documents folder; empty for a citation only.")
    language = choice(("en", "ru", "kk"), "Language of the document.")
    weight = quantity(
        "1", "Prior reliability: relative weight when sources disagree.", evidence=False, above=0.0
    )


class Roster(dy.Schema):
    """A row that the dataset must hold. A row may stand without being here; what is here may not go missing."""

    table = key("Table.")
    row = key("Its key; the parts of a key of several columns are separated by a comma and a space.")


class Place(dy.Schema):
    """Anything that an announcement can be about: a country, region, city, crossing, port, corridor or section."""

    place_id = key("Identifier; ISO 3166 alpha-3 for countries.")
    name = text("English name.", nullable=False)
    kind = choice(
        ("world", "bloc", "region", "country", "city", "crossing", "port", "corridor", "section", "site"),
        "What it is.",
    )
    parent = ref("place", "The place that it lies in.", nullable=True)
    names = text("Other names and spellings, separated by |, that the reader recognises.")


class Indicator(dy.Schema):
    """A quantity that can be announced, with the words it is announced in."""

    indicator_id = key("Identifier, as used in figure references.")
    label = text("Name for people.", nullable=False)
    sector = choice(
        (
            "trade", "investment", "projects", "transport", "borders", "energy", "minerals", "education",
            "culture", "economy",
        ),
        "Part of the cooperation that it measures.",
    )  # fmt: skip
    unit = text(
        "Canonical unit: ISO 4217 code for money, else t, TEU, km, h, day, %, MW, project, ...",
        nullable=False,
    )
    indicator_class = choice(INDICATOR_CLASSES, "How values behave over time and under addition.")
    keywords = text("Phrases that announce it, separated by |; the most telling first.", nullable=False)
    directed = flag("Whether place and partner differ in role (an export) or not (a turnover).")


class Identity(dy.Schema):
    """A generic relation between figures; a row for a new domain, never code for an article."""

    identity_id = key("Identifier.")
    form = choice(
        ("sum", "share", "growth", "part_whole", "mirror", "cumulative", "exchange", "part_year", "product", "rank",
         "drift"),
        "Which relation holds.",
    )  # fmt: skip
    result = ref("indicator", "The whole, the ratio's value or the grown quantity.", nullable=True)
    operands = text("Indicators that enter, separated by |; class:flow means every indicator of that class.")
    over = choice(
        ("partner", "place", "commodity"),
        "Where parts differ from their whole: by partner, member place or goods; empty where all keys agree.",
        nullable=True,
    )
    tolerance = quantity("1", "Relative slack within which the relation holds.", evidence=False, minimum=0.0)
    note = text("Why the relation holds, and when it may not.")


class ExchangeRate(dy.Schema):
    """Average of a year; a conversion in an announcement is checked against its band."""

    currency = key("ISO 4217 code.")
    year = dy.Integer(
        primary_key=True, min=1990, max=2100, description="Calendar year.", metadata={"unit": "year"}
    )
    usd_per_unit = quantity("USD", "Dollars for one unit of the currency, average of the year.", above=0.0)
    low = quantity("USD", "Lowest of the year.", nullable=True, evidence=False, above=0.0)
    high = quantity("USD", "Highest of the year.", nullable=True, evidence=False, above=0.0)
    citation = text("Where the average was published, or that it was not checked against a publication.")


class Statement(dy.Schema):
    """One figure as it was announced, with the passage it came from."""

    statement_id = key("Hash of the content: source, sentence, place in it.")
    source_id = ref("source", "Document that it stands in.")
    start = count("code point", "Offset of the quote in the document.", minimum=0)
    end = count("code point", "Offset behind the quote.", minimum=0)
    quote = text("The quantity as written, with its modifier: document[start:end].", nullable=False)
    value = quantity("as unit", "Central value in base units.", nullable=True, evidence=False)
    value_low = quantity("as unit", "Lower bound; null where open.", nullable=True, evidence=False)
    value_high = quantity("as unit", "Upper bound; null where open.", nullable=True, evidence=False)
    unit = text("Unit of the value: ISO 4217, t, TEU, km, %, project, ...", nullable=False)
    modifier = choice(MODIFIERS, "How the announcement hedges the value.")
    direction = choice(("up", "down"), "Direction, where the statement is of a change.", nullable=True)
    rate = text("What the value is per (year, day, 500 km), where it is a rate.")
    price_basis = text(
        "Prices that an amount of money is in, where stated: current, constant, constant 2015, ppp."
    )
    period_start = date("First day that the figure is about; null where open or not stated.")
    period_end = date("Last day that the figure is about; null where open or not stated.")
    granularity = choice(
        ("day", "month", "quarter", "half", "part_year", "year", "academic_year", "span", "none"),
        "How exactly the period was stated.",
    )
    period_inferred = flag("Whether the period was inferred rather than stated.")
    kind = choice(KINDS, "What sort of claim it is.")
    speaker = text("Who says so, where somebody is named.")
    indicator_id = ref("indicator", "Indicator it was linked to; null where unlinked.", nullable=True)
    indicator_score = quantity(
        "1", "Score of the link, 0 to 1.", nullable=True, evidence=False, minimum=0.0, maximum=1.0
    )
    place_id = ref("place", "Place that it is about.", nullable=True)
    partner_id = ref("place", "The other side, where there is one.", nullable=True)
    commodity_id = text("Goods that it is about, where named.")
    converts = text("statement_id of the amount that this one restates in another currency.")
    sentence_start = count("code point", "Offset of the sentence that holds it.", minimum=0)
    sentence_end = count("code point", "Offset behind that sentence.", minimum=0)


class Review(dy.Schema):
    """A person's decision on a statement; never overwritten, and kept when the document is read again."""

    review_id = key("Identifier.")
    source_id = ref("source", "Document that it is about.")
    statement_id = text("Statement that it decides on; empty for an added one.")
    decision = choice(DECISIONS, "accept, correct (fields), reject, or add a statement that was missed.")
    quote = text("Exact words in the document; with decision add they must stand there just once.")
    fields = text("JSON object of corrected or added columns.")
    reason = text("Why.", nullable=False)
    decided = date("Day of the decision.", nullable=False)


class Assumption(dy.Schema):
    """A number nobody announced, declared with its range and reason."""

    assumption_id = key("Identifier, as used in binding expressions.")
    value = quantity("as unit", "Central value.", evidence=False)
    low = quantity("as unit", "Low end of the plausible range.", evidence=False)
    high = quantity("as unit", "High end of the plausible range.", evidence=False)
    unit = text("Unit of the value.", nullable=False)
    reason = text("Why this value, and what it would take to know better.", nullable=False)
    source_id = ref("source", "Citation, where one supports it.", nullable=True)


class Binding(dy.Schema):
    """Which figures and assumptions fill a model cell, and why."""

    binding_id = key("Identifier.")
    table = text("Model table.", nullable=False)
    key = text(
        'Rows, as JSON: {"link_id": "dostyk_aktogay"}, or any columns that select several rows.',
        nullable=False,
    )
    column = text("Column that is filled.", nullable=False)
    expression = text(
        "Arithmetic over figure('...'), assumption('...'), given (the value typed in the cell), other columns of the "
        "row by name, and great_circle().",
        nullable=False,
    )
    reason = text("Why the cell rests on this.", nullable=False)


class Figure(dy.Schema):
    """What the evidence says of one quantity after rival statements were weighed."""

    figure_id = key("indicator/place/partner/commodity/period/aspect, with - for what is not given.")
    indicator_id = ref("indicator", "What it measures.")
    place_id = ref("place", "Place.", nullable=True)
    partner_id = ref("place", "Partner.", nullable=True)
    commodity_id = text("Goods.")
    period = text("2024, 2024-03, 2023-01..2023-09, ..2027 (by then), or - for not stated.", nullable=False)
    period_start = date("First day.")
    period_end = date("Last day.")
    aspect = choice(ASPECTS, "Whether it has happened, is expected, aimed at or pledged.")
    unit = text("Unit of the estimate.", nullable=False)
    estimate = quantity("as unit", "Reconciled value.", evidence=False)
    low = quantity("as unit", "Low end of what the evidence allows.", nullable=True, evidence=False)
    high = quantity("as unit", "High end of what the evidence allows.", nullable=True, evidence=False)
    rests_on = dy.List(dy.String(), description="Statements it rests on.", metadata={"unit": ""})
    set_aside = dy.List(dy.String(), description="Statements set aside.", metadata={"unit": ""})
    explanation = text("In a sentence: what was weighed and why.", nullable=False)


class Conflict(dy.Schema):
    """Statements that cannot all be true, and the likeliest reasons."""

    conflict_id = key("Hash of the members.")
    members = dy.List(dy.String(), description="Statements of a minimal conflict.", metadata={"unit": ""})
    identity_id = text("Identities by which they clash, separated by |.")
    explanation = text("The likeliest explanation, in a sentence.", nullable=False)
    cause = choice(
        ("part_year", "reporter", "scope", "valuation", "rounding", "exchange", "typing_error", "stale",
         "disagreement", "contradiction"),
        "Class of the likeliest explanation.",
    )  # fmt: skip
    alternatives = text("Other explanations, ranked, separated by |.")
    repairs = dy.List(
        dy.String(),
        description="Minimal repairs, each a | list of statements set aside; several are a tie.",
        metadata={"unit": ""},
    )
    size = quantity("1", "Relative size of the disagreement.", evidence=False, minimum=0.0)


class Lineage(dy.Schema):
    """Which statements and assumptions a model cell rests on; derived from the bindings."""

    table = key("Model table.")
    row = key("Key of the row, as JSON.")
    column = key("Column.")
    rests_on_kind = key("What sort of evidence: figure, assumption or given.")
    rests_on = key("Its identifier.")
    binding_id = text("Binding that says so.")
