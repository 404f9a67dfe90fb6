"""Whole solutions sampled side by side, then a choice: by vote, by reward, or by both.

Self-consistency: Wang et al. 2022 (arXiv:2203.11171). Best-of-N with a PRM: Lightman et al. 2023
(arXiv:2305.20050). Weighted best-of-N: Li et al. 2022 (arXiv:2206.02336), Snell et al. 2024
(arXiv:2408.03314, appendix on aggregation).
"""

from engine.protocol import Expand, Parameter, Search, Strategy
from engine.search.ranking import AGGREGATE, best_solution, majority, weighted_majority
from engine.tree import Tree

N = Parameter(default=16, least=1, help="solutions sampled")


def sample(tree: Tree, *, n: int = 16) -> Search:
    """Sample `n` solutions."""
    yield Expand([tree.root], n, until="end")


def sample_and_score(tree: Tree, *, n: int = 16, aggregate: str = "last") -> Search:
    """Sample `n` solutions and reward every step of them. `aggregate` matters to the choice alone."""
    yield Expand([tree.root], n, until="end", score=True)


SELF_CONSISTENCY = Strategy(
    name="self-consistency",
    summary="Many passes and a vote: the answer that most of n solutions give",
    paper="Wang et al. 2022, arXiv:2203.11171",
    search=sample,
    choose=majority,
    parameters={"n": N},
    needs_prm=False,
)
BEST_OF_N = Strategy(
    name="best-of-n",
    summary="Many passes, and the PRM chooses: the highest reward of n solutions",
    paper="Lightman et al. 2023, arXiv:2305.20050",
    search=sample_and_score,
    choose=best_solution,
    parameters={"n": N, "aggregate": AGGREGATE},
)
WEIGHTED_BEST_OF_N = Strategy(
    name="weighted-best-of-n",
    summary="A vote in which each of n solutions weighs its reward",
    paper="Li et al. 2022, arXiv:2206.02336",
    search=sample_and_score,
    choose=weighted_majority,
    parameters={"n": N, "aggregate": AGGREGATE},
)
