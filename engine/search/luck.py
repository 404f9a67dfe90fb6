"""The random numbers of a search's own decisions.

They belong to what was sampled so far and not to a moment: the same tree goes on in the same way, alone
or in a crowd, in one sitting or resumed.
"""

from random import Random

from engine.tree import Tree


def luck(tree: Tree) -> Random:
    """Random numbers for the next decision of the search that grows `tree`; after it grew they are others."""
    return Random("\n".join([tree.problem.id, *(node.text for node in tree)]))
