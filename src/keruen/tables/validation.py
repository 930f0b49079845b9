"""What was counted or published of the past, and how near the model comes to it.

``observation`` is an input. ``demand_fit`` says how demand was fitted to published totals; ``validation`` sets the model
beside observations; ``back_test`` sets what would have been foreseen beside what then happened.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, flag, key, quantity, ref, text, year_key

MEASURES = (
    "crossing", "border", "link", "corridor", "transit", "turnover", "corridor_time", "corridor_cost", "crossing_time",
    "crossing_vehicles",
)  # fmt: skip
ROLES = ("fitted", "held_out")


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Observation(dy.Schema):
    """Something that was counted, timed or published, for the model to be held against."""

    observation_id = key("Identifier.")
    series = text(
        "Name that observations of one thing in several years share; null for one that stands alone."
    )
    label = text("What it is, in words.", nullable=False)
    measure = choice(
        MEASURES,
        "Tonnes over crossings, over a border by a mode, over links (both ways), along a corridor or in transit; tonne-km; "
        "hours and USD/t along a corridor; hours and vehicles a day at crossings.",
    )
    measure_key = text(
        "The crossings, links or corridor, separated by |; for a border COUNTRY|COUNTRY|mode; for transit and turnover "
        "COUNTRY or COUNTRY|mode.",
        nullable=False,
    )
    origin = text("Only goods from these nodes or countries, separated by |, and back; null for all.")
    destination = text("Only goods to these, and back; null for all.")
    commodity_id = text("Only these goods, separated by |; null for all.")
    year = count("year", "Year.", minimum=1900, maximum=2200)
    scenario_id = ref("scenario", "Scenario that describes that time; null for none.", nullable=True)
    value = quantity("as measure", "What was published.", minimum=0.0)
    role = choice(ROLES, "fitted: looked at when the model was calibrated; held_out: not.")
    floor = _q(
        "1", "Most that the model may miss it by, as a share; null where nothing is asked.", nullable=True
    )
    compared_with = ref("observation", "Earlier observation from which the change is judged.", nullable=True)


class DemandFit(dy.Schema):
    """A control total and what the demand adds up to, before and after the fit."""

    total_id = key("Total.")
    year = year_key("Year.")
    label = text("What is counted.", nullable=False)
    prior = _q("t/year", "Before the fit.")
    fitted = _q("t/year", "After the fit.")
    low = _q("t/year", "Least that it can be.")
    high = _q("t/year", "Most that it can be.")
    residual = _q("t/year", "By how much the fit lies outside the interval; 0 inside.")
    multiplier = _q("1", "Factor by which the total changes its flows; 1 where it does not bind.")


class Validation(dy.Schema):
    """The model beside what was published."""

    observation_id = key("Observation.")
    year = year_key("Year.")
    label = text("What it is.", nullable=False)
    scenario_id = text("Scenario in force.")
    unit = text("Unit.", nullable=False)
    model = _q("as unit", "Model.")
    published = _q("as unit", "Published.")
    difference = _q("1", "Model over published, less one.")
    role = text("fitted or held_out.", nullable=False)
    floor = _q("1", "Most that the difference may be.", nullable=True)
    source = text("Figures and assumptions that the published number rests on.", nullable=False)
    compared_with = text("Earlier observation.")
    model_change = _q("1", "Change since then in the model.", nullable=True)
    published_change = _q("1", "Change since then as published.", nullable=True)


class BackTest(dy.Schema):
    """What would have been expected of a year with what was known the year before."""

    series = key("What was expected.")
    year = year_key("Year.")
    label = text("In words.", nullable=False)
    published = _q("as unit", "What happened.")
    model = _q("as unit", "What the model would have said.")
    naive = _q("as unit", "The year before.")
    trend = _q("as unit", "The year before, grown as in the years before it.", nullable=True)
    model_error = _q("1", "Absolute error of the model, as a share of what happened.")
    naive_error = _q("1", "The same of the year before.")
    trend_error = _q("1", "The same of the trend.", nullable=True)
    better = flag("Whether the model came nearer than the year before.")
