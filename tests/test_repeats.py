from engine.repeats import twins
from engine.tree import Cost, Grown, Opened, Problem, Scored, Tree


def drawn(*texts: str, parent: int = 0, tree: Tree | None = None) -> Tree:
    tree = tree or Tree(Problem("p", "q"))
    n = len(texts)
    tree.apply(Grown([parent] * n, list(texts), ["step"] * n, [None] * n, [None] * n, [Cost()] * n))
    return tree


def test_a_dropped_step_with_the_words_of_an_earlier_sibling_repeats_the_first_of_them() -> None:
    tree = drawn("one", "two", "one", "one")
    tree.drop({tree.node(3): "the same", tree.node(4): "the same"})
    assert twins(tree) == {tree.node(3): tree.node(1), tree.node(4): tree.node(1)}


def test_the_same_words_after_another_step_are_no_repeat() -> None:
    tree = drawn("one", parent=1, tree=drawn("one"))
    tree.drop({tree.node(2): "worse"})
    assert twins(tree) == {}


def test_a_step_that_was_kept_rewarded_or_continued_is_seen_for_itself() -> None:
    tree = drawn("next", parent=4, tree=drawn("one", "one", "one", "one"))
    tree.apply(Scored([3], [0.5], [None], [Cost()]))
    tree.drop({tree.node(3): "worse", tree.node(4): "worse"})
    assert twins(tree) == {}


def test_a_tree_that_goes_on_or_begins_again_is_looked_at_again() -> None:
    tree = drawn("one", "one")
    assert twins(tree) == {}
    tree.drop({tree.node(2): "the same"})
    assert twins(tree) == {tree.node(2): tree.node(1)}
    tree.apply(Opened(Problem("p", "again")))
    drawn("one", "two", tree=tree)
    tree.drop({tree.node(2): "worse"})
    assert twins(tree) == {}
