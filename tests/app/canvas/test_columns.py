import json
from typing import Any

import numpy as np
import pytest

from app.canvas import component
from app.canvas.columns import LABEL, WHOLE, columns
from app.canvas.component import script
from app.canvas.pack import PREFIX, message, pack
from engine.tree import Cost, Grown, Marked, Problem, Tree
from tests.app import trees


def unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the browser reads from the packed bytes."""
    length = PREFIX.unpack_from(packed)[4]
    header = json.loads(packed[PREFIX.size : PREFIX.size + length])
    body = packed[PREFIX.size + length :]
    arrays = {
        name: np.frombuffer(body, dtype=np.dtype(f"<{kind}"), count=count, offset=offset)
        for name, (kind, offset, count) in header["arrays"].items()
    }
    return header, arrays


def test_a_node_has_one_entry_in_every_column_of_nodes() -> None:
    tree = trees.beam(failures=0.1, missing=0.1, seed=2)
    found = columns(tree)
    for name in ("parent", "depth", "reward", "finish", "correct", "born", "scored_at", "decided_at", "label"):
        assert len(found[name]) == len(tree), name


def test_a_parent_comes_before_its_children_and_the_root_has_none() -> None:
    parent = columns(trees.mcts())["parent"]
    assert parent[0] == -1
    assert (parent[1:] < np.arange(1, len(parent))).all()
    assert (parent[1:] >= 0).all()


def test_a_missing_reward_is_not_a_number_and_never_zero() -> None:
    tree = trees.beam(missing=0.5, seed=1)
    rewards = columns(tree)["reward"]
    assert [bool(np.isnan(r)) for r in rewards] == [n.reward is None for n in tree]
    assert np.isnan(rewards).any()


def test_moments_are_those_of_the_events() -> None:
    tree = trees.beam()
    found = columns(tree)
    for node in tree.nodes[1:]:
        assert node.id in _made_by(tree, int(found["born"][node.id]))
        assert node.id in tree.events[int(found["scored_at"][node.id])].node  # type: ignore[union-attr]
        assert node.id in tree.events[int(found["decided_at"][node.id])].node  # type: ignore[union-attr]
    assert found["born"][0] == 0
    assert found["decided_at"][0] == -1


def _made_by(tree: Tree, at: int) -> set[int]:
    replayed = Tree.replay(tree.events[: at + 1])
    before = len(Tree.replay(tree.events[:at])) if at else 0
    return {n.id for n in replayed.nodes[before:]}


def test_every_mark_of_a_node_that_is_marked_twice_is_kept_in_order() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0], ["a step"], ["step"], [None], [None], [Cost()]))
    tree.apply(Marked([1], ["kept"], [""]))
    tree.apply(Marked([1], ["dropped"], [""]))
    found = columns(tree)
    assert found["mark_event"].tolist() == [2, 3]
    assert found["mark_is"].tolist() == [1, 2]
    assert found["decided_at"][1] == 3


def test_visits_replayed_from_the_columns_are_those_of_the_tree() -> None:
    tree = trees.mcts(30)
    found = columns(tree)
    visits, values = np.zeros(len(tree)), np.zeros(len(tree))
    for leaf, value in zip(found["visit_leaf"], found["visit_value"], strict=True):
        node = int(leaf)
        while node >= 0:
            visits[node] += 1
            values[node] += value
            node = int(found["parent"][node])
    assert visits.tolist() == [n.visits for n in tree]
    assert np.allclose(values, [n.value_sum for n in tree], atol=1e-4)


def test_an_empty_tree_has_its_root_and_its_opening() -> None:
    found = columns(Tree(Problem("p", "q")))
    assert found["parent"].tolist() == [-1]
    assert found["event_kind"].tolist() == [0]


def test_labels_are_one_line_and_whole_unless_the_tree_is_large() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0], ["one\n  two " + "x" * 500], ["end"], [None], [None], [Cost()]))
    assert labels(tree)[1] == "one two " + "x" * 500
    count = WHOLE // 500 + 1
    long = [str(i).zfill(500) for i in range(count)]
    tree.apply(Grown([0] * count, long, ["end"] * count, [None] * count, [None] * count, [Cost()] * count))
    assert {len(label) for label in labels(tree)[1:]} == {LABEL}


def test_a_step_that_is_drawn_again_is_sent_once() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0] * 3, ["one", "two", "one"], ["step"] * 3, [None] * 3, [None] * 3, [Cost()] * 3))
    assert columns(tree)["labels"] == ["", "one", "two"]
    assert labels(tree) == ["", "one", "two", "one"]


def labels(tree: Tree) -> list[str]:
    """The label of each node."""
    found = columns(tree)
    return [found["labels"][i] for i in found["label"]]


def test_what_the_browser_reads_is_what_was_packed() -> None:
    found = columns(trees.mcts())
    header, arrays = unpack(pack(found, {"question": "Make 24 — “now” \ud800"}))
    assert header["labels"] == found["labels"]
    assert header["question"].startswith("Make 24 — “now”")
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, found[name])


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [([0, 255], "u1"), ([-1, 127], "i1"), ([-1, 128], "i2"), ([0, 256], "u2"), ([-1, 40_000], "i4"), ([], "i4")],
)
def test_whole_numbers_take_as_few_bytes_as_they_fit_in(numbers: list[int], kind: str) -> None:
    header, arrays = unpack(pack({"a": np.array(numbers, dtype=np.int32)}, {}))
    assert header["arrays"]["a"][0] == kind
    assert arrays["a"].tolist() == numbers


def test_asking_for_a_node_changes_nothing_but_the_request() -> None:
    packed = pack(columns(trees.beam()), {})
    asked = message(packed, node=7, request=3, said_at=1.5e9)
    assert PREFIX.unpack_from(asked)[:4] == (PREFIX.unpack_from(packed)[0], 7, 3, 1.5e9)
    assert asked[32:] == packed[32:]


def test_a_wish_for_a_view_comes_after_the_tree_which_stays_the_same() -> None:
    packed = pack(columns(trees.beam()), {})
    wished = message(packed, node=-1, request=0, said_at=1.0, view={"query": "“24”"}, wished_at=2.5)
    *_, wished_at, length = PREFIX.unpack_from(wished)
    assert wished_at == 2.5
    assert json.loads(wished[-length:]) == {"query": "“24”"}
    assert wished[:16] == packed[:16]
    assert wished[PREFIX.size : -length] == packed[PREFIX.size :]


def test_a_message_is_dated_anew_only_if_it_says_something_new(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 101.0, 90.0, 102.0])  # a clock may also be set back
    monkeypatch.setattr("app.canvas.component.time.time", lambda: next(clock))
    monkeypatch.setattr("app.canvas.component.st.session_state", {})
    small, large = (pack(columns(tree), {}) for tree in (trees.beam(), trees.mcts()))
    asked, again = component.Known(asked=1), component.Known(asked=2, requests=1)
    said = [(small, asked), (small, asked), (small, again), (large, again), (large, again), (small, again)]
    times = [PREFIX.unpack_from(component.dated("key", *words))[3] for words in said]
    assert times == [100, 100, 101, 101, 101, 102]


def test_a_step_that_repeats_a_sibling_names_its_twin() -> None:
    tree = Tree(Problem("p", "q"))
    tree.apply(Grown([0] * 3, ["one", "two", "one"], ["step"] * 3, [None] * 3, [None] * 3, [Cost()] * 3))
    tree.drop({tree.node(3): "the same"})
    assert columns(tree)["twin"].tolist() == [-1, -1, -1, 1]


def test_a_tree_that_grew_has_another_digest() -> None:
    tree = trees.beam()
    digests = {pack(columns(Tree.replay(tree.events[:n])), {})[:16] for n in range(1, len(tree.events) + 1)}
    assert len(digests) == len(tree.events)


def test_ten_thousand_nodes_are_packed_into_less_than_a_megabyte() -> None:
    assert len(pack(columns(trees.big(10_000)), {})) < 1_000_000


def test_the_modules_joined_are_one_script_with_one_export() -> None:
    joined = script()
    assert joined.count("export default function") == 1
    assert "\nimport " not in joined
    assert "innerHTML" not in joined
    assert "http" not in joined
