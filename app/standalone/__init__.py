"""One tree as a page of its own: the canvas and the inspector in a file that opens from disk, without a server."""

from app.standalone.page import page_of

__all__ = ["page_of"]
