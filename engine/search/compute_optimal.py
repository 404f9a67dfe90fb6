"""Compute where it helps: a problem's difficulty is estimated first, and a plan says what to do about it.

Snell et al. 2024, "Scaling LLM test-time compute optimally can be more effective than scaling model parameters"
(arXiv:2408.03314, section 3). What the estimate costs is part of the tree's cost.
"""

from engine.estimates import estimate, first_samples
from engine.protocol import Choice, Expand, Parameter, Search, Strategy
from engine.search.plan import DEFAULT, Plan, plan_words, read_plan
from engine.search.ranking import AGGREGATE, best_solution, show
from engine.tree import Tree


def compute_optimal(tree: Tree, *, n: int = 16, plan: str = DEFAULT, aggregate: str = "last") -> Search:
    """Draw the samples that `plan` estimates the difficulty by, then search as it says for a problem so hard.

    The samples stay in the tree: the search goes on beside them, and its answer may be one of theirs.
    """
    found = read_plan(plan)
    if found.samples:
        yield Expand([tree.root], found.samples, until="end", score=found.by == "reward")
    part = found.parts[found.number(estimate(tree, found.by, found.samples, aggregate))]
    ends = first_samples(tree, found.samples)
    words = _words(tree, found, aggregate)
    tree.keep({node: f"tells the difficulty: {words}" for end in ends for node in end.path()})
    yield from part.search(tree, n, aggregate)


def choose(tree: Tree, n: int, plan: str, how: str = "last") -> Choice:
    """As the strategy of the problem's part chooses; before the estimate is made, the highest reward."""
    found = read_plan(plan)
    if len(first_samples(tree, found.samples)) < found.samples:
        chosen, reason = best_solution(tree, how)
        return chosen, f"{reason}; the difficulty was not estimated yet"
    part = found.parts[found.number(estimate(tree, found.by, found.samples, how))]
    chosen, reason = part.choose(tree, n, how)
    return chosen, f"{_words(tree, found, how)}; {reason}"


def _words(tree: Tree, plan: Plan, how: str) -> str:
    """What the estimate is and which part of the plan it leads to."""
    found = estimate(tree, plan.by, plan.samples, how)
    number = plan.number(found)
    by = f"{plan.by} of {plan.samples} samples" if plan.samples else f"the problem's {plan.by}"
    value = "no reward" if found is None else show(found) if plan.samples else f"{found:g}"
    return f"{by} {value}, part {number + 1} of {len(plan.parts)}: {plan.parts[number].words}"


COMPUTE_OPTIMAL = Strategy(
    name="compute-optimal",
    summary="A few samples tell how hard the problem is; a plan tells which search that is worth",
    paper="Snell et al. 2024, arXiv:2408.03314",
    search=compute_optimal,
    choose=choose,
    parameters={
        "n": Parameter(default=16, least=1, help="the n of those strategies of the plan that name none"),
        "plan": Parameter(default=DEFAULT, read=plan_words, help="which strategy for which estimate, or FILE.toml"),
        "aggregate": AGGREGATE,
    },
    weighs=("n", "plan"),
)
