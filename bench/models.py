"""Every bar on the built-in models in one table, measured now."""

from itertools import pairwise
from statistics import fmean

from bench.ask import solved
from bench.gpt4 import LEAST_AUC, judge, log_file, proposed
from bench.options import Options
from bench.report import Sheet, percent, verdict
from engine.measure.prm import auc
from engine.models.loading import Loading
from engine.models.local import LocalPolicy
from engine.models.prms.builtin import BuiltinPRM, read_builtin
from engine.models.registry import POLICIES, PRMS, find_model
from engine.protocol import ArbutusError
from engine.tasks import find_task
from engine.train.countdown_measure import measure_policy, measure_prm

TASK = find_task("countdown")
SETS = ("tot-100", "held-150")
NS = (4, 16, 32, 64)
SEEDS = (0, 1, 2)


def run(options: Options) -> list[Sheet]:
    policy = LocalPolicy(find_model(options.policy, POLICIES), Loading("cpu"))
    prms = {}
    missing = []
    for name in (options.prm, options.naive):
        try:
            prms[name] = read_builtin(find_model(name, PRMS), Loading("cpu"))
        except ArbutusError as error:
            missing.append(f"{name} left out: {error}")
    bars = Sheet("The bars on the built-in models", ("model", "what", "bar", "measured", "verdict"), notes=missing)
    sheets = [_policy(policy, bars, options), _prms(policy, prms, bars, options), _beams(policy, prms, bars, options)]
    return [*sheets, bars]


def _sets(options: Options) -> tuple[str, ...]:
    return SETS[:1] if options.quick else tuple(TASK.problem_sets())


def _policy(policy: LocalPolicy, bars: Sheet, options: Options) -> Sheet:
    sheet = Sheet(f"{options.policy}, temperature {TASK.temperature}", ("problems", "greedy", "pass@1", "pass@32"))
    for name in _sets(options):
        share = measure_policy(policy, name)
        sheet.add(name, *(percent(share[k], 1) for k in ("greedy", "pass@1", "pass@32")))
        if name == "tot-100":
            ok = 0.2 <= share["greedy"] <= 0.6
            bars.add(options.policy, "tot-100, greedy", "20 to 60 %", percent(share["greedy"], 1), verdict(ok))
            bars.add(
                options.policy,
                "tot-100, pass@32",
                "≥ 95 %",
                percent(share["pass@32"], 1),
                verdict(share["pass@32"] >= 0.95),
            )
    sheet.notes = ["pass@k: unbiased, from 64 samples a problem. An oracle: some sample is right, none is chosen."]
    return sheet


def _prms(policy: LocalPolicy, prms: dict[str, BuiltinPRM], bars: Sheet, options: Options) -> Sheet:
    sheet = Sheet("AUC of the PRMs", ("PRM", "steps of", "steps", "legal and illegal", "legal only"))
    path = log_file()
    for name, prm in prms.items():
        for problems in _sets(options):
            found = measure_prm(prm, policy, problems)
            every, legal = found["AUC, legal and illegal"], found["AUC, legal"]
            sheet.add(name, f"the policy, {problems}", int(found["steps"]), round(every, 4), round(legal, 4))
        if path.is_file():
            import json

            nodes = proposed(json.loads(path.read_text()))
            value = auc(judge(prm, nodes), [n.good for n in nodes])
            sheet.add(name, "GPT-4, tot-100", len(nodes), None, round(value, 4))
            if name == options.prm:
                bars.add(name, "AUC on GPT-4's nodes", f"≥ {LEAST_AUC}", f"{value:.4f}", verdict(value >= LEAST_AUC))
    if not path.is_file():
        sheet.notes.append(f"GPT-4's nodes left out: {path.name} isn't there (ARBUTUS_DATA names its folder).")
    return sheet


def _beams(policy: LocalPolicy, prms: dict[str, BuiltinPRM], bars: Sheet, options: Options) -> Sheet:
    seeds = SEEDS[:1] if options.quick else SEEDS
    columns = ("PRM", "problems", "n", "mean", *(f"seed {s}" for s in seeds))
    sheet = Sheet("Beam search, width 4: share solved", columns)
    for name, prm in prms.items():
        for problem_set in SETS[: 1 if options.quick else None]:
            problems = TASK.problems(problem_set)[:: 10 if options.quick else 1]
            means: dict[int, float] = {}
            for n in NS[: 2 if options.quick else None]:
                shares = [solved(problems, "beam", {"n": n}, (policy, prm), seed=s) for s in seeds]
                means[n] = fmean(shares)
                sheet.add(name, problem_set, n, percent(means[n], 1), *(percent(s) for s in shares))
            if problem_set == "tot-100" and name == options.prm:
                _judge_beam(name, means, bars)
            if problem_set == "tot-100" and name == options.naive:
                line = ", ".join(f"{percent(m)} at {n}" for n, m in means.items())
                bars.add(name, "tot-100, beam (the lesson: it over-optimises)", "–", line, "–")
    return sheet


def _judge_beam(name: str, means: dict[int, float], bars: Sheet) -> None:
    bars.add(name, "tot-100, beam n = 16", "≥ 95 %", percent(means[16], 1), verdict(means[16] >= 0.95))
    fall = max((a - b for (n, a), (_, b) in pairwise(means.items()) if n >= 16), default=0.0)
    line = ", ".join(f"{percent(m, 1)} at {n}" for n, m in means.items())
    bars.add(name, "tot-100, beam does not fall from n = 16 to 64", "mean of seeds", line, verdict(fall <= 1e-9))
