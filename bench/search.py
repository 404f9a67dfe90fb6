"""Beam search over tot-100: our engine against `generate` for every step, with the same weights."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.apart import apart
from bench.options import Options, Spent, median, spend
from bench.peers import Peer, Work, beam_search
from bench.report import Sheet, percent, verdict
from engine.models.backbone import Backbone
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.models.registry import POLICIES, PRMS, find_model
from engine.runner import describe_run, execute, make_setting
from engine.scheduler import Job, Setting, run_searches
from engine.tasks import find_task
from engine.tree import Problem, Tree

TASK = find_task("countdown")
N, WIDTH = 16, 4
TIMES_FASTER = 5.0
MOST_AGAIN = 1.05
"""PRM positions run for each one needed: what is read again, and padding."""
EVERY = 5
"""The peers' way gets every fifth problem, easy and hard ones alike: its time a problem doesn't depend on how many."""

OURS, ALONE, LOGGED = "ours", "ours, one problem at a time", "ours, with labels and the log"
PEERS, BATCHED = "generate, one candidate at a time", "generate, batched within a problem"


def run(options: Options) -> list[Sheet]:
    order = [OURS, PEERS, OURS, BATCHED, OURS, ALONE, LOGGED]
    found: dict[str, list[dict[str, Any]]] = {}
    for variant in order:
        found.setdefault(variant, []).append(apart(__name__, options, variant=variant))
    return [_speed(found, options), _operations(found)]


def _speed(found: dict[str, list[dict[str, Any]]], options: Options) -> Sheet:
    clock = "cpu" if options.threads == 1 else "wall"
    sheet = Sheet(
        f"Beam search n={N} on tot-100, {options.policy} and {options.prm}, {options.threads} thread(s)",
        ("way", "problems", "runs", "CPU s/problem", "wall s/problem", "ours is faster by", "wall", "policy tokens",
         "PRM tokens", "solved", "peak memory MB"),
    )  # fmt: skip
    seconds = {
        v: {c: median([r[c] / r["problems"] for r in runs]) for c in ("cpu", "wall")} for v, runs in found.items()
    }
    for variant, runs in found.items():
        one = runs[0]
        cpu, wall = seconds[variant]["cpu"], seconds[variant]["wall"]
        sheet.add(
            variant, one["problems"], len(runs), cpu, wall,
            f"{cpu / seconds[OURS]['cpu']:.1f} x", f"{wall / seconds[OURS]['wall']:.1f} x",
            one["policy_tokens"] / one["problems"], one["prm_tokens"] / one["problems"],
            percent(one["solved"]), round(median([r["grown"] for r in runs])),
        )  # fmt: skip
    ratio = seconds[PEERS][clock] / seconds[OURS][clock]
    sheet.notes = [
        f"Bar: at least {TIMES_FASTER:g} times faster than one candidate at a time, same cores and threads: "
        f"{ratio:.1f} times by {clock} time, {verdict(ratio >= TIMES_FASTER)}.",
        f"Ours: all problems, median of {len(found[OURS])} runs between the others. "
        f"The generate ways: every {EVERY}th problem.",
        f"Tokens are a problem's mean. Ours solved {percent(found[OURS][0]['solved_of_sample'])} of the problems the "
        "generate ways were given; random draws differ between the ways.",
        "CPU seconds are what wall time would be on idle cores (one thread). Memory: the peak above the loaded models.",
    ]
    return sheet


def _operations(found: dict[str, list[dict[str, Any]]]) -> Sheet:
    sheet = Sheet(
        "What the models had to do, per problem",
        ("way", "policy calls", "policy tokens in", "of these again", "PRM calls", "PRM tokens in", "of these again"),
    )
    for variant in (OURS, ALONE, PEERS, BATCHED):
        one = found[variant][0]
        cells = [one[m][k] / one["problems"] for m in ("policy_work", "prm_work") for k in ("calls", "tokens", "again")]
        sheet.add(variant, *(round(c, 2) for c in cells))
    work = found[OURS][0]["prm_work"]
    ratio = work["tokens"] / (work["tokens"] - work["again"])
    sheet.notes = [
        f"Bar: PRM positions run for each that is needed, at most {MOST_AGAIN:g}: {ratio:.3f}, "
        f"{verdict(ratio <= MOST_AGAIN)}.",
        "Tokens in: positions run through the model. Again: what was computed before for the same problem, or padding.",
    ]
    return sheet


def measure(options: Options, *, variant: str) -> dict[str, Any]:
    """One variant in this process."""
    problems = TASK.problems("tot-100")[:: 10 if options.quick else 1]
    policy, prm = find_model(options.policy, POLICIES), find_model(options.prm, PRMS)
    if variant in (PEERS, BATCHED):
        return _measure_peer(Peer(policy, prm), problems[::EVERY], one_at_a_time=variant == PEERS)
    loaded = LocalPolicy(policy, Loading("cpu")), read_builtin(prm, Loading("cpu"))
    same = {"n": N, "width": WIDTH, "redraws": 0}  # as many samples as the others: they don't draw repeats again
    setting = make_setting("countdown", "beam", same, loaded=loaded)
    warm = TASK.read("Make 24 from 1 2 3 4")
    list(run_searches([Job(0, warm)], setting))
    if variant == LOGGED:
        return _facts(*spend(lambda: _logged(setting, problems)), problems)
    works = [_counted(model.backbone) for model in loaded]
    jobs, bare = [Job(i, p) for i, p in enumerate(problems)], replace(setting, label=False)
    window = 1 if variant == ALONE else 128
    trees, spent = spend(lambda: [tree for _, tree in run_searches(jobs, bare, window=window)])
    for tree in trees:
        _read(tree, loaded, works)
    models = {"policy_work": works[0].facts(), "prm_work": works[1].facts()}
    return _facts(trees, spent, problems) | models


def _logged(setting: Setting, problems: list[Problem]) -> list[Tree]:
    trees: list[Tree] = []
    with tempfile.TemporaryDirectory() as folder:
        execute(Path(folder), setting, problems, describe_run(setting, "tot-100", problems), on_tree=trees.append)
    return trees


def _facts(trees: list[Tree], spent: Spent, problems: list[Problem]) -> dict[str, Any]:
    solved = {tree.problem.id for tree in trees if tree.chosen and tree.chosen.correct}
    sample = [p.id for p in problems[::EVERY]]
    return {
        "problems": len(problems),
        "wall": spent.wall,
        "cpu": spent.cpu,
        "grown": spent.grown,
        "policy_tokens": sum(t.cost.policy_tokens for t in trees),
        "prm_tokens": sum(t.cost.prm_tokens for t in trees),
        "solved": len(solved) / len(problems),
        "solved_of_sample": sum(p in solved for p in sample) / len(sample),
    }


def _counted(backbone: Backbone) -> Work:
    """Count every pass through `backbone` from now on."""
    work, inner = Work(), backbone.forward

    def forward(model: Any, working: Any, tokens: Any, **more: Any) -> Any:
        work.count(tokens)
        return inner(model, working, tokens, **more)

    backbone.forward = forward  # type: ignore[method-assign]
    return work


def _read(tree: Tree, models: tuple[LocalPolicy, BuiltinPRM], works: list[Work]) -> None:
    """Note which texts the two models had to read to make `tree`."""
    prompt = models[0].writer.prompt(TASK.prompt(tree.problem))
    for node in tree.nodes[1:]:
        steps = [models[0].writer.step(n.text, "\n", ended=n.finished) for n in node.path()]
        text = sum(steps, prompt)
        works[0].texts.append((tree.problem.id, text[:-1]))
        if node.raw is not None:
            works[1].texts.append((tree.problem.id, text))


def _measure_peer(peer: Peer, problems: list[Problem], *, one_at_a_time: bool) -> dict[str, Any]:
    import torch

    how = {"n": N, "width": WIDTH, "temperature": TASK.temperature, "one_at_a_time": one_at_a_time}
    torch.manual_seed(0)
    beam_search(peer, TASK.read("Make 24 from 1 2 3 4"), **how)  # type: ignore[arg-type]
    peer.policy_work.__init__()  # type: ignore[misc]
    peer.prm_work.__init__()  # type: ignore[misc]
    found, spent = spend(lambda: [beam_search(peer, p, **how) for p in problems])  # type: ignore[arg-type]
    solved = [
        best is not None and bool(TASK.correct(p, best.steps)) for p, (best, _) in zip(problems, found, strict=True)
    ]
    return {
        "problems": len(problems),
        "wall": spent.wall,
        "cpu": spent.cpu,
        "grown": spent.grown,
        "policy_tokens": sum(totals.policy_tokens for _, totals in found),
        "prm_tokens": sum(totals.prm_tokens for _, totals in found),
        "solved": sum(solved) / len(solved),
        "policy_work": peer.policy_work.facts(),
        "prm_work": peer.prm_work.facts(),
    }
