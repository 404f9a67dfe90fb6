from app.canvas.scale import color
from app.figures.path_reward import CHOSEN, SELECTED, path_reward, path_rewards
from engine.tree import Problem, Tree
from tests.app import trees


def test_the_chosen_path_has_one_row_a_step() -> None:
    tree = trees.beam()
    rows = path_rewards(tree)
    assert tree.chosen is not None
    assert rows["text"].tolist() == tree.chosen.steps()
    assert rows["step"].tolist() == [1, 2, 3]
    assert set(rows["path"]) == {CHOSEN}


def test_the_selected_path_begins_where_it_leaves_the_chosen_one() -> None:
    tree = trees.beam()
    assert tree.chosen is not None
    fork = tree.chosen.path()[0]
    other = next(n for n in fork.children if n is not tree.chosen.path()[1])
    rows = path_rewards(tree, other)
    assert rows.loc[rows["path"] == SELECTED, "node"].tolist() == [fork.id, other.id]


def test_a_selected_step_of_the_chosen_path_draws_no_second_line() -> None:
    tree = trees.beam()
    assert tree.chosen is not None
    assert set(path_rewards(tree, tree.chosen.path()[0])["path"]) == {CHOSEN}
    assert set(path_rewards(tree, tree.root)["path"]) == {CHOSEN}


def test_points_have_the_colours_of_the_canvas() -> None:
    rows = path_rewards(trees.beam())
    line = path_reward(rows).data[0]
    assert list(line.marker.color) == [color(r) for r in rows["reward"]]
    assert list(line.text) == [f"{r:.2f}" for r in rows["reward"]]


def test_a_missing_reward_breaks_the_line_and_is_named() -> None:
    rows = path_rewards(trees.beam())
    rows.loc[1, "reward"] = None
    figure = path_reward(rows)
    assert figure.data[0].y[1] is None
    assert figure.data[0].connectgaps is False
    assert [note.text for note in figure.layout.annotations] == ["no reward"]


def test_the_reward_axis_is_fixed_from_zero_to_one() -> None:
    for tree in (trees.beam(), trees.best_of_n(), trees.mcts()):
        assert list(path_reward(path_rewards(tree)).layout.yaxis.tickvals) == [0, 0.25, 0.5, 0.75, 1]


def test_no_path_and_no_reward_make_an_empty_figure() -> None:
    assert not path_reward(path_rewards(Tree(Problem("p", "q")))).data
    assert not path_reward(path_rewards(trees.best_of_n(scored=False))).data


def test_text_from_a_log_is_escaped_in_hover_text() -> None:
    rows = path_rewards(trees.beam())
    rows.loc[0, "text"] = '<a href="x">click</a>'
    assert path_reward(rows).data[0].customdata[0].startswith("&lt;a")
