import re
from base64 import b64decode

import pytest

from app.canvas.scale import color
from app.figures.path_reward import CHOSEN, SELECTED, path_reward, path_rewards
from engine.tree import Cost, Grown, Problem, Scored, Tree
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


def lines(drawn: str) -> list[str]:
    """The lines that are drawn, each as its points."""
    image = re.search('base64,([^"]+)', drawn)
    return re.findall(' points="([^"]*)"', b64decode(image[1]).decode()) if image else []


def test_points_have_the_colours_of_the_canvas_and_their_numbers() -> None:
    rows = path_rewards(trees.beam())
    drawn = path_reward(rows)
    assert re.findall("background:(#[0-9a-f]{6})", drawn) == [color(r) for r in rows["reward"]]
    assert re.findall('<small class="above">([0-9.]+)</small>', drawn) == [f"{r:.2f}" for r in rows["reward"]]
    assert len(lines(drawn)) == 1 and "selected" not in drawn


def test_a_missing_reward_breaks_the_line_and_is_named() -> None:
    rows = path_rewards(trees.beam())
    rows.loc[1, "reward"] = None
    drawn = path_reward(rows)
    assert [len(line.split()) for line in lines(drawn)] == [1, 1]
    assert drawn.count("<small>no reward</small>") == 1
    assert "step 2 no reward" in drawn


def test_the_reward_axis_is_fixed_from_zero_to_one() -> None:
    for tree in (trees.beam(), trees.best_of_n(), trees.mcts()):
        assert re.findall("<small>([0-9.]+)</small></div>", path_reward(path_rewards(tree))) == [
            "0", "0.25", "0.5", "0.75", "1",
        ]  # fmt: skip


def test_points_lie_where_the_axes_say() -> None:
    rows = path_rewards(trees.beam())
    drawn = path_reward(rows)
    grid = [float(top) for top in re.findall(r'class="grid" style="top:([\d.]+)%', drawn)]
    for top, reward in zip(re.findall(r"top:([\d.]+)%;background", drawn), rows["reward"], strict=True):
        assert float(top) == pytest.approx(grid[0] + (grid[-1] - grid[0]) * reward, abs=0.02)
    steps = re.findall(r'<small style="left:([\d.]+%)">(\d)</small>', drawn)
    places = re.findall(r"left:([\d.]+)%;top:([\d.]+)%", drawn)
    assert [left for left, _ in steps] == [f"{left}%" for left, _ in places]
    assert lines(drawn) == [" ".join(f"{left},{top}" for left, top in places)]


def test_two_paths_have_a_key_and_numbers_on_either_side() -> None:
    tree = trees.beam()
    assert tree.chosen is not None
    fork = tree.chosen.path()[0]
    other = next(n for n in fork.children if n is not tree.chosen.path()[1])
    drawn = path_reward(path_rewards(tree, other))
    assert f'<span class="selected">{SELECTED}</span>' in drawn and len(lines(drawn)) == 2
    assert 'class="below"' in drawn


def test_a_long_path_has_points_without_numbers() -> None:
    tree = Tree(Problem("p", "q"))
    for step in range(40):
        tree.apply(Grown([step], [f"step {step}"], ["step"], [None], [None], [Cost()]))
        tree.apply(Scored([step + 1], [0.5], [None], [Cost()]))
    drawn = path_reward(path_rewards(tree, tree.node(40)))
    assert drawn.count("background:") == 40 and 'class="above"' not in drawn
    assert drawn.count('<small style="left') <= 12


def test_no_path_and_no_reward_make_no_figure() -> None:
    assert path_reward(path_rewards(Tree(Problem("p", "q")))) == ""
    assert path_reward(path_rewards(trees.best_of_n(scored=False))) == ""


def test_text_from_a_log_is_escaped_and_cut() -> None:
    rows = path_rewards(trees.beam())
    rows.loc[0, "text"] = '<a href="x">click</a>' + "x" * 10_000
    drawn = path_reward(rows)
    assert 'title="&lt;a href=&quot;x&quot;&gt;click' in drawn and "x" * 200 not in drawn
