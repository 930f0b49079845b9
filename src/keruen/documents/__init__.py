"""Documents: what was published, as immutable text with a hash.

Receives text, HTML or PDF in any encoding, hands on a :class:`Document` whose text never changes, so that an offset into it stays valid.
"""

from keruen.documents.document import Document, read

__all__ = ["Document", "read"]
