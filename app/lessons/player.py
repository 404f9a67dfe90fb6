"""One lesson as people read it: a part at a time, beside what it is about; a question waits for an answer."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st

from app import data
from app.lessons import stage
from app.lessons.catalogue import LESSONS, lesson
from app.lessons.keys import keys
from app.lessons.model import Lesson, Question
from app.lessons.place import SHOWN, Place
from app.lessons.tongue import speaks
from app.lessons.words import LANGUAGES, PartText, Words, fill, lesson_text, words
from engine.protocol import ArbutusError

HERE = Path(__file__).parent
SEEN, ANSWERS = "learn-seen", "learn-answers"


def seen(name: str) -> int:
    """How many parts of a lesson were seen in this session."""
    return int(st.session_state.get(SEEN, {}).get(name, 0))


def language_switch(place: Place) -> None:
    def switch() -> None:
        chosen = st.session_state["learn-language"]
        if chosen:
            st.query_params.from_dict(replace(place, language=chosen).query())

    st.session_state["learn-language"] = place.language
    st.segmented_control(
        "Language / 语言",
        list(LANGUAGES),
        key="learn-language",
        format_func=LANGUAGES.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=switch,
    )


@st.fragment
def play() -> None:
    """The lesson that the address names, at the part that it names."""
    place = Place.read(st.query_params.to_dict(), st.context.locale or "")
    if not place.lesson:  # the address has changed while a click was on its way
        st.rerun()
    said = words(place.language)
    speaks(place.language)
    try:
        told = lesson(place.lesson)
    except ArbutusError as error:
        st.warning(said("cannot", why=data.brief(error)), icon=":material/error:")
        home = Place(language=place.language).query()
        st.button(said("all_lessons"), icon=":material/arrow_back:", on_click=st.query_params.from_dict, args=(home,))
        return
    Player(place, told, said).show()


class Player:
    """A lesson at one place: what it shows there, and where one can go."""

    def __init__(self, place: Place, told: Lesson, said: Words) -> None:
        self.place, self.told, self.said = place, told, said
        self.part = told.parts[place.part]
        self.text: PartText = lesson_text(place.language, place.lesson).parts[self.part.name]
        self.number = LESSONS.index(place.lesson) + 1

    def show(self) -> None:
        reached = st.session_state.setdefault(SEEN, {})
        reached[self.place.lesson] = max(seen(self.place.lesson), self.place.part + 1)
        self._head()
        for claim in self.told.broken():
            st.warning(self.said("broken", claim=claim), icon=":material/report:")
        left, right = st.columns([5, 9] if not self.place.presents else [1, 1], gap="large")
        with left, st.container(key="learn-text"):
            self._text()
            self._steps()
        with right, st.container(key="learn-view"):
            view = self.part.revealed if self._answered() and isinstance(self.part, Question) else self.part.view
            stage.show(
                view, self.said, turn=(self.place.lesson, self.place.part, self._answered()), large=self.place.presents
            )

    def _answered(self) -> bool:
        return not isinstance(self.part, Question) or self._answer() is not None

    def _answer(self) -> int | None:
        """What was answered: as the address says, or earlier in this session."""
        given: int | None = st.session_state.get(ANSWERS, {}).get((self.place.lesson, self.part.name))
        return given if self.place.answer is None else self.place.answer

    def _commit(self, option: int) -> None:
        st.session_state.setdefault(ANSWERS, {})[self.place.lesson, self.part.name] = option
        st.query_params.from_dict(replace(self.place, answer=option).query())

    def _go(self, part: int) -> None:
        st.query_params.from_dict(replace(self.place, part=part, answer=None).query())

    def _head(self) -> None:
        at = self.said("at", n=self.number, of=len(LESSONS), part=self.place.part + 1, parts=len(self.told.parts))
        title = escape(lesson_text(self.place.language, self.place.lesson).title)
        presenting = " learn-presenting" if self.place.presents else ""
        with st.container(horizontal=True, vertical_alignment="center", key="learn-head"):
            st.html(
                f'<div class="learn-head{presenting}"><p class="arbutus-eyebrow">{escape(at)}</p><h1>{title}</h1></div>'
            )
            if self.place.presents:
                st.button(
                    self.said("leave"),
                    key="learn-leave",
                    icon=":material/close:",
                    on_click=self._present,
                    args=(False,),
                )
                keys(self._key, key="learn-keys")
            else:
                home = Place(language=self.place.language).query()
                st.button(
                    self.said("all_lessons"), key="learn-all", icon=":material/apps:",
                    on_click=st.query_params.from_dict, args=(home,),
                )  # fmt: skip
                language_switch(self.place)
                st.button(
                    self.said("present"),
                    key="learn-present",
                    icon=":material/co_present:",
                    help=self.said("present_help"),
                    on_click=self._present,
                    args=(True,),
                )
        share = (self.place.part + 1) / len(self.told.parts)
        st.html(
            f'<div class="learn-bar" role="progressbar" aria-label="{escape(at)}" aria-valuemin="0" '
            f'aria-valuemax="100" aria-valuenow="{share * 100:.0f}"><i style="width:{share:.0%}"></i></div>'
        )

    def _present(self, on: bool) -> None:
        st.query_params.from_dict(replace(self.place, presents=on).query())

    def _text(self) -> None:
        st.markdown(self._filled(self.text.text))
        if not isinstance(self.part, Question):
            return
        if self._answered():
            st.html(self._outcome(self.part))
            st.markdown(self._filled(self.text.answer))
            return
        with st.container(gap="xsmall", key="learn-options"):
            st.html(f'<p class="arbutus-eyebrow">{escape(self.said("predict"))}</p>')
            for i, option in enumerate(self.text.options):
                st.button(
                    self._filled(option), key=f"learn-option-{i}", width="stretch", on_click=self._commit, args=(i,)
                )

    def _filled(self, text: str) -> str:
        return fill(text, self.told.facts, self.place.language)

    def _outcome(self, question: Question) -> str:
        """The options with the right one and the reader's own."""
        own = self._answer()
        verdict = "" if own == SHOWN else self.said("you_were_right" if own == question.right else "you_were_wrong")
        rows = []
        for i, option in enumerate(self.text.options):
            kind = "right" if i == question.right else "own" if i == own else ""
            note = f" <small>{escape(self.said('yours'))}</small>" if i == own else ""
            plain = escape(self._filled(option).replace("\\", "").replace("`", ""))
            rows.append(
                f'<li class="{kind}"><b>{"✓" if i == question.right else "✗" if i == own else ""}</b>{plain}{note}</li>'
            )
        said = f'<p class="learn-verdict">{escape(verdict)}</p>' if verdict else ""
        return f'<div role="status"><ul class="learn-outcome">{"".join(rows)}</ul>{said}</div>'

    def _steps(self) -> None:
        """The way on and back. Nobody gets past a question without an answer, or without asking for it."""
        part, last = self.place.part, len(self.told.parts) - 1
        with st.container(horizontal=True, key="learn-steps", vertical_alignment="center"):
            st.button(
                self.said("back"),
                key="learn-back",
                icon=":material/arrow_back:",
                disabled=part == 0,
                on_click=self._go,
                args=(part - 1,),
            )
            if not self._answered():
                st.button(self.said("show_me"), key="learn-show", type="tertiary", on_click=self._commit, args=(SHOWN,))
            elif part < last:
                self._next(self.said("next"), lambda: self._go(part + 1))
            elif self.number < len(LESSONS):
                after = replace(self.place, lesson=LESSONS[self.number], part=0, answer=None)
                name = lesson_text(self.place.language, after.lesson).title
                self._next(self.said("next_lesson", name=name), lambda: st.query_params.from_dict(after.query()))
            else:
                home = Place(language=self.place.language).query()
                self._next(self.said("end"), lambda: st.query_params.from_dict(home))

    def _next(self, label: str, go: Callable[[], None]) -> None:
        st.button(
            label, key="learn-next", type="primary", icon=":material/arrow_forward:", icon_position="right", on_click=go
        )

    def _key(self, pressed: str) -> None:
        """What a key or a clicker asks for in presenter mode; a question is revealed before it is left."""
        part, last = self.place.part, len(self.told.parts) - 1
        if pressed == "leave":
            self._present(False)
        elif pressed == "back":
            self._go(max(0, part - 1))
        elif pressed.isdigit() and not self._answered():
            if 0 < int(pressed) <= len(self.text.options):
                self._commit(int(pressed) - 1)
        elif pressed == "next" and not self._answered():
            self._commit(SHOWN)
        elif pressed == "next" and part < last:
            self._go(part + 1)
        elif pressed == "next" and self.number < len(LESSONS):
            st.query_params.from_dict(replace(self.place, lesson=LESSONS[self.number], part=0, answer=None).query())
