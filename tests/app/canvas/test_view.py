"""What a page may wish of a canvas, when the canvas is told, and how a view becomes an address and comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.component import Known, kept_view, known, tell_wish
from app.canvas.view import END, FRESH, View

shares = st.integers(0, 100).map(lambda n: n / 100)
views = st.builds(
    View,
    moment=st.just(END) | st.integers(0, 10**6),
    colour=st.sampled_from(["reward", "visits", "logprob"]),
    filter=st.tuples(shares, shares).map(lambda pair: (min(pair), max(pair))),
    query=st.text(max_size=50),
    by=st.sampled_from(["events", "tokens"]),
)


@given(views)
def test_an_address_restores_the_view_it_was_made_of(view: View) -> None:
    assert View.read(view.to_query()) == view


def test_a_fresh_view_needs_no_words_in_an_address() -> None:
    assert FRESH.to_query() == {}
    assert View.read({}) == FRESH


@pytest.mark.parametrize(
    "query",
    [
        {"at": "-3"},
        {"at": "1e9"},
        {"at": "²"},
        {"filter": "0.9-0.2"},
        {"filter": "nan-1"},
        {"filter": "0-2"},
        {"filter": "-"},
        {"colour": "<b>"},
        {"by": "money"},
        {"colour": "x" * 99},
    ],
)
def test_what_an_address_can_not_mean_is_as_in_a_fresh_view(query: dict[str, str]) -> None:
    assert View.read(query) == FRESH


def test_a_text_to_find_has_a_length() -> None:
    assert len(View.read({"find": "x" * 10_000}).query or "") == 200


@pytest.mark.parametrize(
    "said", [None, 3, {}, {"moment": None, "filter": [1, 0], "query": 7, "colour": [], "by": ["tokens"]}]
)
def test_a_report_that_makes_no_sense_is_a_fresh_view(said: object) -> None:
    assert View.heard(said) == FRESH


def test_a_report_is_heard_as_it_was_said() -> None:
    said = {"moment": 4, "colour": "visits", "filter": [0.25, 1], "query": "= 24", "by": "tokens"}
    assert View.heard(said) == View(4, "visits", (0.25, 1.0), "= 24", "tokens")


def test_a_wish_is_told_once_and_not_again_after_people_have_changed_the_view() -> None:
    has = Known()
    tell_wish(has, View(moment=3))
    told = has.wished_at
    assert (has.told, has.view.moment) == (View(moment=3), 3)
    has.view = View.heard({"moment": 9})  # somebody drags the slider
    tell_wish(has, View(moment=3))
    assert has.wished_at == told
    tell_wish(has, View(moment=5))
    assert has.wished_at > told
    assert has.told == View(moment=5)


def test_reports_that_come_back_as_wishes_are_no_echo_but_going_back_is_a_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.canvas.component.st.session_state", {})
    has, url = known("key", ""), FRESH
    tell_wish(has, url)
    for moment in (2, 3):  # the second report comes while the page still has the address of the first
        has.view = View.heard({"moment": moment})
        tell_wish(has, url)
        assert has.told is None
        url = kept_view("key")
    before = View.heard({"moment": 2})
    tell_wish(has, before)
    assert has.told == before


def test_the_same_wish_in_another_turn_is_told_again() -> None:
    has = Known()
    for turn in (1, 2):
        tell_wish(has, View(moment=3, turn=turn))
        assert has.told == View(moment=3, turn=turn)


def test_a_wish_leaves_alone_what_it_does_not_name() -> None:
    has = Known(view=View(2, "visits", (0.5, 1.0), "24"))
    tell_wish(has, View(filter=(0.0, 1.0)))
    assert has.view == View(2, "visits", (0.0, 1.0), "24")
    assert has.told is not None
    assert has.told.as_json() == {"filter": (0.0, 1.0)}
