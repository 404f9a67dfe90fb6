"""The figures of lessons: those of the engine, fed with the sample runs, their words in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from app import worlds
from app.figures.answers import answers
from app.figures.cost_split import cost_split
from app.figures.tally import tally
from app.lessons import samples
from app.lessons.model import FigureView
from app.lessons.words import Words
from engine.figures.curves import draw
from engine.figures.curves_info import Line, amount, info
from engine.figures.prm_distribution import HIGH, reward_distribution
from engine.figures.prm_overoptimisation import overoptimisation
from engine.figures.style import Looks, looks
from engine.measure import curve
from engine.measure.curves import X
from engine.measure.prm.rewards import distribution
from engine.tree import Tree


def curves(
    name: str,
    runs: Sequence[str],
    *,
    x: X = "policy_tokens",
    coverage: bool = False,
    shown: Sequence[str] | None = None,
    rows: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
) -> FigureView:
    """Accuracy against compute of some runs; `shown`: the lines in colour. `rows`: theirs, where they were changed.

    `names`: the keys of what lines are called, by PRM; then they are drawn over n, which is all that they differ in.
    """

    def drawn(words: Words) -> go.Figure:
        table = samples.rows(*runs) if rows is None else rows
        points = curve(table, x=x)
        if names is not None:
            points = points.assign(
                x=points["n"], line=points["prm"].map({prm: words(key) for prm, key in names.items()})
            )
        dashed = curve(table, x=x, y="coverage") if coverage else None
        told = info(points, dashed, x=x, shown=shown, look=_look(names, words, points))
        axis = words("x_n" if names else f"x_{x}")
        lines = [replace(line, hover=_hovers(line, words, "" if names else axis)) for line in told.lines]
        notes = [words("curve_basis", problems=int(points["problems"].max()))]
        notes += [words("curve_faint")] if any(line.faint for line in told.lines) else []
        notes += [words("curve_coverage")] if coverage else []
        figure = draw(replace(told, lines=lines, x_title=axis, notes=notes))
        for trace in figure.data:
            if trace.name == "coverage (dashed)":
                trace.name = words("coverage")
        return figure.update_yaxes(title=words("y_solved")).update_layout(height=500)

    return FigureView(name, drawn)


def _look(names: Mapping[str, str] | None, words: Words, points: pd.DataFrame) -> Looks | None:
    """Lines named for their PRM: each looks the same in all figures and languages, whichever others there are."""
    if names is None:
        return None
    of = looks(pd.DataFrame({"line": list(names), "strategy": points["strategy"].iloc[0]}))
    return {words(key): of[prm] for prm, key in names.items()}


def _hovers(line: Line, words: Words, axis: str) -> list[str]:
    """What is said at each point of a line; `axis` is empty where n says already how much was spent."""
    points = zip(line.n, line.x, line.y, line.low, line.high, strict=True)
    said = "hover_covered" if line.coverage else "hover_solved"
    return [
        words(said, name=line.name, n=n, y=y, low=low, high=high)
        + ("<br>" + words("hover_spent", x=amount(x), axis=axis) if axis else "")
        for n, x, y, low, high in points
    ]


def dots(name: str, runs: Mapping[str, str]) -> FigureView:
    """Which problems each run solved. `runs`: by run, the key of its title in the words."""

    def drawn(words: Words) -> go.Figure:
        table = samples.rows(*runs)
        named = {p: worlds.brief(q) for p, q in zip(table["problem"], table["question"], strict=True)}
        verdicts = {run: samples.verdicts(run) for run in runs}
        titles = {
            words(title, solved=sum(verdicts[run].values()), problems=len(verdicts[run])): verdicts[run]
            for run, title in runs.items()
        }
        return tally(titles, named, words("right"), words("wrong"))

    return FigureView(name, drawn)


def votes(name: str, tree: Tree, counts: Sequence[tuple[str, float]], chosen: str | None, x: str) -> FigureView:
    """What the solutions of a tree answer, how often or with how much weight; `x`: the key of what is counted."""
    right = next((node.answer for node in tree.finished() if node.correct), None)

    def drawn(words: Words) -> go.Figure:
        said = {"right": words("right"), "chosen": words("chosen"), "x": words(x), "y": words("answer")}
        return answers(counts, right, chosen, said | {"more": words.said["more_answers"]})

    return FigureView(name, drawn, tree.problem.question)


def rewards(name: str, steps: pd.DataFrame) -> FigureView:
    """How the rewards of good and of wrong steps are spread. `steps`: of `engine.measure.prm.steps`."""

    def drawn(words: Words) -> go.Figure:
        table = distribution(steps)
        figure = reward_distribution(table)
        good = steps["good"].astype(bool)
        trusted, doubted = (steps["reward"] >= HIGH) & ~good, (steps["reward"] < 1 - HIGH) & good
        told = words(
            "reward_notes",
            wrong=int((~good).sum()),
            good=int(good.sum()),
            trusted=int(trusted.sum()),
            doubted=int(doubted.sum()),
            high=HIGH,
            low=round(1 - HIGH, 2),
        )
        figure.for_each_annotation(lambda note: note.update(text=told.replace("\n", "<br>")))
        for trace, key in zip(figure.data, ("good_steps", "wrong_steps"), strict=True):
            trace.name = words(key)
            rows = table[(table["good"] == (key == "good_steps")) & (table["count"] > 0)]
            trace.hovertext = [words("hover_steps", name=words(key), **row) for row in rows.to_dict("records")]
        return figure.update_yaxes(title=words("y_share_of_steps")).update_xaxes(title=words("reward"))

    return FigureView(name, drawn)


def fooling(name: str, runs: Mapping[int, str]) -> tuple[FigureView, dict[int, float]]:
    """What chosen answers are rewarded and what they are worth, by n; and the mean rewards themselves."""
    table = curve(samples.rows(*runs.values()), x="completions")
    means = {n: _mean_reward(run) for n, run in runs.items()}
    table = table[table["n"].isin(list(means))].assign(accuracy=lambda rows: rows["y"], missing=0)
    table = table.assign(proxy=table["n"].map(means))

    def drawn(words: Words) -> go.Figure:
        figure = overoptimisation(table.assign(name=words("solved_line")), x="n", title=words("x_n"))
        by_n = {row["n"]: words("hover_rewarded", **row) for row in table.to_dict("records")}
        for trace in figure.data:
            if trace.line.dash == "dash" and trace.x[0] is None:
                trace.name = words("reward_line")
            elif trace.hovertext is not None:
                trace.hovertext = [by_n[n] for n in trace.x]
        basis = words("curve_basis", problems=int(table["problems"].max()))
        figure.for_each_annotation(lambda note: note.update(text=basis))
        return figure.update_yaxes(title=words("y_reward_and_solved"))

    return FigureView(name, drawn), means


def _mean_reward(run: str) -> float:
    """Of the chosen answers of a run that have a reward."""
    found = [tree.chosen.reward for tree in samples.trees(run) if tree.chosen and tree.chosen.reward is not None]
    return sum(found) / len(found)


def costs(name: str, runs: Mapping[str, str]) -> FigureView:
    """What policy and PRM spend per problem. `runs`: by run, what its bar is called."""

    def drawn(words: Words) -> go.Figure:
        table = samples.rows(*runs).groupby("run")[["flops", "prm_flops"]].mean()
        spent = {
            title: (float(table.loc[run, "flops"] - table.loc[run, "prm_flops"]), float(table.loc[run, "prm_flops"]))
            for run, title in runs.items()
        }
        return cost_split(spent, words("policy"), words("prm"), words("x_flops"))

    return FigureView(name, drawn)
