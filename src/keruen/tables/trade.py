"""Trade tables: yearly series, what models expect of them, and what was promised.

``series``, ``price_index``, ``promise`` and ``promise_version`` are what people write down. The room ``trade`` joins them with
what the evidence says and writes ``yearly_series``, ``forecast``, ``promise_history`` and ``promise_status``.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, date, key, quantity, ref, text, year_key

VERDICTS = ("met", "late", "redefined", "unmeasurable", "no_evidence", "open")
EVENTS = ("announced", "repeated", "moved", "redefined")


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Series(dy.Schema):
    """Yearly figures of one quantity by one reporter, as they stood at one time: written down, with a citation."""

    series_id = key("indicator/place/partner/commodity/reporter, with - for what is not given.")
    year = year_key("Calendar year.")
    vintage = key("When the figure was published: 2024-03-05, 2024-03 or 2024.")
    indicator_id = ref("indicator", "What it measures.")
    place_id = ref("place", "Place.", nullable=True)
    partner_id = ref("place", "Partner.", nullable=True)
    commodity_id = text("Goods.")
    reporter = ref(
        "place", "Country whose statistics say so; null for the figure weighed from all.", nullable=True
    )
    valuation = choice(
        ("CIF", "FOB"), "Whether freight and insurance to the border are included.", nullable=True
    )
    unit = text("Unit of the value.", nullable=False)
    value = _q("as unit", "Value of the year.")
    definition = text("What is counted, where definitions differ.")
    citation = text("Where it was published.")


class YearlySeries(Series):
    """Every yearly series: what was written down, and what the figures and their reporters say."""

    evidence = text("Figure or statement that it was drawn from; empty for one that was written down.")


class PriceIndex(dy.Schema):
    """A price index, average of the year, to tell volume from price."""

    index_id = key("Identifier: the ISO 4217 code of the money whose prices it follows.")
    year = year_key("Calendar year.")
    value = quantity("1", "Level of the index.", evidence=False, above=0.0)
    citation = text("Where it was published.", nullable=False)


class Promise(dy.Schema):
    """Something that an office said it would bring about; its versions say what and by when."""

    promise_id = key("Identifier.")
    label = text("What was promised, in words.", nullable=False)
    office = text("The office that answers for it, never a person.", nullable=False)
    indicator_id = ref("indicator", "What was promised.")
    place_id = ref("place", "Place.", nullable=True)
    partner_id = ref("place", "Partner.", nullable=True)
    measured_by = ref(
        "indicator", "Whose figures tell whether it was kept; empty where nothing counts it.", nullable=True
    )
    sense = choice(("at_least", "at_most"), "Whether more keeps the promise, or less.")
    figures = text("Figures of the aim that are versions of this promise, separated by |.")


class PromiseVersion(dy.Schema):
    """One saying of a promise that no document of the dataset holds: the level and the year as they stood then."""

    promise_id = key("Promise.", references="promise")
    announced = dy.Date(primary_key=True, description="Day it was said.", metadata={"unit": "ISO 8601 date"})
    version = key("Tells apart what was said on one day: statement, or a word of one's own.")
    value = _q("as indicator", "Level promised.", nullable=True)
    deadline = count(
        "year",
        "Year by the end of which; null where none was given.",
        nullable=True,
        minimum=1990,
        maximum=2200,
    )
    wording = text("The level as it was said.")
    speaker = text("Who said so, where an office is named.")
    source_id = ref("source", "Where it was said.", nullable=True)
    citation = text("Where it was said, for a page that is not among the sources.")


class PromiseHistory(dy.Schema):
    """Every saying of every promise, written down or read, and what it did to the promise."""

    promise_id = key("Promise.")
    announced = dy.Date(primary_key=True, description="Day it was said.", metadata={"unit": "ISO 8601 date"})
    version = key("Tells apart what was said on one day.")
    event = choice(EVENTS, "What it did to the promise.")
    value = _q("as indicator", "Level promised.", nullable=True)
    deadline = count("year", "Year by the end of which; null where none was given.", nullable=True)
    unit = text("Unit of the level.", nullable=False)
    wording = text("The level as it was said.")
    speaker = text("Who said so, where an office is named.")
    source_id = text("Source in which it was said.")
    citation = text("Where it was said, for a page that is not among the sources.")
    statement_id = text("Statement that it was read from; empty for one that was written down.")


class Forecast(dy.Schema):
    """What several models expect of a yearly series, averaged, with the range between them."""

    series_id = key("Series.")
    year = year_key("Year.")
    indicator_id = text("What it measures.", nullable=False)
    place_id = text("Place.")
    partner_id = text("Partner.")
    unit = text("Unit.", nullable=False)
    last_year = count("year", "Year of the latest value.")
    last_value = _q("as unit", "Latest value.")
    points = count("1", "Yearly values that the models saw.")
    expected = _q("as unit", "Middle of the averaged models.")
    low = _q("as unit", "Low end (10 %).")
    high = _q("as unit", "High end (90 %).")
    model_low = _q("as unit", "Least middle of any one model.")
    model_high = _q("as unit", "Greatest middle of any one model.")
    models = text("The models that were averaged, separated by |.", nullable=False)


class PromiseStatus(dy.Schema):
    """What became of a promise, with the statements that say so."""

    promise_id = key("Promise.")
    label = text("What was promised, in words.", nullable=False)
    office = text("The office that answers for it.")
    indicator_id = text("What was promised.", nullable=False)
    place_id = text("Place.")
    partner_id = text("Partner.")
    unit = text("Unit of the levels.", nullable=False)
    first_announced = date("Day it was first said.", nullable=False)
    last_said = date("Day it was last said.", nullable=False)
    versions = count("1", "Times that it was said.")
    first_value = _q("as unit", "Level as first said.", nullable=True)
    first_deadline = count("year", "Deadline as first said.", nullable=True)
    value = _q("as unit", "Level as it stands.", nullable=True)
    deadline = count("year", "Deadline as it stands.", nullable=True)
    measured_year = count(
        "year", "Year of the figure that it was judged by, else of the latest one.", nullable=True
    )
    measured_value = _q("as unit", "That figure.", nullable=True)
    needed_growth = _q("1/year", "Yearly growth still needed.", nullable=True)
    needed_volume_growth = _q(
        "1/year",
        "Of it, in volume, if prices go on rising as in the last ten years; for money whose price index is known.",
        nullable=True,
    )
    achieved_growth = _q("1/year", "Yearly growth since the first figure.", nullable=True)
    verdict = choice(VERDICTS, "In a word; open is one whose deadline is still to come.")
    explanation = text("In a sentence.", nullable=False)
    history = text("Announced, repeated, moved, redefined: each with its day.", nullable=False)
    as_of = date("Latest day that the evidence speaks of.", nullable=False)
    said_in = dy.List(dy.String(), description="Sources in which it was said.", metadata={"unit": ""})
    statements = dy.List(dy.String(), description="Statements that say it.", metadata={"unit": ""})
    evidence = dy.List(
        dy.String(),
        description="Figures, or series written down, that it was judged by.",
        metadata={"unit": ""},
    )
    evidence_statements = dy.List(
        dy.String(), description="Statements that those figures rest on.", metadata={"unit": ""}
    )
