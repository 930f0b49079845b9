"""The command line: each command is a thin shell over the API verb of the same name.

Nothing heavy is imported until a command runs, so that ``keruen --help`` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from keruen.errors import Finding
    from keruen.tables import Dataset
    from keruen.tables.store import Run

app = typer.Typer(
    name="keruen",
    help="Keruen turns announcements into plans: it reads what was announced, reconciles figures that disagree, models "
    "the corridors they describe, and says what it would take. Start with: keruen run",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DatasetArgument = Annotated[
    str, typer.Argument(help="A folder of tables, or the name of a built-in model (kazakhstan, starter).")
]
RunArgument = Annotated[Path, typer.Argument(help="A run folder, as 'keruen run -o RUN' writes it.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Where to write; the ending says the format.")
]


def main() -> None:
    """Run the command line; every error Keruen raises on purpose ends as words on standard error and exit code 1."""
    from keruen.errors import KeruenError

    try:
        app()
    except KeruenError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("stopped; nothing was half-written", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _version(wanted: bool) -> None:
    if wanted:
        from keruen import __version__

        print(f"keruen {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@contextmanager
def progress_display() -> Iterator[Any]:
    """Show each step as it runs, on standard error, and only to a person."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: print(f"  {step} ...", file=sys.stderr, flush=True)
        return
    with console.status("starting") as status:
        yield lambda step: status.update(f"{step} ...")


def tell(findings: Sequence[Finding]) -> None:
    """Print findings to standard error, errors first."""
    for finding in sorted(findings, key=lambda f: (f.severity != "error", f)):
        print(finding, file=sys.stderr)


def open_run(folder: Path) -> Run:
    """Read a run folder."""
    from keruen.tables.store import read_run

    return read_run(folder)


def ground_of(what: str) -> Dataset:
    """Read the tables of a run folder, dataset folder or built-in model, as they stand."""
    from keruen.tables import load
    from keruen.tables.store import MANIFEST

    return open_run(Path(what)).dataset if (Path(what) / MANIFEST).is_file() else load(what)


def refuse_unknown(table: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    """Refuse names that do not exist, all at once, with those that come near."""
    from difflib import get_close_matches

    from keruen.errors import Finding, InputError

    findings = []
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.3) or list(known[:3])
            remedy = f"did you mean {', '.join(near)}?" if near else f"there is no {table} at all"
            findings.append(Finding(table, name, "", "", "does not exist", remedy))
    if findings:
        raise InputError(findings)


def one_of(value: str, options: tuple[str, ...], name: str) -> Any:
    """Return an option's value, or refuse it."""
    if value not in options:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(filter(None, options))}", param_hint=name)
    return value


def show(frame: pl.DataFrame) -> None:
    """Print a table with aligned columns."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", no_wrap=True)
    for row in frame.iter_rows():
        table.add_row(*("" if x is None else f"{x:.4g}" if isinstance(x, float) else str(x) for x in row))
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False, markup=False)
    console.print(table)


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a table; a text that a spreadsheet would run as a formula is written as text."""
    from keruen.formats.frames import frame_to_bytes
    from keruen.tables.store import write_atomically

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, frame_to_bytes(frame, path))
