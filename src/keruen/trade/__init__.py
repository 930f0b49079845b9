"""Trade: yearly series, forecasts for every room, the promise tracker and the project register.

Receives figures, their statements, written-down series and promises; hands on the tables ``yearly_series``, ``forecast``,
``promise_history`` and ``promise_status``, and the register of projects as a frame.
"""

from keruen.trade.door import forecast, score
from keruen.trade.estimation import Pair, demand_years, fit_demand, selected
from keruen.trade.history import series
from keruen.trade.imports import import_series
from keruen.trade.pages import project_page, project_pages, register_lines
from keruen.trade.ppml import gravity
from keruen.trade.projects import packages, register, sayings
from keruen.trade.screen import change_lines, promise_lines, promise_summary
from keruen.trade.tracker import changes, findings, promises

__all__ = [
    "Pair",
    "change_lines",
    "changes",
    "demand_years",
    "findings",
    "fit_demand",
    "forecast",
    "gravity",
    "import_series",
    "packages",
    "project_page",
    "project_pages",
    "promise_lines",
    "promise_summary",
    "promises",
    "register",
    "register_lines",
    "sayings",
    "score",
    "selected",
    "series",
]
