"""Documents from files of every sort, good and hostile."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path

import pytest

from keruen import documents
from keruen.documents import document as module
from keruen.errors import InputError

TEXT = "Trade reached $5 billion.\r\nТоварооборот вырос.\n\n«Да» — сказал он."


def test_text_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "brief.txt"
    path.write_bytes(TEXT.encode("utf-8"))
    found = documents.read(path)
    assert found.text == TEXT
    assert found.source_id == "brief"
    assert found.media_type == "text/plain"
    assert found.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert found.notes == ()


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r", "cp866"]
)
def test_encodings(encoding: str) -> None:
    text = (
        "Товарооборот между странами вырос на двенадцать процентов за прошлый год, сообщило министерство. "
        * 3
    )
    found = documents.read(text.encode(encoding))
    assert found.text == text
    assert found.notes


def test_latin_text() -> None:
    assert documents.read("Société générale à Genève".encode("cp1252")).text == "Société générale à Genève"


def test_mixed_encodings_are_marked() -> None:
    found = documents.read("Обычный текст в одной кодировке. ".encode() * 40 + b"\xff\xfe broken")
    assert "\ufffd" in found.text
    assert any("do not decode" in note for note in found.notes)


def test_html_without_boilerplate_and_scripts() -> None:
    body = (
        "<p>Trade between Kazakhstan and Russia reached $27.8 billion in 2024, the ministry said in a statement on Monday.</p>"
        * 3
    )
    page = f"<!DOCTYPE html><html><head><title>t</title><script>var x = 'evil 99 tons';</script></head><body><nav>Home | 5 items</nav><article><h1>Trade</h1>{body}</article></body></html>"
    found = documents.read(page.encode())
    assert found.media_type == "text/html"
    assert "$27.8 billion" in found.text
    assert "evil" not in found.text


def pdf(content: bytes, *, extra: bytes = b"") -> bytes:
    """Return a PDF of one page with one content stream."""
    stream = zlib.compress(content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(
        b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start) + extra
    )
    return out.getvalue()


def test_pdf_text() -> None:
    found = documents.read(pdf(b"BT /F1 12 Tf 20 200 Td (Trade was $5 billion.) Tj ET"))
    assert found.media_type == "application/pdf"
    assert "Trade was $5 billion." in found.text


def test_a_pdf_that_unpacks_too_far_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_PAGE_BYTES", 100_000)
    bomb = pdf(b"BT ET " * 1_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match=r"unpacks|cannot be read"):
        documents.read(bomb)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"   \n\t ", bytes(range(256)) * 40, b"\x00" * 1000, b"%PDF-1.4 broken", b"%PDF-", b"\x89PNG\r\n\x1a\n" + bytes(range(200)) * 9,
        b"<html><body></body></html>", b"<html><script>alert(1)</script></html>", pdf(b"BT ET"), b"PK\x03\x04" + bytes(range(256)) * 9,
    ],
    ids=["empty", "blank", "bytes", "zeros", "pdf1", "pdf2", "png", "html", "script", "scan", "zip"],
)  # fmt: skip
def test_what_holds_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        documents.read(data)


def test_size_is_limited_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(InputError, match="larger"):
        documents.read(path)
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="larger"):
        documents.read(b"x" * 11)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.txt", "\0", "x" * 5000):
        with pytest.raises(InputError):
            documents.read(path)
