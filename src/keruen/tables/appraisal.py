"""Appraisal tables: what each project brings, to whom, and whether it is worth its cost."""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, key, quantity, text, year_key

BENEFIT_TYPES = (
    "time",
    "reliability",
    "charge",
    "choice",
    "generated",
    "resource_cost",
    "co2",
    "co2_high",
    "capital",
    "operation",
    "residual",
)


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Benefit(dy.Schema):
    """What a project brings (costs below zero) in a year, undiscounted; all types but co2_high add up to welfare."""

    project_id = key("Project.")
    year = year_key("Year.")
    type = key(
        "What: " + ", ".join(BENEFIT_TYPES) + ". A charge is a transfer: what shippers save, carriers lose;"
        " co2_high is what the high carbon price adds to co2."
    )
    country = key("Country of the link or place.")
    beneficiary = key("Who: shippers, carriers, owner or public.")
    value = _q("USD/year", "Value, undiscounted.")


class Harmonisation(dy.Schema):
    """What a harmonised standard is worth in the base year, by country; together: all of them at once."""

    scenario_id = key("Scenario that supposes it, or together.")
    country = key("Country of the link or place.")
    hours = _q("t-h/year", "Hours that goods save.")
    value = _q("USD/year", "Gain of welfare at the low carbon price; the cost of harmonising is not in it.")
    co2 = _q("t/year", "CO2 not emitted.")


class Appraisal(dy.Schema):
    """Whether a project is worth its cost: with and without it, the rest of the network as it is."""

    project_id = key("Project.")
    open_year = count("year", "First year in service.")
    first_year = count("year", "First year appraised; money is discounted to it.")
    last_year = count("year", "Last year appraised.")
    capital = _q("USD", "Capital cost within the years appraised, discounted.")
    npv = _q("USD", "Net present value at the low carbon price.")
    npv_high_carbon = _q("USD", "Net present value at the high carbon price.")
    eirr = _q("1/year", "Economic internal rate of return; null where none or several.", nullable=True)
    bcr = _q(
        "1", "Benefits less operating cost over capital, both discounted; null without cost.", nullable=True
    )
    switching_value = _q(
        "1", "Multiple of the capital cost at which the net present value is zero.", nullable=True
    )
    switching_benefits = _q(
        "1", "Multiple of everything but the project's own cost at which it is zero.", nullable=True
    )
    switching_time = _q("1", "Multiple of the value of time, spread of waits along with it.", nullable=True)
    switching_carbon_price = _q(
        "USD/t CO2", "Carbon price at which it is zero; null where none from 0 up does that.", nullable=True
    )
    transfer = _q(
        "USD", "Charges that shippers pay more and carriers take more: it changes hands and is no gain."
    )
    diverted = _q("USD", "Of it, drawn from carriers of countries that lose business.")
    regional_gain = _q("USD", "Present value over the countries that gain.")
    regional_loss = _q("USD", "Present value over the countries that lose, below zero; both add up to npv.")
    first_year_return = _q("1/year", "Net benefit of the first year in service over capital.", nullable=True)
    financial_npv = _q(
        "USD", "Net present value to owner and carriers: charges less resource cost and project."
    )
    verdict = choice(("worth_it", "not_worth_it", "depends_on_carbon"), "In a word.")
    explanation = text("In a sentence.", nullable=False)
