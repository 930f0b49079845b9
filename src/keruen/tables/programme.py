"""Programme tables: what is to be built and changed, by whom, for which target."""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, count, flag, key, quantity, ref, text

STAGES = ("announced", "signed", "financed", "under_construction", "completed")
OPERATIONS = ("insert", "set", "multiply", "add", "disable")


class Party(dy.Schema):
    """An office, company or bank: never a person."""

    party_id = key("Identifier.")
    name = text("Name.", nullable=False)
    kind = choice(("government", "company", "bank", "organisation"), "What it is.")
    country = ref("place", "Seat.", nullable=True)


class Project(dy.Schema):
    """A project, or a portfolio that was announced as a whole and stays one."""

    project_id = key("Identifier.")
    name = text("Name.", nullable=False)
    sector = choice(
        ("rail", "road", "port", "crossing", "energy", "industry", "education", "minerals", "mixed"),
        "Sector.",
    )
    portfolio = flag("True for a package that is not itemised; it is never planned as one project.")
    stage = choice(STAGES, "How far it has come.")
    cost = quantity("USD", "Capital cost, in prices of price_year.", nullable=True, minimum=0.0)
    price_year = count("year", "Prices of this year.", nullable=True, minimum=1990, maximum=2100)
    operating_cost = quantity("USD/year", "Yearly cost once open.", nullable=True, minimum=0.0)
    earliest_start = count(
        "year", "First year in which work can start.", nullable=True, minimum=1990, maximum=2100
    )
    duration = quantity("year", "Years of construction.", nullable=True, minimum=0.0)
    life = quantity("year", "Years of service.", nullable=True, above=0.0)
    jobs = quantity("job", "Jobs announced.", nullable=True, minimum=0.0)
    owner = ref("party", "Who answers for it.", nullable=True)
    place_id = ref("place", "Where.", nullable=True)
    requires = ref("project", "Project that must be complete before this one starts.", nullable=True)
    excludes = ref("project", "Project that rules this one out.", nullable=True)


class Commitment(dy.Schema):
    """A package of money or projects as announced; overlap is settled before any two are added."""

    commitment_id = key("Identifier.")
    name = text("Name.", nullable=False)
    stage = choice(("announced", "signed", "financed", "disbursed", "completed"), "How far it has come.")
    party_id = ref("party", "Who committed.", nullable=True)
    amount = quantity("USD", "Amount.", nullable=True, minimum=0.0)
    projects = quantity("project", "Number of projects, where announced.", nullable=True, minimum=0.0)
    overlaps_with = text("Commitments that may contain the same money or projects, separated by |.")
    place_id = ref("place", "Where.", nullable=True)


class Scenario(dy.Schema):
    """A named set of changes."""

    scenario_id = key("Identifier.")
    name = text("Name.", nullable=False)
    description = text("What it supposes.", nullable=False)
    standard = text(
        "Standard that it supposes harmonised (papers, gauge, axle load); null for any other scenario."
    )


class Change(dy.Schema):
    """One change of one cell, by a scenario or by a project once complete (or while it is built)."""

    change_id = key("Identifier.")
    scenario_id = ref("scenario", "Scenario that makes it; null for a project.", nullable=True)
    project_id = ref("project", "Project that makes it; null for a scenario.", nullable=True)
    table = text("Table that is changed.", nullable=False)
    key = text("Row, as a JSON object of its key columns (or any columns that select rows).", nullable=False)
    column = text("Column; empty for insert and disable.")
    operation = choice(OPERATIONS, "Applied in the order insert, set, multiply, add, disable.")
    value = text("New value, factor or summand; a JSON object of the whole row for insert.", evidence=True)
    year_from = count(
        "year", "First year; null is from the start.", nullable=True, minimum=-100, maximum=2200
    )
    year_to = count("year", "Last year; null is to the end.", nullable=True, minimum=-100, maximum=2200)
    relative = flag("True: years count from the project's completion (year 0 is the first year in service).")


class Target(dy.Schema):
    """An announced aim, made measurable where it can be."""

    target_id = key("Identifier.")
    label = text("The aim in words.", nullable=False)
    indicator_id = ref("indicator", "What is measured.")
    place_id = ref("place", "Place.", nullable=True)
    partner_id = ref("place", "Partner.", nullable=True)
    value = quantity("as indicator", "Level aimed at.")
    deadline = count(
        "year",
        "Year by the end of which; null where none was given.",
        nullable=True,
        minimum=1990,
        maximum=2200,
    )
    party_id = ref("party", "Who answers for it.", nullable=True)
    measure = choice(
        ("transit", "corridor", "crossing", "link", "none"),
        "Which model result limits it: tonnes in transit, on a corridor, over a crossing or link; none outside freight.",
    )
    measure_key = text("Identifier of that corridor, crossing or link, or of the country crossed in transit.")


class AppraisalParameter(dy.Schema):
    """A parameter of valuation."""

    parameter_id = key(
        "discount_rate, price_year, carbon_price_low, carbon_price_high, demand_growth_<type>, budget_per_year, horizon, "
        "least_starts_per_year, most_starts_per_year (new projects started in a year)."
    )
    value = quantity("as unit", "Value.")
    unit = text("Unit.", nullable=False)
