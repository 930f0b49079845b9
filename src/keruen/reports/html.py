"""Markup that cannot be broken by what it holds: plain text is escaped, only markup made here passes as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

_ESCAPES = dict.fromkeys((c for c in [*range(32), 127] if chr(c) not in "\t\n\r"), "\ufffd") | str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)
_VOID = frozenset({"meta", "br", "col", "hr"})


class Html(str):
    """Markup, as opposed to text that is still to be escaped."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
Attribute: TypeAlias = "str | int | float | bool | None"


def text(value: str) -> Html:
    """Escape text for use between tags or within a quoted attribute; control characters become U+FFFD.

    Examples
    --------
    >>> text('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return value if isinstance(value, Html) else Html(value.translate(_ESCAPES))


def join(*children: Child) -> Html:
    """Join markup and text, escaping the text; None is nothing and iterables are flattened."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        if isinstance(child, str):
            parts.append(text(child))
        elif isinstance(child, int):
            parts.append(str(child))
        else:
            parts.append(join(*child))
    return Html("".join(parts))


def el(tag: str, *children: Child, **attributes: Attribute) -> Html:
    """Return an element.

    Parameters
    ----------
    tag
        Name of the element.
    children
        Markup, text, numbers, None, or iterables of these.
    attributes
        ``class_`` gives ``class``, ``stroke_width`` gives ``stroke-width``; None and False are left out, True stands
        without a value.

    Examples
    --------
    >>> el("p", "1 < 2", el("b", "x"), class_="note", hidden=True, title=None)
    '<p class="note" hidden>1 &lt; 2<b>x</b></p>'
    """
    opening = [tag]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        label = name.rstrip("_").replace("_", "-")
        opening.append(label if value is True else f'{label}="{text(_plain(value))}"')
    if tag in _VOID:
        return Html(f"<{' '.join(opening)}>")
    return Html(f"<{' '.join(opening)}>{join(*children)}</{tag}>")


def link(url: str | None, label: Child) -> Html:
    """Return a link to a published page; an address that is not http or https is never made clickable."""
    if not url:
        return join(label)
    if not re.match(r"https?://[^\s]+$", url):
        return join(label, " (", url, ")")
    return el("a", label, href=url, rel="noopener noreferrer external")


def _plain(value: str | float) -> str:
    return f"{value + 0.0:.6g}" if isinstance(value, float) else str(value)
