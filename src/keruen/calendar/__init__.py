"""Calendar: events, deadlines and openings in one place, what clashes, and a proposal in which it does not.

Receives the tables ``event``, ``institution``, ``target``, ``plan``, ``place``, ``node`` and ``party``; hands on ``clash`` and
``calendar_proposal``, and who answers for what and meets when. Files of calendar programs are read and written by :mod:`keruen.formats.ical`.
"""

from keruen.calendar.beside import beside
from keruen.calendar.door import agenda, calendar
from keruen.calendar.institutions import answering, institution_findings, when_next
from keruen.calendar.occurrences import findings
from keruen.calendar.picture import picture
from keruen.calendar.screen import lines, table_lines

__all__ = [
    "agenda",
    "answering",
    "beside",
    "calendar",
    "findings",
    "institution_findings",
    "lines",
    "picture",
    "table_lines",
    "when_next",
]
