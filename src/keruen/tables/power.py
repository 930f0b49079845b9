"""Power tables: what makes electricity, what it burns, how much is needed, and the least-cost mix of each year.

``fuel``, ``plant`` and ``load`` are inputs; ``power_mix`` and ``power_year`` are written by the room ``power``.
"""

from __future__ import annotations

import dataframely as dy

from keruen.tables.columns import choice, flag, key, quantity, ref, text, year_key

TECHNOLOGIES = ("coal", "gas", "hydro", "wind", "solar", "nuclear", "import")


def _q(unit: str, description: str, *, nullable: bool = False) -> dy.Float64:
    return quantity(unit, description, nullable=nullable, evidence=False)


class Fuel(dy.Schema):
    """What a plant burns."""

    fuel_id = key("Identifier.")
    name = text("Name.", nullable=False)
    cost = quantity("USD/MWh", "Price of the heat in it.", minimum=0.0)
    emission = quantity("kg CO2/MWh", "Emission when a megawatt-hour of its heat is set free.", minimum=0.0)


class Plant(dy.Schema):
    """A fleet of plants of one kind: those that stand, one that was announced, or those that may be built."""

    plant_id = key("Identifier.")
    name = text("Name.", nullable=False)
    technology = choice(TECHNOLOGIES, "What it is.")
    renewable = flag("Whether its electricity counts towards the target for renewables.")
    fuel_id = ref("fuel", "What it burns; coal, gas and nuclear plants need one.", nullable=True)
    project_id = ref(
        "project",
        "Project that brings the capacity: it serves once built; null stands already.",
        nullable=True,
    )
    capacity = quantity("MW", "Capacity that stands, or that the project brings.", minimum=0.0)
    retirement = quantity(
        "1/year", "Share of the first capacity that closes each year.", minimum=0.0, maximum=1.0
    )
    availability = quantity(
        "1", "Most that it makes in a year, as a share of running at full load.", minimum=0.0, maximum=1.0
    )
    firm_share = quantity(
        "1", "Share of its capacity that can be counted on at the peak.", minimum=0.0, maximum=1.0
    )
    efficiency = quantity(
        "1", "Electricity out of heat; empty without fuel.", nullable=True, above=0.0, maximum=1.0
    )
    variable_cost = quantity("USD/MWh", "Cost of a megawatt-hour besides fuel.", minimum=0.0)
    fixed_cost = quantity("USD/MW-year", "Yearly cost of a megawatt, used or not.", minimum=0.0)
    investment = quantity(
        "USD/MW",
        "Cost of a new megawatt without interest; empty is none to build.",
        nullable=True,
        minimum=0.0,
    )
    construction = quantity(
        "year", "Years from decision to service of new capacity.", nullable=True, minimum=0.0
    )
    life = quantity("year", "Years of service of new capacity.", nullable=True, above=0.0)
    build_rate = quantity(
        "MW/year", "Most new capacity in a year; empty is none.", nullable=True, minimum=0.0
    )
    potential = quantity("MW", "Most capacity in all; empty is no limit.", nullable=True, minimum=0.0)


class Load(dy.Schema):
    """Electricity that a year needs; the years listed are those that the model looks at."""

    year = year_key("Calendar year.")
    energy = quantity("TWh", "Electricity needed, losses in the grid included.", minimum=0.0)
    peak = quantity("MW", "Highest load, reserve included.", nullable=True, minimum=0.0)


class PowerMix(dy.Schema):
    """What each technology stands for in a year."""

    year = year_key("Year.")
    technology = key("Technology.")
    capacity = _q("MW", "Capacity in service.")
    added = _q("MW", "Of it, new in this year, announced projects included.")
    generation = _q("TWh", "Electricity made.")
    investment = _q("USD", "Cost of the capacity that enters service, without interest.")
    emission = _q("t CO2", "Emission.")


class PowerYear(dy.Schema):
    """The year on one line: what it costs and what the target adds."""

    year = year_key("Year.")
    load = _q("TWh", "Electricity needed.")
    cost = _q("USD", "Fuel, operation, carbon and the year's share of investments.")
    cost_without_target = _q("USD", "The same with no target for renewables.")
    emission = _q("t CO2", "Emission.")
    renewables = _q("1", "Share of renewables in the electricity needed.")
    renewables_without_target = _q("1", "The same with no target.")
    target = _q("1", "Share aimed at; null before the first deadline.", nullable=True)
    target_price = _q(
        "USD/MWh", "What one more renewable megawatt-hour under the target costs.", nullable=True
    )
    price = _q("USD/MWh", "What one more megawatt-hour of load costs.")
