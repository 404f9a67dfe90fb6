"""The pages of the explorer and the links between them. A page is named by its file in `views`."""

from pathlib import Path

import streamlit as st

VIEWS = Path(__file__).parent / "views"

PAGES = {
    "start": ("Start", ":material/home:"),
    "tree": ("Tree", ":material/account_tree:"),
    "whatif": ("What if", ":material/alt_route:"),
    "compare": ("Compare", ":material/compare:"),
    "curves": ("Curves", ":material/show_chart:"),
    "prm_lab": ("PRM lab", ":material/science:"),
    "live": ("Live", ":material/play_circle:"),
    "learn": ("Learn", ":material/school:"),
}
"""Title and icon of each page, in the order of the navigation; the first is the one that opens."""

RUN_NOW = "live-now"
"""Set in the session by who goes to Live for a search that begins at once."""


def exists(page: str) -> bool:
    return (VIEWS / f"{page}.py").is_file()


def navigation() -> list[st.Page]:
    """The pages that are there."""
    first = next(iter(PAGES))
    return [
        st.Page(VIEWS / f"{page}.py", title=title, icon=icon, url_path=page, default=page == first)
        for page, (title, icon) in PAGES.items()
        if exists(page)
    ]


def link(page: str, label: str, icon: str = "", **query: str) -> None:
    """A link to a page, with what it is to show in the URL. Nothing if there is no such page."""
    if exists(page):
        st.page_link(str(VIEWS / f"{page}.py"), label=label, icon=icon or None, query_params=query or None)


def switch(page: str, **query: str) -> None:
    """Go to a page."""
    st.switch_page(str(VIEWS / f"{page}.py"), query_params=query or None)


def dress() -> None:
    """What all pages share in looks."""
    st.html(Path(__file__).parent / "style.css")
