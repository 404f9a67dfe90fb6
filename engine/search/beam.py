"""Beam search over steps, guided by a PRM (Snell et al. 2024, arXiv:2408.03314, section 5.2)."""

from collections import Counter

from engine.protocol import Expand, Parameter, Score, Search, Strategy
from engine.search.ranking import AGGREGATE, best_solution, drop_duplicates, keep_best
from engine.tree import Node, Tree


def beam_search(tree: Tree, *, n: int = 16, width: int = 4, redraws: int = 2, aggregate: str = "last") -> Search:
    """Draw `n` candidate steps in all, keep the best ``n / width``, and go on from these with `width` each.

    A candidate that repeats a sibling takes a place in the beam and searches nothing, and small models
    repeat themselves often. It is drawn again, up to `redraws` times; 0 is the search of the paper.
    """
    beam = [tree.root]
    while beam:
        steps: list[Node] = []
        missing = dict(zip(beam, share(n, len(beam)), strict=True))
        for _ in range(1 + redraws):
            drawn = yield Expand(list(missing), list(missing.values()))
            steps = drop_duplicates(tree, [*steps, *drawn])
            missing = dict(Counter(node.parent for node in drawn if node.parent and node not in steps))
            if not missing:
                break
        yield Score(steps)
        beam = keep_best(tree, steps, max(1, n // width), how=aggregate)


def share(n: int, among: int) -> list[int]:
    """`n` split as evenly as can be, at least 1 each; the first get what is left over."""
    return [max(1, n // among + (i < n % among)) for i in range(among)]


BEAM = Strategy(
    name="beam",
    summary="Several candidate steps at a time, each scored, the worse branches dropped",
    paper="Snell et al. 2024, arXiv:2408.03314",
    search=beam_search,
    choose=best_solution,
    parameters={
        "n": Parameter(default=16, least=1, help="candidate steps a round, over the whole beam"),
        "width": Parameter(default=4, least=1, help="candidates for each kept step; n / width steps are kept"),
        "redraws": Parameter(default=2, least=0, help="times that candidates which repeat a sibling are drawn again"),
        "aggregate": AGGREGATE,
    },
)
