"""How Keruen says that something is wrong: all at once, and with what to do about it.

A :class:`Finding` is one sentence about one row. Rooms gather findings and either list them (warnings) or refuse
(errors) by raising one :class:`InputError` that carries every finding, never just the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding does to the run."""

    ERROR = "error"
    """The input is refused; nothing is written."""
    WARNING = "warning"
    """The finding is listed and worked around as its remedy says."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault in the input, told so that it can be mended.

    Parameters
    ----------
    table
        Table or file name that holds the fault.
    row
        Key of the row, or line number; empty when the fault is the table's as a whole.
    column
        Column name; empty when the row as a whole is at fault.
    value
        The offending value as it was written.
    problem
        What is wrong, in one clause.
    remedy
        What to do about it.
    severity
        ``ERROR`` refuses the input, ``WARNING`` is listed.

    Examples
    --------
    >>> print(Finding("link", "L7", "length", "-3", "must be at least 0 km", "give the length in kilometres"))
    error: link[L7].length = '-3': must be at least 0 km; give the length in kilometres
    """

    table: str
    row: str
    column: str
    value: str
    problem: str
    remedy: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = self.table
        if self.row:
            where += f"[{self.row}]"
        if self.column:
            where += f".{self.column}"
        if self.value:
            where += f" = {self.value!r}"
        return f"{self.severity}: {where}: {self.problem}; {self.remedy}"


class KeruenError(Exception):
    """Base of every error that Keruen raises on purpose."""


class KeruenWarning(UserWarning):
    """Base of every warning that Keruen issues on purpose."""


class InputError(KeruenError):
    """Input that cannot be used, with every finding at once.

    Parameters
    ----------
    findings
        All findings; warnings may be among them and are shown after the errors.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: Sequence[Finding] = sorted(findings)
        n_errors = sum(f.severity is Severity.ERROR for f in self.findings)
        head = f"{n_errors} error{'s' if n_errors != 1 else ''} in the input"
        super().__init__("\n".join([head, *map(str, self.findings)]))

    def __reduce__(self) -> tuple[type[InputError], tuple[Sequence[Finding]]]:
        return type(self), (self.findings,)


class SolveError(KeruenError):
    """A solver ended without an answer; the message says why and what was tried."""


def refuse_errors(findings: Iterable[Finding]) -> list[Finding]:
    """Raise if any finding is an error, otherwise hand the warnings back.

    Raises
    ------
    InputError
        When at least one finding is an error; it carries all of them.
    """
    found = list(findings)
    if any(f.severity is Severity.ERROR for f in found):
        raise InputError(found)
    return found
