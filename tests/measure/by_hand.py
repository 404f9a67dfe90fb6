"""Small trees of which every step is said to be good or bad."""

from collections.abc import Sequence

from engine.tree import Closed, Cost, Finish, Grown, Problem, Scored, Stopped, Tree

GOOD, BAD, UNKNOWN = True, False, None


class Hand:
    """A tree made by hand: `(parent, good, finish)` a node, in order; rewards fall with the number of the node."""

    def __init__(
        self,
        *nodes: tuple[int, bool | None, Finish],
        dropped: Sequence[int] = (),
        problem: str = "p",
        **meta: str,
    ) -> None:
        self.nodes = nodes
        self.tree = Tree(Problem(problem, "q", meta=meta))
        for i, (parent, _, finish) in enumerate(nodes, 1):
            answer = str(i) if finish == "end" else None
            self.tree.apply(Grown([parent], [f"step {i}"], [finish], [None], [answer], [Cost()]))
            self.tree.apply(Scored([i], [1 - i / 100], [None], [Cost()]))
        self.tree.drop({self.tree.node(i): "rank 2 of 2" for i in dropped})

    def closed(self, chosen: int | None, stopped: Stopped = "done") -> Tree:
        told = {i: (good, finish == "end") for i, (_, good, finish) in enumerate(self.nodes, 1)}
        correct = {i: good for i, (good, ends) in told.items() if ends}
        label = {i: good for i, (good, ends) in told.items() if not ends and good is not None}
        self.tree.apply(Closed(chosen, "as the test wants it", stopped, correct, label))
        return self.tree
