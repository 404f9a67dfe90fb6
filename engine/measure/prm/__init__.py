"""How good a PRM is: does it rank, is it calibrated, does it find the first error, and what does search do to it?

Truth is a step's exact label where the task has one, or what Monte-Carlo rollouts say of it (`labels`).
`steps` makes the table that everything here counts from: each distinct step once. A reward or a truth
that is missing stays missing: it is left out of a number and counted beside it.
"""

from engine.measure.prm.ranking import auc

__all__ = ["auc"]
