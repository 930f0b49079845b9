"""A list of addresses and the pages that its owner saved: which file is which address.

Receives a text file with one address a line, hands on the saved file of each. Nothing is fetched.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from keruen.errors import Finding, InputError

MAX_LIST_BYTES = 5_000_000
"""Largest list that is read, in bytes."""
_PAGES = (".html", ".htm", ".txt", ".pdf", ".mhtml")
_HEAD_BYTES = 65_536
_SELF = re.compile(
    r"saved from url=\(\d+\)(?P<comment>[^\s>]{8,2000})"
    r"|<link\b[^>]{0,300}\brel=[\"']?canonical[\"']?[^>]{0,300}\bhref=[\"'](?P<after>[^\"'<>]{8,2000})"
    r"|<link\b[^>]{0,300}\bhref=[\"'](?P<before>[^\"'<>]{8,2000})[\"'][^>]{0,300}\brel=[\"']?canonical"
    r"|<meta\b[^>]{0,300}\bproperty=[\"']og:url[\"'][^>]{0,300}\bcontent=[\"'](?P<graph>[^\"'<>]{8,2000})",
    re.IGNORECASE,
)
"""How a saved page names its own address."""
_LINE = re.compile(r"(?P<url>https?://[^\s,;\t]+)(?:[\s,;]+(?P<rest>.*))?$", re.IGNORECASE)
_DAY = re.compile(r"\d{4}(?:-\d\d){0,2}$")


@dataclass(frozen=True, slots=True)
class SavedPage:
    """An address of the list with the file that holds it.

    Parameters
    ----------
    url
        Address, as listed.
    path
        The saved page.
    source_id
        Identifier made from the address.
    published
        Day of publication if the line gives one, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    """

    url: str
    path: Path
    source_id: str
    published: str | None = None


def is_url_list(path: Path) -> bool:
    """Whether a file is a list of addresses: so are the first and most of the lines that are neither blank nor comments."""
    if path.suffix.lower() not in (".urls", ".txt", ".csv", ".tsv", ".list"):
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    lines = [line.strip() for line in head.decode("utf-8-sig", errors="replace").splitlines()]
    told = [line for line in lines[:200] if line and not line.startswith("#")]
    if len(head) == _HEAD_BYTES:
        told = told[:-1]  # the last line may be cut
    addresses = sum(bool(_LINE.match(line)) for line in told)
    return bool(told) and bool(_LINE.match(told[0])) and addresses > len(told) / 2


def slug(url: str) -> str:
    """Return an identifier made from an address.

    Examples
    --------
    >>> slug("https://www.example.org/news/2024/trade-grows.html?ref=1")
    'example-org-news-2024-trade-grows'
    """
    parts = urlsplit(url)
    name = f"{parts.netloc.removeprefix('www.')}{re.sub(r'[.](?:html?|php|aspx?)$', '', unquote(parts.path))}"
    return re.sub(r"[^\w]+", "-", name).strip("-_")[:100] or "page"


def _key(url: str) -> str:
    """Return what two spellings of an address have in common."""
    parts = urlsplit(html.unescape(url.strip()))
    query = f"?{parts.query}" if parts.query and not re.match(r"(?:utm_|ref=|fbclid)", parts.query) else ""
    return f"{parts.netloc.lower().removeprefix('www.')}{unquote(parts.path).rstrip('/')}{query}"


def _told_addresses(files: list[Path]) -> dict[str, Path]:
    """Return the saved pages by the address that each names as its own."""
    found: dict[str, Path] = {}
    for file in files:
        if file.suffix.lower() in (".html", ".htm", ".mhtml"):
            with file.open("rb") as opened:
                head = opened.read(_HEAD_BYTES).decode("utf-8", errors="replace")
            m = _SELF.search(head)
            if m is not None:
                found.setdefault(_key(next(g for g in m.groups() if g)), file)
    return found


def _by_name(url: str, folder: Path, files: list[Path]) -> Path | None:
    """Return the page that lies where a mirror puts it (host/path), or is named like the last part of the address."""
    parts = urlsplit(url)
    inside = unquote(parts.path).strip("/")
    if ".." in inside.split("/"):
        return None
    for stem in (Path(parts.netloc) / inside, Path(inside)):
        whole = folder / stem
        for candidate in (
            whole,
            *(whole.with_name(whole.name + end) for end in _PAGES),
            whole / "index.html",
        ):
            if candidate.is_file() and candidate.suffix.lower() in _PAGES:
                return candidate
    last = re.sub(r"[.](?:html?|php|aspx?)$", "", inside.rsplit("/", 1)[-1]).lower()
    named = [f for f in files if last and f.stem.lower() in (last, slug(url).lower())]
    return named[0] if len(named) == 1 else None


def saved_pages(path: str | Path) -> tuple[list[SavedPage], list[Finding]]:
    """Return the saved page of each address in a list.

    Parameters
    ----------
    path
        Text with one address a line; a file name and a day of publication may follow, set off by a comma, tab or blank. Lines
        that begin with ``#`` are comments. A page without a file name is sought in the list's folder: by the address that it
        names as its own (canonical link, ``og:url``, "saved from url"), where a mirror would put it (``host/path``), then by
        the last part of the address.

    Returns
    -------
    pages
        Pages found, in the order of the list, each once.
    findings
        Lines that are no address and addresses without a saved page.

    Raises
    ------
    InputError
        If the list cannot be read.
    """
    listed = Path(path)
    try:
        if listed.stat().st_size > MAX_LIST_BYTES:
            raise InputError([
                Finding(listed.name, "", "", f"{listed.stat().st_size} bytes", f"is a list of over {MAX_LIST_BYTES:,} bytes", "split it")
            ])  # fmt: skip
        lines = listed.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise InputError([
            Finding(str(path), "", "", "", f"cannot be read ({error})", "check the path and its permissions")
        ]) from None  # fmt: skip
    folder = listed.parent
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in _PAGES and f != listed and f.is_file())
    told = _told_addresses(files)
    pages: list[SavedPage] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        m = _LINE.match(text)
        if m is None:
            findings.append(
                Finding(
                    listed.name,
                    f"line {number}",
                    "",
                    text[:80],
                    "is no address",
                    "begin it with http:// or https://",
                )
            )
            continue
        url = m.group("url")
        if _key(url) in seen:
            continue
        seen.add(_key(url))
        named, day = None, None
        for field in re.split(r"[,;\t]+| +(?=\d{4}(?:-|$))", m.group("rest") or ""):
            word = field.strip().strip('"')
            if _DAY.match(word):
                day = word
            elif word:
                named = folder / word
        found = named or told.get(_key(url)) or _by_name(url, folder, files)
        if found is None or not found.is_file() or not found.resolve().is_relative_to(folder.resolve()):
            findings.append(
                Finding(listed.name, f"line {number}", "", url, "has no saved page beside the list",
                        f"save it into {folder}, or name its file behind the address")
            )  # fmt: skip
            continue
        pages.append(SavedPage(url, found, slug(url), day))
    return pages, findings
