"""Texts of logs as HTML with formulas: nothing but our own markup, and every word of the text."""

import json
import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from app.canvas.inspector import inspector
from app.canvas.safe import BRIEF, shown, visible
from app.maths import drawing, mathml
from app.maths.written import MOST, answered, written
from engine.tree import Cost, Grown, Problem, Tree
from tests.app.maths.formulas import check, soups

texts = st.one_of(
    st.text(max_size=200),
    st.lists(soups.map("${}$".format) | soups.map(r"\({}\)".format) | st.text(max_size=9), max_size=5).map("".join),
)  # fmt: skip


class Reader(HTMLParser):
    """Checks every tag, and reads what the page says."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.formulas, self.open = "", 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag == "span" and set(given) == {"class", "title", "data-maths"} and not self.open
        assert given["class"] in ("maths", "maths wide", "maths display")
        for piece in json.loads(given["data-maths"] or ""):
            check(piece)
        self.formulas, self.open, self.title = self.formulas + 1, len(self.text) + 1, given["title"]

    def handle_endtag(self, tag: str) -> None:
        assert tag == "span" and self.text[self.open - 1 :] == self.title
        self.open = 0

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


@given(texts)
@example(r"$\operatorname$")  # an operator that says nothing
def test_whatever_the_text_the_html_is_spans_of_allowed_formulas_and_the_whole_text(text: str) -> None:
    text = text[:BRIEF]
    html = written(text)
    assert read(html).text == visible(text)
    assert not [c for c in html if unicodedata.category(c) == "Cc" and c not in "\n\t"]


@given(st.text(max_size=100).map(lambda text: text.replace("$", "").replace("\\", "")))
def test_a_text_without_latex_is_shown_as_everywhere(text: str) -> None:
    assert written(text) == answered(text) == shown(text)


def test_formulas_are_ready_to_be_drawn_and_amounts_of_dollars_are_not() -> None:
    assert read(written(r"$x$ for $5 and $7, \[y\]")).formulas == 2
    assert read(answered(r"\frac{1}{2}")).formulas == 1
    assert read(answered(r"$\frac{1}{2}$")).formulas == 1
    assert read(answered("24")).formulas == 0


def test_a_long_formula_can_be_broken_before_its_relations() -> None:
    (told,) = re.findall('data-maths="([^"]*)"', written("$a=b=c$"))
    pieces = json.loads(unescape(told))
    assert [piece[2][2][-1] for piece in pieces] == ["a", "=", "="]


def test_of_a_text_of_a_megabyte_the_first_formulas_are_drawn_and_the_rest_is_said() -> None:
    html = written("$x$ " * 250_000, 20_000)
    assert html.count("data-maths") == MOST // len("$x$")
    assert html.endswith("… 20,000 of 1,000,000 characters</small>")


def test_the_inspector_draws_the_formulas_of_a_step_and_keeps_its_source_to_unfold() -> None:
    tree = Tree(Problem("p", r"What is $\frac{4}{2}$?"))
    tree.apply(Grown([0, 0], [r"It is \boxed{2}", "It is 3"], ["end"] * 2, [-1.0] * 2, ["2", "3"], [Cost(1)] * 2))
    first, second = (inspector(tree, tree.node(i)) for i in (1, 2))
    assert r"<summary>As it is written</summary><p>It is \boxed{2}</p>" in first and 'class="maths"' in first
    assert "<details" not in second
    assert "data-maths" in inspector(tree, tree.root)


def test_the_script_builds_the_same_elements_and_no_others() -> None:
    script = drawing.script()
    for names in (mathml.ELEMENTS, mathml.ATTRIBUTES):
        assert f'new Set("{" ".join(sorted(names))}"' in script
    assert "innerHTML" not in script and "$ELEMENTS" not in script


def test_a_text_that_is_cut_short_ends_after_its_last_formula_and_says_where() -> None:
    html, said = written(r"so $x = \frac{1}{2}$ and on", 8).split(" <small>")
    assert read(html).formulas == 1 and said == "… 20 of 27 characters</small>"
    assert written("so $x = 1 and no end", 8).startswith("so $x =  <small>")
