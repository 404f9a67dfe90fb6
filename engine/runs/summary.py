"""What the list of a run says of one finished tree."""

from typing import Any

import msgspec

from engine.tree import Tree


class Summary(msgspec.Struct, gc=False):
    """One finished tree in the list."""

    index: int
    id: str
    question: str
    meta: dict[str, Any]
    nodes: int
    """The root included."""
    completions: int
    """Finished solutions."""
    chosen: int | None
    """The node of the answer, None if nothing was chosen."""
    answer: str | None
    correct: bool | None
    """Of the answer. False if nothing was chosen, None if nobody can tell."""
    covered: bool | None
    """Whether any finished solution is correct. False if there is none, None if nobody can tell."""
    stopped: str
    error: str | None
    policy_tokens: int
    prompt_tokens: int
    prm_tokens: int
    policy_flops: float
    prm_flops: float
    seconds: float
    cached_tokens: int = 0
    recomputed_tokens: int = 0


def summarize(index: int, tree: Tree) -> Summary:
    """The summary of a closed tree. Raises `ValueError` if it is still open."""
    if tree.closed is None:
        raise ValueError(f"got tree {index} still open, expected a closed one")
    finished = tree.finished()
    truths = {node.correct for node in finished}
    chosen = tree.chosen
    return Summary(
        index=index,
        id=tree.problem.id,
        question=tree.problem.question,
        meta=dict(tree.problem.meta),
        nodes=len(tree),
        completions=len(finished),
        chosen=chosen.id if chosen else None,
        answer=chosen.answer if chosen else None,
        correct=chosen.correct if chosen else False,
        covered=True if True in truths else None if None in truths else False,
        stopped=tree.closed.stopped,
        error=tree.closed.error,
        **tree.cost._asdict(),
    )
