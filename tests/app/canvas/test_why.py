"""Each sentence against the rule of its search, worked out here once more from the rewards and visits alone."""

import re
from math import exp, log, sqrt

import pytest

from app.canvas.inspector import inspector
from app.canvas.why import Rule, why
from engine.search import STRATEGIES
from engine.tree import Grown, Marked, Node, Tree, Visited
from tests.worlds import HARD, KNOBS, PROBLEMS, grown_tree, search, setting


def told(strategy: str, problem: int = 0) -> tuple[Tree, dict[Node, str]]:
    """A tree, and the sentence of each of its steps."""
    how = setting(strategy)
    tree = search(PROBLEMS[problem], how)
    return tree, {node: why(tree, node, Rule(strategy, how.parameters)) for node in tree.nodes[1:]}


def contest(tree: Tree, node: Node) -> list[Node]:
    """The open steps that `node` of a beam stood against, best first."""
    rivals = [n for n in tree if n.depth == node.depth and n.open and n.parent and not n.reason.startswith("the same")]
    return sorted(rivals, key=lambda n: (n.reward is None, -(n.reward or 0.0), n.id))


@pytest.mark.parametrize("problem", range(len(PROBLEMS)))
def test_a_beam_s_place_and_cut_are_those_of_the_round_s_rewards(problem: int) -> None:
    tree, said = told("beam", problem)
    for node in (n for n in said if n.open and n.reward is not None and not n.reason.startswith("the same")):
        ranked = contest(tree, node)
        place, kept = ranked.index(node), min(2, len(ranked))
        cut = ranked[kept - 1].reward
        if len(ranked) > 2:
            assert f"of {len(ranked)} open candidates for step {node.depth}" in said[node]
            assert said[node].startswith(f"{place + 1}") and "the best 2 went on" in said[node]
        if place >= kept:
            assert node.mark == "dropped"
            assert said[node].endswith(f"{cut:.3f} was needed, it had {node.reward:.3f}")
        elif len(ranked) > 2 and ranked[2].reward is not None:
            assert said[node].endswith(f"the best that didn't had {ranked[2].reward:.3f}")


def test_dvts_names_the_subtree_and_only_its_own_cut() -> None:
    _, said = told("dvts")
    dropped = [n for n in said if n.depth > 1 and "was needed" in said[n]]
    assert dropped
    for node in dropped:
        assert node.parent is not None
        rewards = [n.reward for n in node.parent.children if n.open and n.reward is not None]
        assert f"{max(rewards):.3f} was needed, it had {node.reward:.3f}" in said[node]
        assert re.search(r"of subtree \d for step", said[node])


def test_equal_rewards_at_the_cut_go_by_which_was_made_first() -> None:
    tree = grown_tree([("a", 0.5)], [("b", 0.5)], ends=False)
    tree.keep({tree.node(1): "rank 1 of 2 by reward 0.500; 1 kept"})
    tree.drop({tree.node(2): "rank 2 of 2 by reward 0.500; the cut of the beam was 0.500"})
    assert "which was made first, and it had as much as the last of these" in why(tree, tree.node(2))
    tree.node(1).reward = 0.5001
    assert "to three digits it had as much as the last of these" in why(tree, tree.node(2))


def test_a_missing_reward_is_said_to_be_missing() -> None:
    tree = grown_tree([("a", 0.5)], [("b", None)], ends=False)
    tree.keep({tree.node(1): "rank 1 of 2 by reward 0.500; 1 kept"})
    tree.drop({tree.node(2): "rank 2 of 2 by reward no reward; the cut of the beam was 0.500"})
    assert "it has no reward, which ranks below every other" in why(tree, tree.node(2))


def test_where_the_round_s_other_marks_are_lost_only_the_step_s_own_numbers_are_said() -> None:
    tree = grown_tree([("a", 0.5)], ends=False)
    tree.drop({tree.node(1): "rank 3 of 16 by reward 0.120; the cut of the beam was 0.310"})
    said = why(tree, tree.node(1))
    assert said == "3rd of 16 open candidates for step 1 by reward; 0.310 was needed, it had 0.120"


def test_rebase_says_its_share_and_the_largest_of_its_round() -> None:
    tree, said = told("rebase")
    rounds = [e for e in tree.events if isinstance(e, Marked) and re.match(r"\d+ of \d+ samples", e.reason[0])]
    shares = {i: int(re.match(r"\d+", r)[0]) for e in rounds for i, r in zip(e.node, e.reason, strict=True)}  # type: ignore[index]
    assert shares
    for i, share in shares.items():
        rivals = [shares[n.id] for n in tree if n.depth == tree.node(i).depth and n.id in shares]
        assert said[tree.node(i)].startswith(f"{share} of the ")
        most = f"the most, {max(rivals)}, went to" if share < max(rivals) else "no step of its round got more"
        assert most in said[tree.node(i)]
        assert len(tree.node(i).children) == share


def test_particles_say_how_many_stood_here_and_how_many_were_drawn() -> None:
    tree, said = told("particles")
    for node in (n for n in said if n.depth == 1 and not n.reason.startswith("the same")):
        stood = sum(n.text == node.text for n in tree.root.children)
        assert said[node].startswith(f"{stood} of 8 particle")
        drawn = len(node.children)
        assert re.search(rf"{drawn or 'none'} of the next 8 (was|were) drawn from it", said[node])


def moment(tree: Tree, visit: int) -> Tree:
    """The tree just before its visit number `visit`."""
    at = [i for i, event in enumerate(tree.events) if isinstance(event, Visited)][visit - 1]
    return Tree.replay(tree.events[:at])


def puct(node: Node, c: float) -> tuple[float, float, float]:
    """Q, U and prior, by the paper."""
    assert node.parent is not None and node.reward is not None
    rivals = [n for n in node.parent.children if n.mark != "dropped" and n.reward is not None and n.finish != "error"]
    prior = exp(node.logprob or 0) / sum(exp(n.logprob or 0) for n in rivals)
    q = node.value_sum / node.visits if node.visits else node.reward
    return q, c * prior * sqrt(max(1, node.parent.visits)) / (1 + node.visits), prior


TERMS = r"Q ([\d.]+) \+ U ([\d.]+) = ([\d.]+) \(prior ([\d.]+), (\d+) visits?\)"


@pytest.mark.parametrize("problem", range(len(PROBLEMS)))
def test_puct_s_terms_are_those_of_the_moment_of_the_choice(problem: int) -> None:
    tree, said = told("mcts", problem)
    paths = [event.path for event in tree.events if isinstance(event, Visited)]
    for node, words in said.items():
        if node.visits and "last selected" in words:
            visit = max(i for i, path in enumerate(paths, 1) if node.id in path)
            assert f"last selected in visit {visit}, with Q" in words
            shown = [node.id] + [int(i) for i in re.findall(r"node (\d+) had", words)]
        elif found := re.search(r"in visit (\d+) node (\d+) was selected", words):
            visit, taken = map(int, found.groups())
            assert node.parent and taken in paths[visit - 1]
            assert not any(node.parent.id in path[:-1] for path in paths[visit:])
            shown = [taken, node.id]
        else:
            continue
        then, terms = moment(tree, visit), re.findall(TERMS, words)
        assert len(terms) == len(shown)
        for i, (q, u, total, prior, visits) in zip(shown, terms, strict=True):
            there = then.node(i)
            expected = puct(there, 1.0)
            assert [float(q), float(u), float(prior)] == pytest.approx(expected, abs=6e-4)
            assert float(total) == pytest.approx(expected[0] + expected[1], abs=6e-4)
            assert int(visits) == there.visits
        assert float(terms[0][2]) >= max(float(term[2]) for term in terms)


def test_uct_speaks_of_a_choice_only_above_the_step_from_which_the_rollout_started() -> None:
    tree, said = told("uct")
    starts: dict[int, int] = {}
    start = visit = 0
    for event in tree.events:
        if isinstance(event, Grown):
            start = event.parent[0]
        if isinstance(event, Visited):
            visit += 1
            starts[visit] = start
    chosen = {n: words for n, words in said.items() if "last selected" in words}
    assert chosen
    for node, words in chosen.items():
        visit = int(re.search(r"visit (\d+), with", words)[1])  # type: ignore[index]
        assert node.depth <= tree.node(starts[visit]).depth
        there = moment(tree, visit).node(node.id)
        assert there.parent is not None
        mean, bonus = there.value_sum / there.visits, sqrt(log(there.parent.visits) / there.visits)
        assert f"mean {mean:.3f} + {bonus:.3f} = {mean + bonus:.3f}" in words


def test_without_the_constant_of_the_run_nothing_is_made_up() -> None:
    tree = search(HARD, setting("mcts"))
    assert all(why(tree, n, Rule("mcts")) == n.reason for n in tree.nodes[1:] if "visit" in n.reason)
    assert all(why(tree, n) == n.reason for n in tree.nodes[1:] if "visit" in n.reason)


def test_words_that_no_rule_knows_stay_as_they_are_and_are_escaped() -> None:
    tree = grown_tree([("a", 0.5)])
    tree.keep({tree.node(1): "<b>because</b> rank 1"})
    assert why(tree, tree.node(1)) == "<b>because</b> rank 1"
    assert "&lt;b&gt;because" in inspector(tree, tree.node(1))


@pytest.mark.parametrize(
    "reason",
    [
        "the same step as node 99",
        "rank 1 of 1 by reward 0.5; the cut of <i> was 0.6",
        "5 of 0 samples, for 0.5",
        "0 of 0 visits, mean 0.1",
        "still waiting with 1.2.3 when the search ended",
        f"the same step as node {'9' * 5000}",
        f"rank {'9' * 5000} of 2 by reward 0.5; 1 kept",
        "rank 9 of 2 by reward (evil) 0.5; the cut of the beam was 0.5",
    ],
)
def test_a_log_that_is_wrong_breaks_nothing(reason: str) -> None:
    tree = grown_tree([("a", 0.5)], [("b", 0.4)], ends=False)
    tree.keep({tree.node(1): "rank 1 of 2 by reward 0.500; 1 kept"})
    tree.drop({tree.node(2): reason})
    tree.back_up(tree.node(1), 0.5)
    page = inspector(tree, tree.node(2), rule=Rule("mcts", {"c": 1.0}))
    assert "<b>Dropped:</b>" in page and "<i> was" not in page


def test_a_visit_along_a_path_that_the_tree_has_not_is_no_choice() -> None:
    tree = grown_tree([("a", 0.5), ("b", 0.5)], [("c", 0.4)], ends=False)
    tree.drop({tree.node(3): "never visited, with 0.400"})
    tree.apply(Visited([0, 2], 0.5))
    tree.apply(Grown([], [], [], [], [], []))
    assert why(tree, tree.node(3), Rule("mcts", {"c": 1.0})) == "never visited, with 0.400"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_step_of_every_strategy_has_its_sentence(strategy: str) -> None:
    assert strategy in KNOBS
    for problem in range(len(PROBLEMS)):
        _, said = told(strategy, problem)
        assert all(bool(words) == bool(node.reason) for node, words in said.items())
