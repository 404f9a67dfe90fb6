"""A vote that stops when it is decided: no more samples than the answer needs.

Either for certain, when the samples to come can't change the winner, or with confidence: Aggarwal et al. 2023,
"Let's sample step by step and consistently" (Adaptive-Consistency, arXiv:2305.11860), the Beta criterion.
"""

from collections.abc import Mapping
from math import comb

from engine.protocol import Expand, Parameter, Search, Strategy
from engine.search.ranking import majority, votes
from engine.tree import Tree


def early_stop(tree: Tree, *, n: int = 16, batch: int = 1, rule: str = "confident", confidence: float = 0.95) -> Search:
    """Sample `n` solutions at most, `batch` at a time, and stop as soon as the vote on their answers is decided.

    The samples are those of self-consistency, in the same order. A solution without an answer votes for nothing.
    """
    drawn = 0
    try:
        while drawn < n:
            drawn += len((yield Expand([tree.root], min(batch, n - drawn), until="end")))
            counts = votes(tree)
            if decided(counts, n - drawn) or (rule == "confident" and leads(counts) > confidence):
                break
    finally:
        _tell(tree, n - drawn)


def decided(counts: Mapping[str, int], left: int) -> bool:
    """Whether `left` more votes, whatever they are, leave the winner of `counts` the winner.

    `counts` has the answers in the order of their first vote; among equals the first one wins.
    """
    if not counts:
        return left == 0
    most = max(counts.values())
    leader = next(answer for answer, count in counts.items() if count == most)
    before = list(counts)[: list(counts).index(leader)]
    rivals = {answer: count for answer, count in counts.items() if answer != leader}
    return left <= most and all(count + left < most + (answer not in before) for answer, count in rivals.items())


def leads(counts: Mapping[str, int]) -> float:
    """The probability that the leading answer is likelier than the second, by a flat prior over the two.

    With v and w votes that is the upper half of Beta(v + 1, w + 1), which for whole numbers is a binomial sum.
    """
    v, w = (*sorted(counts.values(), reverse=True), 0, 0)[:2]
    total = v + w + 1
    return sum(comb(total, k) for k in range(v + 1)) * 0.5**total


def _tell(tree: Tree, left: int) -> None:
    counts, (chosen, _) = votes(tree), majority(tree)
    leader = chosen.answer if chosen else None
    told = {answer: f"{count} of {sum(counts.values())} votes, with {left} to come" for answer, count in counts.items()}
    paths = [(node, end.answer) for end in tree.finished() for node in end.path()]
    tree.keep({node: f"gives the leading answer: {told[a]}" for node, a in paths if a is not None and a == leader})
    others = {node: "no answer, so no vote" if a is None else f"another answer: {told[a]}" for node, a in paths}
    tree.drop({node: words for node, words in others.items() if node.mark is None})


EARLY_STOP = Strategy(
    name="early-stop",
    summary="Passes and a vote, no more of them than it takes until the vote is decided",
    paper="Aggarwal et al. 2023, arXiv:2305.11860",
    search=early_stop,
    choose=majority,
    parameters={
        "n": Parameter(default=16, least=1, help="solutions sampled at most"),
        "batch": Parameter(default=1, least=1, help="solutions sampled before the votes are counted again"),
        "rule": Parameter(
            default="confident",
            choices=("confident", "certain"),
            help="stop when the leader is likely to win, or when it can't be overtaken",
        ),
        "confidence": Parameter(default=0.95, least=0, most=1, help="how likely that must be for `confident`"),
    },
    needs_prm=False,
)
