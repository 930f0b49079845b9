"""Documents: what was published, as immutable text with a hash.

Receives text, HTML or PDF in any encoding, hands on a :class:`Document` whose text never changes, so that an offset into it stays valid.
"""

from keruen.documents.document import Document, read
from keruen.documents.urls import SavedPage, is_url_list, saved_pages

__all__ = ["Document", "SavedPage", "is_url_list", "read", "saved_pages"]
