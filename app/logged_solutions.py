"""Solutions that a sample run came to: what a page proposes to begin with."""

from app import data, worlds
from engine.protocol import ArbutusError


def proposed(task: str, problem_set: str, question: str) -> str:
    """The steps of a logged solution to `question`, one a line; empty if there is none.

    A chosen one that is wrong if there is such a one: it has something to find. Of PRMs the task's own comes last, of
    runs the larger first, so that it is one which fooled a PRM where any is.
    """
    right = ""
    for ref in _runs(task, problem_set):
        try:
            rows = data.frame(ref.key)
            rows = rows[(rows["question"] == question) & ~rows["failed"] & rows["answer"].notna()]
            for row in rows.head(1).to_dict("records"):
                if row["correct"] is False or not right:
                    chosen = data.load_tree(ref.key, str(row["problem"])).chosen
                    right = right or ("\n".join(chosen.steps()) if chosen else "")
                    if chosen and row["correct"] is False:
                        return "\n".join(chosen.steps())
        except ArbutusError:
            continue  # a run that can't be read has nothing to propose
    return right


def _runs(task: str, problem_set: str) -> list[data.RunRef]:
    prms = worlds.reward_models(task)
    found = [
        (prms.index(prm), float(ref.info.parameters.get("n", 1)), ref)
        for ref in data.list_runs()
        if data.is_sample(ref) and ref.info is not None and ref.info.task == task and ref.info.prm
        and ref.info.problem_set == problem_set and (prm := ref.info.prm.get("id")) in prms
    ]  # fmt: skip
    return [ref for *_, ref in sorted(found, key=lambda run: (-run[0], -run[1]))]
