"""Mini crosswords of Tree of Thoughts (Yao et al. 2023, arXiv:2305.10601): depth-first search, an array a puzzle.

An entry is a visited state, in the order of the visits: the words filled in so far (`actions`), for how many of the
clues the model finds a word sure, maybe or impossible (`count`), and the shares of letters and words that are right by
the key (`info`). The clues are not in the log. With pruning, nothing is tried after a state with an impossible clue.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from engine.imports.draft import Draft, DraftError, shown
from engine.imports.formats import Format
from engine.imports.game_of_24 import TASK

Count = Annotated[int, msgspec.Meta(ge=0, le=10**6)]


class Judged(msgspec.Struct):
    sure: Count = 0
    maybe: Count = 0
    impossible: Count = 0


class Right(msgspec.Struct):
    r_letter: float
    r_word: float
    r_game: bool | None = None


class Visit(msgspec.Struct):
    actions: list[str]
    info: Right
    count: Judged


def read(found: list[list[Visit] | Visit]) -> Draft:
    """One puzzle's search: a node for each visit, below the visit that it went on from."""
    visits = [visit for one in found for visit in (one if isinstance(one, list) else [one])]
    draft = Draft("A mini crossword (its clues are not in the log)")
    on_path: dict[tuple[str, ...], int] = {(): 0}
    gone_on: set[int] = set()
    made: list[int] = []
    for number, visit in enumerate(visits, 1):
        path = tuple(visit.actions)
        if not path:
            raise DraftError(f"got no actions at visit {number}, expected the words filled in so far")
        if path[:-1] not in on_path:
            raise DraftError(f"got visit {number} after {shown(path[-2])}, but no visit before it ended there")
        above = on_path[path[:-1]]
        gone_on.add(above)
        on_path[path] = _state(draft, above, visit, number)
        made.append(on_path[path])
    _mark(draft, visits, made, gone_on)
    best = max((visit.info.r_word for visit in visits), default=0.0)
    draft.why = f"the log chooses no state; of the words at most {best:.0%} are right in one" if visits else "no visits"
    return draft


def _state(draft: Draft, above: int, visit: Visit, number: int) -> int:
    judged = visit.count.sure + visit.count.maybe + visit.count.impossible
    whole = visit.info.r_game is True or visit.info.r_word == 1
    return draft.add(
        above,
        visit.actions[-1],
        reward=1 - visit.count.impossible / judged if judged else None,
        raw=visit.count.impossible if judged else None,
        ends=whole,
        correct=True if whole else None,
        round=number,
    )


def _mark(draft: Draft, visits: Sequence[Visit], made: Sequence[int], gone_on: set[int]) -> None:
    """A state with an impossible clue was dropped if the search went on from none of them: then it prunes."""
    hopeless = {node for node, visit in zip(made, visits, strict=True) if visit.count.impossible}
    prunes = not hopeless & gone_on
    for node, visit in zip(made, visits, strict=True):
        said = _said(visit)
        if node in gone_on:
            draft.mark(node, "kept", f"gone on from; {said}")
        elif node in hopeless and prunes:
            draft.mark(node, "dropped", f"some clue is judged impossible; {said}")
        else:
            draft.mark(node, "dropped", f"nothing after it was visited; {said}")


def _said(visit: Visit) -> str:
    count, right = visit.count, visit.info
    return (
        f"clues judged sure {count.sure}, maybe {count.maybe}, impossible {count.impossible}; "
        f"right by the key: letters {right.r_letter:.0%}, words {right.r_word:.0%}"
    )


def _joins(first: Any, record: Any) -> bool:
    """Whether a visit is of the puzzle that the first began: the log of one puzzle alone is an array of visits."""
    return isinstance(first, dict) and isinstance(record, dict) and record.get("total_step") != 0


def _is_certain(record: list[Any] | dict[str, Any]) -> bool:
    first = record if isinstance(record, dict) else record[0] if record else None
    return isinstance(first, dict) and {"actions", "count", "info"} <= first.keys()


FORMAT = Format(
    name="tree-of-thoughts-crosswords",
    title="Tree of Thoughts: mini crosswords",
    source="Yao et al. 2023, arXiv:2305.10601",
    layout=list[list[Visit] | Visit],
    read=read,
    is_certain=_is_certain,
    scores="For how many of the clues the model finds a word impossible, of those it judged",
    rewards="the share of the judged clues that are not impossible",
    truth="a state with all words right is a solution; of others the log has shares, which are in the reasons",
    task=TASK,
    outer=(list, dict),
    joins=_joins,
)
