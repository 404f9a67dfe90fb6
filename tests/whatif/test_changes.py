"""Changed trees, made with a scripted policy and PRM: exact, so every tree has one right shape."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine.measure.recut import otherwise
from engine.models.draws import child_seed
from engine.models.registry import Asked, Kept
from engine.models.scripted import ScriptedPolicy, ScriptedPRM
from engine.protocol import ArbutusError, Continuation
from engine.repeats import twins
from engine.runner import describe_run, execute
from engine.runs import Run
from engine.tree import Cost, Node, Tree
from engine.whatif.changes import Change, ChangeError, carry
from engine.whatif.growing import change_run
from tests.worlds import COUNTDOWN, HARD, KNOBS, chance, moves, opinion, search, setting

ASKED = Asked("scripted-policy", "scripted-prm")


def contrary(prompt: str, steps: tuple[str, ...]) -> float | None:
    """Another PRM: it likes what the first one doesn't, and knows everything."""
    return round(1 - chance("opinion", prompt, steps), 3)


def models() -> Kept:
    return {
        ("policy", "scripted-policy"): ScriptedPolicy(moves),
        ("PRM", "scripted-prm"): ScriptedPRM(opinion),
        ("PRM", "contrary-prm"): ScriptedPRM(contrary, "contrary-prm"),
    }


def a_run(folder: Path, strategy: str = "beam") -> Run:
    how = setting(strategy)
    return execute(folder, how, [HARD], describe_run(how, "by hand", [HARD], title="the old one"))


def changed(run: Run, change: Change, out: Path, **how: Any) -> Run:
    return change_run(run, HARD.id, change, out, asked=ASKED, kept=models(), **how)


def what(node: Node) -> tuple[Any, ...]:
    parent = None if node.parent is None else node.parent.id
    return parent, node.text, node.finish, node.logprob, node.answer, node.reward, node.raw


def dropped(tree: Tree) -> Node:
    return next(n for n in tree.nodes[1:] if n.mark == "dropped" and n.open and not n.children and n.reward is not None)


def gone_on(tree: Tree) -> Node:
    return next(n for n in tree.nodes[1:] if n.children)


def digests(folder: Path) -> Mapping[str, str]:
    return {f.name: sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def changes_of(tree: Tree) -> list[Change]:
    leaf = next((n for n in tree.nodes[1:] if n.open and not n.children), None)
    found = [Change("more", 0, more=3), Change("edit", 1, text="10 - 4 = 6 (left: 5 6 6)"), Change("regenerate", 0)]
    found += [Change("rescore", prm="contrary-prm")]
    return found if leaf is None else [*found, Change("go-on", leaf.id)]


@pytest.mark.parametrize("strategy", KNOBS)
def test_whatever_is_changed_the_old_tree_is_carried_as_it_was_and_costs_nothing(tmp_path: Path, strategy: str) -> None:
    run = a_run(tmp_path / "old", strategy)
    old, before = run.tree(0), digests(tmp_path / "old")
    for change in changes_of(old):
        made = changed(run, change, tmp_path / change.kind)
        tree, carried = made.tree(0), made.info.origin["carried"]
        assert tree.closed is not None and tree.closed.error is None, change
        assert tree.closed.stopped == "done"
        if change.kind == "regenerate":
            assert carried == 1, "all of it grew from the question"
        elif change.kind == "rescore":
            assert [what(n)[:5] for n in tree] == [what(n)[:5] for n in old]
        else:
            assert carried == len(old)
            for now, then in zip(tree.nodes, old.nodes, strict=False):
                assert what(now)[:5] == what(then)[:5]
                assert then.reward in (None, now.reward), "only what is gone on from may get a reward it lacked"
            assert len(tree) > len(old)
        new = [n.cost for n in tree.nodes[carried:]]
        if change.kind != "rescore":
            assert all(n.cost.policy_tokens == 0 for n in tree.nodes[:carried])
            assert tree.cost.policy_tokens == sum(c.policy_tokens for c in new) > 0
        else:
            assert tree.cost.policy_tokens == 0 and tree.cost.prm_tokens > 0
    assert digests(tmp_path / "old") == before, "the old run is only read"


@pytest.mark.parametrize("kind", ["more", "edit", "go-on", "regenerate", "rescore"])
def test_the_same_change_makes_the_same_tree_and_another_seed_another_one(tmp_path: Path, kind: str) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    change = {c.kind: c for c in changes_of(old)}[kind]  # type: ignore[index]
    one, two = (changed(run, change, tmp_path / name).tree(0) for name in ("one", "two"))
    assert [(what(n), n.mark, n.reason) for n in one] == [(what(n), n.mark, n.reason) for n in two]
    if kind != "rescore":
        other = changed(run, change, tmp_path / "other", seed=77).tree(0)
        assert [n.text for n in one] != [n.text for n in other]


def test_more_children_are_those_that_the_search_would_have_drawn_next(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    node = gone_on(old)
    tree = changed(run, Change("more", node.id, more=5), tmp_path / "new").tree(0)
    first = len(node.children)
    seeds = tuple(child_seed(0, HARD.id, (*node.place, first + i)) for i in range(5))
    (chains,) = ScriptedPolicy(moves).sample([Continuation(COUNTDOWN.prompt(HARD), tuple(node.steps()), seeds)])
    new = tree.node(node.id).children[first:]
    assert [n.text for n in new] == [chain[0].text for chain in chains]
    assert [n.reward for n in new] == [opinion(COUNTDOWN.prompt(HARD), tuple(n.steps())) for n in new]
    assert len(tree) == len(old) + 5


def test_a_dropped_step_that_is_forced_goes_on_as_the_search_would_have_had_it_kept_it(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    node = dropped(old)
    made = changed(run, Change("go-on", node.id), tmp_path / "new")
    tree = made.tree(0)
    forced = tree.node(node.id)
    n = int(made.info.parameters["n"])
    seeds = tuple(child_seed(0, HARD.id, (*node.place, i)) for i in range(n))
    (chains,) = ScriptedPolicy(moves).sample([Continuation(COUNTDOWN.prompt(HARD), tuple(node.steps()), seeds)])
    assert [c.text for c in forced.children[:n]] == [chain[0].text for chain in chains]
    assert forced.mark == "kept" and forced.reason.startswith("forced to go on by hand; before: rank ")
    assert all(forced in n.path() for n in tree.nodes[len(old) :])
    assert {n.mark for n in forced.children} == {"kept", "dropped"}
    assert tree.closed is not None and "; the new branch alone " in tree.closed.reason


def test_an_edited_step_stands_beside_the_one_it_is_written_for_and_is_gone_on_from(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    change = Change("edit", 1, text="  10 - 4 = 6 (left: 5 6 6) ")
    tree = changed(run, change, tmp_path / "new").tree(0)
    mine = tree.node(len(old))
    assert mine.parent is tree.root and mine.text == "10 - 4 = 6 (left: 5 6 6)"
    assert mine.reward == opinion(COUNTDOWN.prompt(HARD), (mine.text,))
    assert (mine.logprob, mine.mark, mine.reason) == (None, "kept", "written by hand in place of node 1")
    assert mine.children and mine.label is True


def test_an_edited_step_that_ends_the_solution_is_answered_and_nothing_is_sampled(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    end = next(n for n in old.finished() if n.correct is False or n.correct)
    tree = changed(run, Change("edit", end.id, text="6 * 6 = 24 (left: 24)"), tmp_path / "new").tree(0)
    assert len(tree) == len(old) + 1 and tree.nodes[-1].finished and tree.nodes[-1].answer is not None
    assert tree.nodes[-1].correct is False, "6 * 6 is no 24"
    assert tree.cost.policy_tokens == 0


def test_writing_again_leaves_out_what_followed_and_draws_others(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    node = gone_on(old)
    below = [n for n in old if node in n.path()[:-1]]
    made = changed(run, Change("regenerate", node.id), tmp_path / "new")
    tree, carried = made.tree(0), made.info.origin["carried"]
    assert carried == len(old) - len(below)
    kept = [n for n in old if n not in below]
    assert [(n.text, n.reward) for n in tree.nodes[:carried]] == [(n.text, n.reward) for n in kept]
    assert made.info.seed == 1
    at = tree.node(next(i for i, n in enumerate(kept) if n is node))
    assert at.children and all(at in n.path() for n in tree.nodes[carried:])


def test_new_rewards_are_the_other_prms_the_decisions_stay_and_those_that_would_differ_are_told(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    made = changed(run, Change("rescore", prm="contrary-prm"), tmp_path / "new")
    tree = made.tree(0)
    repeats = {n.id for n in twins(old)}
    assert repeats and all(tree.node(i).reward is None for i in repeats)
    scored = [n for n in tree.nodes[1:] if n.finish != "error" and n.id not in repeats]
    assert [n.reward for n in scored] == [contrary(COUNTDOWN.prompt(HARD), tuple(n.steps())) for n in scored]
    assert [n.mark for n in tree] == [n.mark for n in old]
    assert all(n.reason.endswith(" (by scripted-prm)") for n in tree.nodes[1:] if n.mark)
    best = min((n for n in tree.finished() if n.reward is not None), key=lambda n: (-(n.reward or 0), n.id))
    assert tree.chosen is best
    assert made.info.prm is not None and made.info.prm["id"] == "contrary-prm"
    assert made.info.policy == run.info.policy
    found = {d.node.id: d for d in otherwise(tree)}
    first = [n for n in tree.root.children if n.mark and "the same step as" not in n.reason and n.open]
    count = sum(n.mark == "kept" for n in first)
    would = set(sorted(first, key=lambda n: (-(n.reward or 0.0), n.id))[:count])
    for n in first:
        assert (n.id in found) == ((n in would) != (n.mark == "kept"))


@pytest.mark.parametrize("strategy", ["beam", "beam-vote", "dvts"])
def test_with_the_rewards_it_had_a_beam_would_decide_as_it_did(strategy: str) -> None:
    tree = search(HARD, setting(strategy))
    assert any(n.mark == "dropped" and n.open for n in tree.nodes[1:])
    assert otherwise(tree) == []


def test_the_new_run_says_what_it_was_grown_from_and_how(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    old = run.tree(0)
    node = gone_on(old)
    made = changed(run, Change("more", node.id, more=2), tmp_path / "new", name="folder/old", temperature=0.5)
    assert made.info.origin == {
        "run": "folder/old", "started": run.info.started, "problem": HARD.id, "change": "more",
        "words": "2 more children sampled", "node": node.id, "depth": node.depth, "step": node.text,
        "carried": len(old), "answer": old.chosen.answer if old.chosen else None,
        "correct": old.chosen.correct if old.chosen else None, "prm": "scripted-prm",
        "asked": {"kind": "more", "node": node.id, "more": 2, "text": "", "prm": ""},
    }  # fmt: skip
    assert (made.info.strategy, made.info.temperature, made.info.problems) == ("beam", 0.5, 1)
    assert made.info.title == f"What if, step {node.depth}: 2 more children sampled (the old one)"
    assert run.info.origin == {}


def test_a_changed_tree_can_be_changed_again(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    once = changed(run, Change("more", 0, more=2), tmp_path / "once")
    twice = changed(once, Change("more", 0, more=2), tmp_path / "twice")
    at_once = changed(run, Change("more", 0, more=4), tmp_path / "at-once")
    assert [what(n) for n in twice.tree(0)] == [what(n) for n in at_once.tree(0)]
    assert twice.info.origin["run"] == "once"


def test_a_budget_is_of_what_is_new(tmp_path: Path) -> None:
    from engine.protocol import Budget

    run = a_run(tmp_path / "old", "best-of-n")
    made = changed(run, Change("regenerate", 0), tmp_path / "a", budget=Budget(completions=2))
    assert len(made.tree(0).finished()) == 2
    leaf = next(n for n in run.tree(0).nodes[1:] if n.open and n.children)
    made = changed(run, Change("regenerate", leaf.id), tmp_path / "b", budget=Budget(completions=2))
    new = [n for n in made.tree(0).finished() if n.id >= made.info.origin["carried"]]
    assert len(new) == 2


def test_visits_below_a_step_are_backed_up_through_it(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old", "mcts")
    old = run.tree(0)
    leaf = next(n for n in old.nodes[1:] if n.open and not n.children)
    made = changed(run, Change("go-on", leaf.id), tmp_path / "new").tree(0)
    assert made.node(leaf.id).visits > leaf.visits
    assert made.root.visits - old.root.visits == made.node(leaf.id).visits - leaf.visits


def test_carrying_without_some_nodes_leaves_out_all_below_them_and_keeps_the_order() -> None:
    old = search(HARD, setting("mcts"))
    node = gone_on(old)
    tree, ids = carry(old, {node.id})
    kept = [n for n in old if node not in n.path()]
    assert list(ids) == [n.id for n in kept] and list(ids.values()) == list(range(len(kept)))
    assert [n.text for n in tree] == [n.text for n in kept]
    assert [n.visits for n in tree.nodes[1:]] == [n.visits for n in kept[1:]]
    assert tree.cost == Cost() and tree.closed is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change("more", 9999, more=1), "got node 9999, but the tree has nodes 0 to"),
        (Change("more", 0, more=0), "got 0 more children, expected 1 to 1024"),
        (Change("edit", 0, text="x"), "the question, which is no step"),
        (Change("edit", 1, text="  "), "got an empty step"),
        (Change("edit", 1, text="a\nb"), "which is several steps"),
        (Change("go-on", 0), "node 0 was gone on from already"),
        (Change("rescore", prm="words-prm"), "it only knows word-problems"),
    ],
)
def test_a_change_that_cannot_be_made_says_why_and_makes_no_run(tmp_path: Path, change: Change, said: str) -> None:
    run = a_run(tmp_path / "old")
    with pytest.raises(ArbutusError, match=said):
        changed(run, change, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_end_of_a_solution_cannot_go_on_and_its_own_words_are_no_edit(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    end = run.tree(0).finished()[0]
    for change, said in (
        (Change("more", end.id, more=2), "the end of a solution"),
        (Change("go-on", end.id), "the end of a solution"),
        (Change("edit", end.id, text=end.text), "the words that node"),
    ):
        with pytest.raises(ChangeError, match=said):
            changed(run, change, tmp_path / "new")


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"source": {"format": "prm800k"}}, "was imported"),
        ({"task": "chess"}, "its task 'chess' isn't known here"),
        ({"strategy": "magic"}, "its strategy 'magic' isn't known here"),
    ],
)
def test_a_run_whose_steps_nobody_can_ask_for_is_refused(tmp_path: Path, about: dict[str, Any], said: str) -> None:
    run = a_run(tmp_path / "old")
    for name, value in about.items():
        setattr(run.info, name, value)
    with pytest.raises(ChangeError, match=said):
        changed(run, Change("more", 0, more=1), tmp_path / "new")


def test_a_model_that_is_not_here_is_named_with_what_to_do(tmp_path: Path) -> None:
    run = a_run(tmp_path / "old")
    with pytest.raises(ChangeError, match="'scripted-policy' doesn't come with the engine; say where it is: --policy"):
        change_run(run, HARD.id, Change("more", 0, more=1), tmp_path / "new", kept=models())
    with pytest.raises(ChangeError, match="the run's PRM 'scripted-prm' doesn't"):
        asked = Asked("scripted-policy")
        run.info.policy["id"] = "countdown-policy"
        change_run(run, HARD.id, Change("more", 0, more=1), tmp_path / "new", asked=asked, kept=models())
