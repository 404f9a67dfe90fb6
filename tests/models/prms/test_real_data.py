"""Questions and steps as they were published go through every layout."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.models.prms.reading import StepPRM
from engine.protocol import Chain
from tests.models.prms.checkpoints import LAYOUTS

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
SHEPHERD, PRM800K = DATA / "math_shepherd_samples.jsonl", DATA / "prm800k_samples.jsonl"
pytestmark = pytest.mark.skipif(
    not (SHEPHERD.exists() and PRM800K.exists()), reason=f"no {SHEPHERD.name} and {PRM800K.name} in {DATA}"
)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def solutions() -> list[Chain]:
    found = []
    for one in lines(SHEPHERD):
        question, _, rest = one["input"].partition(" Step 1: ")
        found.append(Chain(question, tuple(f"Step 1: {rest}".split("\n"))))
    for one in lines(PRM800K):
        steps = [step["completions"][step["chosen_completion"] or 0]["text"] for step in one["label"]["steps"]]
        found.append(Chain(one["question"]["problem"], tuple(steps)))
    return found


def test_math_shepherds_own_samples_are_put_to_it_to_the_letter(prms: dict[str, StepPRM]) -> None:
    tokenizer = prms["shepherd"].layout.words.tokenizer  # type: ignore[attr-defined]
    for one, chain in zip(lines(SHEPHERD), solutions(), strict=False):
        text = prms["shepherd"].prepare(chain)
        segments = prms["shepherd"].layout(text.question, text.steps, True)
        assert [token for segment in segments for token in segment] == tokenizer.encode(one["input"])


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_step_of_published_solutions_gets_its_reward(prms: dict[str, StepPRM], kind: str) -> None:
    chains = solutions()
    assert len(chains) == 7
    for chain, rewards in zip(chains, prms[kind].score(chains), strict=True):
        assert len(rewards) == len(chain.steps)
        too_long = [r for r in rewards if r.value is None]
        assert all(r.error and "1024" in r.error for r in too_long)
        assert len(too_long) < len(rewards)
