"""Which nodes only repeat a sibling: the search drew the same step again and went no further with it."""

from weakref import WeakKeyDictionary

from engine.tree import Node, Tree

_found: WeakKeyDictionary[Tree, tuple[tuple[Node, int], dict[Node, Node]]] = WeakKeyDictionary()


def twins(tree: Tree) -> dict[Node, Node]:
    """Each node that only repeats a sibling, with the first sibling of the same words. Not to be changed.

    A repeat was dropped, has no reward and leads nowhere; of it there is nothing to see that its twin
    doesn't show. Looked for again only when the tree has new events.
    """
    state = tree.root, len(tree.events)  # a tree that begins again has another root
    if tree not in _found or _found[tree][0] != state:
        _found[tree] = state, _look(tree)
    return _found[tree][1]


def _look(tree: Tree) -> dict[Node, Node]:
    found: dict[Node, Node] = {}
    for parent in tree:
        first: dict[str, Node] = {}
        for node in parent.children:
            twin = first.setdefault(node.text, node)
            if twin is not node and node.mark == "dropped" and node.reward is None and not node.children:
                found[node] = twin
    return found
