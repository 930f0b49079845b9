"""Reading a file into a document: encodings, HTML, PDF and their limits."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from keruen.errors import Finding, InputError

MAX_BYTES = 20_000_000
"""Largest file that is read, in bytes."""
MAX_PAGES = 2_000
"""Most pages of a PDF that are read."""
MAX_CHARACTERS = 20_000_000
"""Longest text that a document may hold, in code points."""
_MAX_PAGE_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Document:
    """A published text, immutable.

    Parameters
    ----------
    source_id
        Identifier of the source.
    text
        The text; offsets of statements are code points into it.
    sha256
        SHA-256 of the text in UTF-8.
    media_type
        ``text/plain``, ``text/html`` or ``application/pdf``: what it was made from.
    notes
        What was noticed about encoding or extraction; empty when nothing was.
    """

    source_id: str
    text: str
    sha256: str
    media_type: str
    notes: tuple[str, ...] = ()


def _refuse(name: str, value: str, problem: str, remedy: str) -> InputError:
    return InputError([Finding("document", name, "", value, problem, remedy)])


def decode(data: bytes) -> tuple[str, str]:
    """Return text and the name of its encoding: a byte order mark decides, then UTF-8, then the likeliest Cyrillic or Latin page.

    Examples
    --------
    >>> decode("Товарооборот вырос".encode("cp1251"))
    ('Товарооборот вырос', 'cp1251')
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, errors="replace"), name
    sample = data[:200_000]
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        # the high bytes of Latin and Cyrillic letters are 0 and 4: control characters that no text holds
        highs = sample[at::2]
        if len(sample) >= 8 and sum(b in (0, 4) for b in highs) > 0.7 * len(highs):
            return data.decode(name, errors="replace"), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    high = sum(b > 127 for b in sample)
    broken = sample.decode("utf-8", errors="replace")
    if broken.count("\ufffd") < 0.05 * high:
        # mostly UTF-8 with a few broken bytes: they are marked, the rest is kept
        return data.decode("utf-8", errors="replace"), "utf-8, damaged"
    neighbours = sum(a > 127 and b > 127 for a, b in pairwise(sample))
    if neighbours < 0.4 * high:
        # accents stand alone between plain letters
        return data.decode("cp1252", errors="replace"), "cp1252"
    best = max(_CYRILLIC_PAGES, key=lambda name: _likeness(sample.decode(name, errors="replace")))
    return data.decode(best, errors="replace"), best


_CYRILLIC_PAGES = ("cp1251", "koi8-r", "cp866")
_COMMON_LETTERS = frozenset("оеаинтсрвл")


def _likeness(text: str) -> float:
    """Return how much a text looks like Russian: frequent small letters for it, capitals inside words and oddities against."""
    frequent = sum(c in _COMMON_LETTERS for c in text)
    odd = sum(a.islower() and b.isupper() for a, b in pairwise(text)) + text.count("\ufffd")
    return (frequent - 2 * odd) / max(1, len(text))


def read(path: str | Path | bytes, *, source_id: str | None = None) -> Document:
    """Read a text, HTML or PDF file into a document.

    Parameters
    ----------
    path
        A file, or the bytes of one.
    source_id
        Identifier of the source; the file's stem (or ``document``) if not given.

    Returns
    -------
    Document
        Plain text with its line breaks exactly as in the file; HTML without its boilerplate; the text layer of a PDF.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, binary, too large, or a PDF that cannot be read.

    Examples
    --------
    >>> read("Trade grew.".encode(), source_id="brief").text
    'Trade grew.'
    """
    if isinstance(path, bytes):
        name, data = source_id or "document", path
        if len(data) > MAX_BYTES:
            raise _refuse(
                name, f"{len(data)} bytes", f"is larger than {MAX_BYTES} bytes", "split the document"
            )
    else:
        file = Path(path)
        name = source_id or file.stem
        try:
            if file.is_dir():
                raise _refuse(str(file), "", "is a folder, not a file", "name a file")
            size = file.stat().st_size
            if size > MAX_BYTES:
                raise _refuse(
                    str(file), f"{size} bytes", f"is larger than {MAX_BYTES} bytes", "split the document"
                )
            data = file.read_bytes()
        except (OSError, ValueError) as error:
            raise _refuse(
                str(path)[:200], "", f"cannot be read ({error})", "check the path and its permissions"
            ) from None
    notes: list[str] = []
    if data.startswith(b"%PDF-") or data[:1024].find(b"%PDF-") >= 0:
        media, text = "application/pdf", _from_pdf(name, data, notes)
    else:
        text, encoding = decode(data)
        if encoding != "utf-8":
            notes.append(f"decoded as {encoding}")
        _refuse_binary(name, text)
        media = "text/plain"
        if _is_html(text):
            media, text = "text/html", _from_html(name, text, notes)
    if "\ufffd" in text:
        notes.append("holds bytes that do not decode")
    if not text.strip():
        raise _refuse(
            name,
            "",
            "holds no text",
            "give a document with text (a scanned PDF needs character recognition first)",
        )
    if len(text) > MAX_CHARACTERS:
        raise _refuse(
            name,
            f"{len(text)} characters",
            f"is longer than {MAX_CHARACTERS} characters",
            "split the document",
        )
    return Document(
        name, text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), media, tuple(notes)
    )


def _refuse_binary(name: str, text: str) -> None:
    """Refuse text that is mostly control characters."""
    sample = text[:100_000]
    if not sample:
        raise _refuse(name, "", "is empty", "give a document with text")
    control = sum(unicodedata.category(c) in ("Cc", "Cn", "Co") and c not in "\t\n\r\f\v\x85" for c in sample)
    if control > 0.02 * len(sample) + 1 or sample.count("\ufffd") > 0.1 * len(sample):
        raise _refuse(name, "", "is binary, not text", "give plain text, HTML or PDF")


def _is_html(text: str) -> bool:
    """Whether a text is an HTML page."""
    head = text[:4000].lstrip("\ufeff \t\r\n").lower()
    return (head.startswith(("<!doctype html", "<html", "<?xml")) and "<html" in text[:8000].lower()) or (
        head.startswith("<") and bool(re.search(r"<(?:body|head|div|p|article)\b", head))
    )


def _from_html(name: str, html: str, notes: list[str]) -> str:
    """Return the main text of a page without boilerplate and scripts."""
    import trafilatura

    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True)
    except Exception as error:  # a parser of other people's pages may fail in any way
        raise _refuse(
            name, "", f"is HTML that cannot be parsed ({type(error).__name__})", "save the page as text"
        ) from None
    if text is None:
        raise _refuse(name, "", "is HTML without an article in it", "save the page as text")
    notes.append("boilerplate removed")
    return str(text)


def _from_pdf(name: str, data: bytes, notes: list[str]) -> str:
    """Return the text layer of a PDF, page by page, within the limits."""
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _refuse(name, "", "is an encrypted PDF", "save it without a password")
        n_pages = len(reader.pages)
        if n_pages > MAX_PAGES:
            notes.append(f"only the first {MAX_PAGES} of {n_pages} pages were read")
        pages, length = [], 0
        for number, sheet in enumerate(reader.pages[:MAX_PAGES], start=1):
            contents = sheet.get_contents()
            if contents is not None and len(contents.get_data()) > _MAX_PAGE_BYTES:
                raise _refuse(
                    name,
                    f"page {number}",
                    f"unpacks to more than {_MAX_PAGE_BYTES} bytes",
                    "check where the file comes from",
                )
            text = sheet.extract_text() or ""
            length += len(text)
            if length > MAX_CHARACTERS:
                raise _refuse(
                    name,
                    f"page {number}",
                    f"holds more than {MAX_CHARACTERS} characters",
                    "split the document",
                )
            pages.append(text)
    except InputError:
        raise
    except Exception as error:  # damaged files make the parser fail in any way
        raise _refuse(
            name,
            "",
            f"is a PDF that cannot be read ({type(error).__name__}: {str(error)[:120]})",
            "save it again, or as text",
        ) from None
    return "\n\n".join(pages)
