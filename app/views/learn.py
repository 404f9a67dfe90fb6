"""Learn: ten lessons, each a short text beside a live view, told by the sample runs. The address says where one is."""

from html import escape

import streamlit as st

from app import pages
from app.lessons import player
from app.lessons.catalogue import LESSONS
from app.lessons.place import Place
from app.lessons.tongue import speaks
from app.lessons.words import LANGUAGES, Words, lesson_text, minutes, words


def page() -> None:
    pages.dress()
    st.html(player.HERE / "learn.css")
    st.html(player.HERE / "present.css")
    place = Place.read(st.query_params.to_dict(), st.context.locale or "")
    if place.lesson:
        player.play()
    else:
        _index(place)


def _index(place: Place) -> None:
    said = words(place.language)
    speaks(place.language)
    with st.container(horizontal_alignment="center"), st.container(width=1120, gap="large"):
        with st.container(
            horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", key="learn-top"
        ):
            with st.container(gap="small", width="stretch"):
                st.title(said("title"), anchor=False)
                st.html(f'<p class="arbutus-lead">{escape(said("lead"))}</p>')
            player.language_switch(place)
        with st.container(gap="small"):
            for first in range(0, len(LESSONS), 2):
                for column, name in zip(st.columns(2), LESSONS[first : first + 2], strict=False):
                    with column:
                        _card(LESSONS.index(name) + 1, name, place, said)


def _card(number: int, name: str, place: Place, said: Words) -> None:
    text = lesson_text(place.language, name)
    seen, parts = player.seen(name), len(text.parts)
    length = said("minutes", n=minutes(lesson_text(next(iter(LANGUAGES)), name)))
    with st.container(border=True, gap="small", height="stretch", key=f"card-{name}"):
        done = said("done") if seen >= parts else said("so_far", seen=seen, parts=parts) if seen else ""
        eyebrow = " · ".join(filter(None, [said("lesson", n=number), length, done]))
        st.html(
            f'<p class="arbutus-eyebrow">{escape(eyebrow)}</p><p class="arbutus-question">{escape(text.title)}</p>'
            f'<p class="arbutus-promise">{escape(text.promise)}</p>'
            f'<div class="learn-bar" aria-hidden="true"><i style="width:{min(1.0, seen / parts):.0%}"></i></div>'
        )
        label = said("again") if seen >= parts else said("go_on") if seen else said("begin")
        to = Place(name, min(seen, parts - 1) if 0 < seen < parts else 0, place.language)
        st.button(
            label, key=f"learn-open-{name}", type="tertiary", icon=":material/arrow_forward:",
            on_click=st.query_params.from_dict, args=(to.query(),),
        )  # fmt: skip


page()
