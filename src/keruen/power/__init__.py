"""Power: which plants meet the need for electricity at least cost, and what a target for renewables takes.

Receives plants, fuels, loads and targets; hands on the tables ``power_mix`` and ``power_year``. One year can also be solved
hour by hour and zone by zone (:func:`hourly`).
"""

from keruen.power.chance import Chance, chance
from keruen.power.door import Power, findings, plan_power, power
from keruen.power.hourly import Hourly, hourly
from keruen.power.picture import hourly_picture, picture
from keruen.power.screen import chance_lines, hourly_lines, lines, table_lines

__all__ = [
    "Chance",
    "Hourly",
    "Power",
    "chance",
    "chance_lines",
    "findings",
    "hourly",
    "hourly_lines",
    "hourly_picture",
    "lines",
    "picture",
    "plan_power",
    "power",
    "table_lines",
]
