"""The commands as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def keruen(
    *arguments: str, cwd: Path | None = None, code: int = 0, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keruen.cli", *arguments]
    found = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, input=typed)
    assert found.returncode == code, found.stdout + found.stderr
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a new dataset, made as the README says."""
    home = tmp_path_factory.mktemp("home")
    keruen("new", "mine", cwd=home)
    keruen("run", "mine", "-o", "run", cwd=home)
    return home


def test_help_teaches_every_command() -> None:
    told = keruen("--help").stdout
    for command in (
        "run",
        "new",
        "check",
        "read",
        "score",
        "reconcile",
        "assign",
        "uses",
        "changes",
        "simulate",
        "outlook",
        "plan",
        "trace",
        "report",
        "register",
        "import",
        "export",
    ):
        assert command in told
        assert len(keruen(command, "--help").stdout) > 200


def test_new_dataset_runs_and_the_report_is_self_contained(finished: Path) -> None:
    page = (finished / "run" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    for outside in ('src="http', "src='http", '<link rel="stylesheet"', "@import", "url(http"):
        assert outside not in page
    assert json.loads((finished / "run" / "manifest.json").read_text())["certificates"]["gap"] <= 1e-6


def test_new_refuses_to_overwrite(finished: Path) -> None:
    assert "exists already" in keruen("new", "mine", cwd=finished, code=1).stderr


def test_check_tells_every_fault_and_fails(finished: Path, tmp_path: Path) -> None:
    assert "0 errors" in keruen("check", "mine", cwd=finished).stdout
    path = tmp_path / "bad"
    keruen("new", str(path))
    text = (path / "assumption.csv").read_text()
    (path / "assumption.csv").write_text(text.replace("rail_detour,1.2", "rail_detour,-1.2"))
    told = keruen("check", str(path), code=1)
    assert "link[quarry_town" in told.stderr
    assert "at least 0" in told.stderr


def test_trace_leads_to_the_passage(finished: Path) -> None:
    assert "$240 million" in keruen("trace", "run", "plan", "second_track", "cost", cwd=finished).stdout


def test_outlook_plan_and_report_of_a_run(finished: Path) -> None:
    assert "6 million tonnes by 2030" in keruen("outlook", "run", cwd=finished).stdout
    assert (
        "no plan saves more than"
        in keruen("plan", "run", "--budget", "1e9", "-o", "plan.csv", cwd=finished).stdout
    )
    assert (finished / "plan.csv").read_text().startswith("project_id,")
    assert "page.html" in keruen("report", "run", "-o", "page.html", cwd=finished).stdout


def test_an_appraisal_is_written_as_a_workbook_and_as_a_page(finished: Path) -> None:
    told = keruen("appraise", "run", "second_track", "-o", "appraisal.xlsx", cwd=finished).stdout
    assert "NPV" in told
    assert "By country:" in told
    assert (finished / "appraisal.xlsx").read_bytes().startswith(b"PK")
    keruen("appraise", "run", "second_track", "-o", "appraisal.html", cwd=finished)
    assert 'id="appraisal"' in (finished / "appraisal.html").read_text(encoding="utf-8")


def test_read_prints_json_lines_with_exact_offsets(tmp_path: Path) -> None:
    text = "Bilateral trade reached $27.8 billion in 2024.\n"
    (tmp_path / "news.txt").write_text(text)
    lines = keruen("read", "news.txt", "--published", "2025-04-23", cwd=tmp_path).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [f["value"] for f in found] == [27.8e9]
    assert text[found[0]["start"] : found[0]["end"]] == found[0]["quote"]


def test_read_then_reconcile(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Trade between Kazakhstan and Russia reached $27.4 billion in 2023.")
    (tmp_path / "b.txt").write_text("In 2023, the trade turnover of Kazakhstan and Russia was $25 billion.")
    keruen("read", "a.txt", "b.txt", "--published", "2024-11-01", "-o", "s.parquet", cwd=tmp_path)
    told = keruen("reconcile", "s.parquet", "-o", "out", cwd=tmp_path).stdout
    assert "1 disagreement" in told
    assert (tmp_path / "out" / "conflict.parquet").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "atlantis"), ("check", "atlantis"), ("trace", "atlantis", "a", "b", "c"), ("read", "atlantis.txt"),
        ("assign", "atlantis"), ("report", "atlantis"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_in_words(arguments: tuple[str, ...], tmp_path: Path) -> None:
    told = keruen(*arguments, cwd=tmp_path, code=1)
    assert "atlantis" in told.stderr
    assert "Traceback" not in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_simulate_compares_before_and_after(finished: Path) -> None:
    told = keruen("simulate", "run", "gate", "--lanes", "6", "--days", "7", "--p90", "4", cwd=finished).stdout
    assert "before" in told
    assert "after" in told


def test_compare_puts_runs_side_by_side(finished: Path) -> None:
    keruen("run", "mine", "--scenario", "gate_closed", "-o", "closed", cwd=finished)
    told = keruen("compare", "run", "closed", "-o", "diff.csv", cwd=finished).stdout
    assert "link_performance" in told
    assert "closed percent" in (finished / "diff.csv").read_text().splitlines()[0]
    assert "one run" in keruen("compare", "run", cwd=finished, code=1).stderr


def test_uses_and_changes_of_runs(finished: Path) -> None:
    keruen("run", "mine", "--scenario", "gate_closed", "-o", "shut", cwd=finished)
    told = keruen("uses", "run", "gate", "saryzhol_border", "-o", "users", cwd=finished).stdout
    assert "gate: 452,443 t a year, 271,676 ahead and 180,767 back" in told
    assert (finished / "users" / "pairs.csv").read_text().count("\ngate,") == 2
    assert "did you mean gate" in keruen("uses", "mine", "gatt", cwd=finished, code=1).stderr
    moved = keruen("changes", "run", "shut", "-o", "moved.csv", cwd=finished).stdout
    assert "gate_border" in moved
    assert "modal_shift" in (finished / "moved.csv").read_text().splitlines()[0]
    assert "nothing moved" in keruen("changes", "run", "run", cwd=finished).stdout


def test_promises_and_forecasts_of_a_dataset(finished: Path) -> None:
    assert "still to come" in keruen("promises", "mine", cwd=finished).stdout
    assert (
        "corridor_freight" in keruen("forecast", "mine", "--horizon", "3", "-o", "f.csv", cwd=finished).stdout
    )
    assert (finished / "f.csv").is_file()


def test_review_at_the_keyboard_is_kept_and_used(tmp_path: Path) -> None:
    keruen("new", "mine", cwd=tmp_path)
    answers = "r\nnot what was meant\nc\nvalue=15\n\nread off the page\na\nq\n"
    told = keruen("review", "mine", cwd=tmp_path, typed=answers).stdout
    assert ">>" in told
    assert "3 decisions" in told
    kept = (tmp_path / "mine" / "review.csv").read_text()
    assert kept.count("\n") == 4
    again = keruen("review", "mine", cwd=tmp_path, typed="q\n").stdout
    assert "1 of 12" in again
    assert (tmp_path / "mine" / "review.csv").read_text() == kept


def test_review_that_is_cut_off_keeps_what_was_decided(tmp_path: Path) -> None:
    keruen("new", "mine", cwd=tmp_path)
    assert "is kept" in keruen("review", "mine", cwd=tmp_path, typed="a\n").stdout
    assert (tmp_path / "mine" / "review.csv").read_text().count("\n") == 2


def test_the_register_and_the_exchange_of_tables(finished: Path) -> None:
    assert (
        keruen("promises", "run", "--since", "run", cwd=finished).stdout
        == "Nothing happened to any promise.\n"
    )
    assert "Costs are not added up" in keruen("register", "run", cwd=finished).stdout
    assert keruen("register", "run", "second_track", cwd=finished).stdout.startswith("# Second track")
    keruen("export", "oc4ids", "run", "-o", "p.json", cwd=finished)
    assert "3 replaced" in keruen("import", "oc4ids", "p.json", "mine", "--replace", cwd=finished).stdout
    told = keruen("import", "csv", "p.json", "mine", "--set", "unit", cwd=finished, code=2)
    assert "write NAME=VALUE" in told.stderr


def test_electricity_people_and_dates_of_a_new_dataset(finished: Path) -> None:
    assert "Coal, as mined" in keruen("power", "mine", "--chance", "3", "-o", "mix.xlsx", cwd=finished).stdout
    assert "can be met in 100% of 3 draws" in keruen("power", "mine", "--chance", "3", cwd=finished).stdout
    assert "Track layers" in keruen("skills", "mine", "-o", "programmes.csv", cwd=finished).stdout
    assert (finished / "programmes.csv").read_text().startswith("project_id,project,skill_id,skill,isco")
    told = keruen("calendar", "mine", "--ics", "out.ics", cwd=finished).stdout
    assert "1 clash; 1 move proposed" in told
    # What was proposed, looked at beside the model as the railway's own calendar, replaces what it moved.
    again = keruen("calendar", "mine", "--with", "out.ics", "--party", "railway", cwd=finished)
    assert "nothing clashes" in again.stdout
    refused = keruen("calendar", "mine", "--with", "out.ics", "--party", "rail", cwd=finished, code=1)
    assert "did you mean railway" in refused.stderr
    assert (finished / "mix.xlsx").stat().st_size > 1000
    big = finished / "big.ics"
    with big.open("wb") as file:
        file.truncate(100 * 2**20)
    assert "over the limit" in keruen("calendar", "mine", "--with", "big.ics", cwd=finished, code=1).stderr
