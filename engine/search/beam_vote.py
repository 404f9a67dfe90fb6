"""Beam search with self-consistency at the end: the beam finds solutions, their answers vote.

The search: Snell et al. 2024 (arXiv:2408.03314, section 5.2). The vote: Wang et al. 2022 (arXiv:2203.11171),
weighted by reward as in Li et al. 2022 (arXiv:2206.02336).
"""

from engine.protocol import Choice, Parameter, Search, Strategy
from engine.search.beam import BEAM, beam_search
from engine.search.ranking import majority, weighted_majority
from engine.tree import Tree


def beam_vote(
    tree: Tree, *, n: int = 16, width: int = 4, redraws: int = 2, vote: str = "weighted", aggregate: str = "last"
) -> Search:
    """Beam search as `beam` does it. `vote` matters to the choice alone."""
    return beam_search(tree, n=n, width=width, redraws=redraws, aggregate=aggregate)


def vote_of_the_beam(tree: Tree, vote: str, how: str = "last") -> Choice:
    """The answer of most solutions of the beam, or with the highest sum of rewards. One dropped doesn't vote."""
    kept = [node for node in tree.finished() if node.mark != "dropped"]
    return majority(tree, kept) if vote == "plain" else weighted_majority(tree, how, kept)


BEAM_VOTE = Strategy(
    name="beam-vote",
    summary="Beam search, and at the end a vote among the solutions it found",
    paper="Snell et al. 2024, arXiv:2408.03314; Wang et al. 2022, arXiv:2203.11171",
    search=beam_vote,
    choose=vote_of_the_beam,
    parameters={
        **BEAM.parameters,
        "vote": Parameter(default="weighted", choices=("weighted", "plain"), help="whether votes weigh their reward"),
    },
    weighs=("vote",),
)
