"""The tree and MCTS: PUCT chooses where to look next, and rewards travel back up."""

from typing import NamedTuple

from app.lessons import samples
from app.lessons.figures import curves
from app.lessons.model import Lesson, Part, Question, TreeView
from app.lessons.samples import PUZZLES, first_tree, key, right
from engine.search.mcts import candidates, prior, puct
from engine.tree import Event, Grown, Marked, Node, Scored, Tree, Visited

C, HOW = 1.0, "last"
BOUNDS = 0.4, 0.6, 0.8
"""Shares of the visits between which one is asked to guess."""

MUCH = 0.4
"""Of the visits, from which on a search has made up its mind."""


class Turn(NamedTuple):
    """A simulation that takes another first step than the one before it."""

    number: int
    moment: int
    """The last event before it went down."""
    options: list[Node]
    """The three first steps of most promise then, in the order they were made, as they were at that moment."""
    taken: Node


def lesson() -> Lesson:
    run = key(PUZZLES, "mcts", 16)
    tree = first_tree(run, _tells, "in which MCTS digs where it found something, and turns to another first step")
    turn = _turn(tree)
    assert turn is not None and tree.chosen is not None
    visits = [i for i, event in enumerate(tree.events) if isinstance(event, Visited)]
    most = _most(tree)
    share = most.visits / tree.root.visits
    first = tree.node(_leaf(tree, visits[0]))
    after = visits[turn.number - 1]
    seen = TreeView(run, tree.problem.id)
    budgets = 1, 4, 16, 64
    curve = curves("mcts_curve", [key(PUZZLES, "mcts", n) for n in budgets])
    at = {f"{name}{i}": value for i, node in enumerate(turn.options) for name, value in _terms(node).items()}
    return Lesson(
        parts=[
            Part("root", TreeView(run, tree.problem.id, moment=0)),
            Part("expand", TreeView(run, tree.problem.id, moment=_grown(tree))),
            Part("simulation", TreeView(run, tree.problem.id, node=first.id, moment=visits[0])),
            Part("puct", TreeView(run, tree.problem.id, node=turn.options[0].id, moment=turn.moment)),
            Question(
                "select",
                TreeView(run, tree.problem.id, moment=turn.moment),
                right=[n.id for n in turn.options].index(turn.taken.id),
                revealed=TreeView(run, tree.problem.id, node=turn.taken.id, moment=after),
            ),
            Part("back-up", TreeView(run, tree.problem.id, node=turn.taken.id, moment=after, colour="value")),
            Question(
                "visits",
                seen,
                right=sum(share >= b for b in BOUNDS),
                revealed=TreeView(run, tree.problem.id, node=most.id, colour="visits"),
            ),
            Part("answer", TreeView(run, tree.problem.id, node=tree.chosen.id)),
            Part("more", curve),
        ],
        facts={
            "question": tree.problem.question,
            "children": len(Tree.replay(tree.events[: _grown(tree) + 1]).root.children),
            "simulations": tree.root.visits,
            "turn": turn.number,
            "taken": turn.taken.text,
            "first": first.text,
            "first_value": _value(tree, visits[0]),
            "turn_value": _value(tree, after),
            **{f"option{i}": node.text for i, node in enumerate(turn.options)},
            **at,
            "most": most.text,
            "most_visits": most.visits,
            "answer": str(tree.chosen.answer),
            **{f"solved{n}": samples.solved(key(PUZZLES, "mcts", n)) for n in budgets},
            "problems": len(samples.verdicts(run)),
        },
        claims={
            "the most visited first step is where the answer is": most in tree.chosen.path(),
            "three first steps are there to choose from": len(turn.options) == 3,
            "the step that PUCT prefers is the one that was visited": turn.taken.id == max(turn.options, key=_puct).id,
            "more simulations solve more, from 1 to 64": samples.solved(key(PUZZLES, "mcts", 1))
            < samples.solved(key(PUZZLES, "mcts", 16))
            <= samples.solved(key(PUZZLES, "mcts", 64)),
        },
    )


def _tells(tree: Tree) -> bool:
    """Whether a tree shows what the texts tell: a turn to a new first step, and one that gets much of the attention."""
    return right(tree) and _most(tree).visits >= MUCH * tree.root.visits and _turn(tree) is not None


def _most(tree: Tree) -> Node:
    return max(tree.root.children, key=lambda node: (node.visits, -node.id))


def _turn(tree: Tree) -> Turn | None:
    """The first simulation with another first step than the one before, when three had been there to choose from."""
    taken: int | None = None
    number = 0
    for i, event in enumerate(tree.events):
        if not isinstance(event, Visited):
            continue
        number += 1
        now = event.path[1] if len(event.path) > 1 else None
        if taken is not None and now not in (None, taken):
            found = _before(tree, i, number, now)
            if found is not None:
                return found
        taken = now
    return None


def _before(tree: Tree, visit: int, number: int, taken: int | None) -> Turn | None:
    """The tree as it was when simulation `number`, which ended at the event `visit`, chose its first step."""
    start = max(i for i, event in enumerate(tree.events[:visit]) if isinstance(event, Visited))
    moment = start
    while moment + 1 < visit and _is_about_the_root(tree, tree.events[moment + 1]):
        moment += 1
    then = Tree.replay(tree.events[: moment + 1])
    best = sorted(candidates(then.root), key=lambda n: -_puct(n))[:3]
    chosen = next((n for n in best if n.id == taken), None)
    if len(best) < 3 or chosen is not best[0] or chosen.visits or not any(node.visits for node in best):
        return None  # a step that has been looked through is passed over, whatever PUCT says
    return Turn(number, moment, sorted(best, key=lambda n: n.id), chosen)


def _is_about_the_root(tree: Tree, event: Event) -> bool:
    """Whether an event only gives the root more children, or rewards or marks them."""
    if isinstance(event, Grown):
        return set(event.parent) == {0}
    return isinstance(event, Scored | Marked) and all(tree.node(i).depth == 1 for i in event.node)


def _grown(tree: Tree) -> int:
    """The event at which the first children have been rewarded."""
    return next(i for i, event in enumerate(tree.events) if isinstance(event, Scored))


def _leaf(tree: Tree, visit: int) -> int:
    event = tree.events[visit]
    assert isinstance(event, Visited)
    return event.path[-1]


def _value(tree: Tree, visit: int) -> float:
    event = tree.events[visit]
    assert isinstance(event, Visited)
    return event.value


def _puct(node: Node) -> float:
    return puct(node, C, HOW)


def _terms(node: Node) -> dict[str, float]:
    """Q, P, N and the whole of PUCT of a step."""
    q = node.value if node.value is not None else float(node.reward or 0.0)
    return {"q": q, "p": prior(node), "n": node.visits, "u": _puct(node)}
