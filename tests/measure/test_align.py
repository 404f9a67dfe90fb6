from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.measure.align import FOLLOWED, Alignment, align, beginnings, prefixes
from engine.tree import Closed, Cost, Grown, Problem, Scored, Tree

WORDS = "abc"
Spec = list[tuple[int, str, str, float | None]]
"""Of each node: its parent (modulo the nodes there are), its words, its finish or mark, its reward."""
SPECS: st.SearchStrategy[Spec] = st.lists(
    st.tuples(
        st.integers(0, 50),
        st.sampled_from(WORDS),
        st.sampled_from(["step", "end", "error", "kept", "dropped"]),
        st.one_of(st.none(), st.floats(0, 1)),
    ),
    max_size=14,
)


def tree_of(spec: Spec) -> Tree:
    tree = Tree(Problem("p", "Which letters?"))
    for at, text, what, reward in spec:
        open_ones = [node for node in tree if node.open]
        parent = open_ones[at % len(open_ones)].id
        finish: Any = what if what in ("end", "error") else "step"
        tree.apply(Grown([parent], [text], [finish], [None], [None], [Cost()]))
        node = tree.nodes[-1]
        tree.apply(Scored([node.id], [reward], [reward], [Cost()]))
        if what == "kept":
            tree.keep({node: "kept"})
        if what == "dropped":
            tree.drop({node: "dropped"})
    return tree


def chain(*texts: str, marks: dict[str, str] | None = None) -> Spec:
    return [(i, text, (marks or {}).get(text, "kept"), 0.5) for i, text in enumerate(texts)]


@given(SPECS)
def test_a_tree_laid_over_itself_shares_every_step_and_parts_nowhere(spec: Spec) -> None:
    laid = align(tree_of(spec), tree_of(spec))
    assert all(pair.shared for pair in laid.pairs.values())
    assert laid.partings() == []
    assert all(not pair.gap for pair in laid.shared)


@given(SPECS, SPECS)
def test_every_node_is_in_one_pair_and_a_beginning_of_what_is_shared_is_shared(one: Spec, other: Spec) -> None:
    a, b = tree_of(one), tree_of(other)
    laid = align(a, b)
    assert sorted(n.id for p in laid.pairs.values() for n in p.a.nodes) == list(range(len(a)))
    assert sorted(n.id for p in laid.pairs.values() for n in p.b.nodes) == list(range(len(b)))
    assert all(tuple(n.steps()) == p.prefix for p in laid.pairs.values() for n in (*p.a.nodes, *p.b.nodes))
    shared = {pair.prefix for pair in laid.shared}
    assert shared == (set(prefixes(a)) & set(prefixes(b))) - {()}
    assert all(prefix[:-1] in shared | {()} for prefix in shared)


@given(SPECS, SPECS)
def test_which_tree_comes_first_changes_nothing_but_the_names(one: Spec, other: Spec) -> None:
    there, back = align(tree_of(one), tree_of(other)), align(tree_of(other), tree_of(one))

    def told(laid: Alignment, swapped: bool) -> set[Any]:
        return {(p.prefix, *((p.b.fate, p.a.fate) if swapped else (p.a.fate, p.b.fate))) for p in laid.partings()}

    assert told(there, swapped=False) == told(back, swapped=True)


@given(SPECS, SPECS)
def test_partings_are_where_both_went_on_with_the_step_before_and_one_alone_with_this(one: Spec, other: Spec) -> None:
    laid = align(tree_of(one), tree_of(other))
    by_hand = set()
    for prefix, pair in laid.pairs.items():
        if prefix:
            before = laid.pairs[prefix[:-1]]
            both_before = before.a.fate in FOLLOWED and before.b.fate in FOLLOWED
            if both_before and (pair.a.fate in FOLLOWED) + (pair.b.fate in FOLLOWED) == 1:
                by_hand.add(prefix)
    partings = laid.partings()
    assert {pair.prefix for pair in partings} == by_hand
    assert [pair.depth for pair in partings] == sorted(pair.depth for pair in partings)


def test_the_first_parting_leads_to_a_chosen_answer_if_one_of_its_depth_does() -> None:
    a = tree_of([(0, "a", "kept", 0.9), (0, "b", "dropped", 0.1), (0, "c", "kept", 0.6), (3, "a", "end", 0.9)])
    b = tree_of([(0, "a", "dropped", 0.0), (0, "b", "kept", 0.9), (0, "c", "dropped", 0.5)])
    assert align(a, b).partings()[0].prefix == ("a",), "the rewards differ most there"
    a.apply(Closed(4, "the only one", "done", {}, {}))
    assert list(beginnings(a.nodes[4])) == [("c",), ("c", "a")]
    assert [pair.prefix for pair in align(a, b).partings()] == [("c",), ("a",), ("b",)]


def test_a_step_that_was_drawn_several_times_has_the_fate_of_the_one_that_went_on() -> None:
    a = tree_of([(0, "a", "dropped", None), (0, "a", "kept", 0.7), (2, "b", "end", 0.9)])
    b = tree_of([(0, "a", "dropped", 0.2)])
    pair = align(a, b).pairs[("a",)]
    assert (pair.a.fate, pair.b.fate, pair.a.reward, pair.b.reward) == ("kept", "dropped", 0.7, 0.2)
    assert pair.a.node is a.nodes[2] and len(pair.a.nodes) == 2


def test_what_was_never_drawn_is_told_from_what_was_dropped() -> None:
    a, b = tree_of(chain("a", "b")), tree_of([(0, "a", "kept", 0.5), (1, "c", "kept", 0.5)])
    assert [(p.text, p.a.fate, p.b.fate) for p in align(a, b).partings()] == [
        ("b", "kept", "never drawn"),
        ("c", "never drawn", "kept"),
    ]
