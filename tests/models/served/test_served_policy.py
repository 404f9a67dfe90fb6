"""A served policy: what it asks, what it makes of the answers, and that faults cost nothing but themselves."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.doctor import examine
from engine.models.loading import ModelError
from engine.models.registry import Asked, load_policy, load_prm
from engine.models.scripted import ScriptedPRM
from engine.models.served.asking import Asking
from engine.models.served.cutting import Cutter
from engine.models.served.policy import ServedPolicy
from engine.models.served.prm import ServedPRM, text_of
from engine.models.served.transport import TRIES, Transport
from engine.protocol import Chain, Continuation
from engine.runner import describe_run, execute
from engine.runs import Run
from engine.scheduler import Setting
from engine.search import find_strategy
from engine.tasks.maths.task import MATH
from engine.tree import Problem
from tests.models.families import build
from tests.models.served.server import FAULTS, Faulty, running, status

KEY = "sk-never-to-be-told"


@pytest.fixture
def server() -> Iterator[Faulty]:
    with running(Faulty()) as found:
        yield found


@pytest.fixture
def policy(server: Faulty) -> ServedPolicy:
    return ServedPolicy(Asking(quick(server), "tiny", "Be brief.", None))


def quick(server: Faulty) -> Transport:
    """A client that doesn't wait long for anything."""
    return Transport(server.url, read=0.4, sleep=lambda _: None)


def ask(steps: tuple[str, ...] = (), seeds: tuple[int, ...] = (1,), **more: Any) -> Continuation:
    return Continuation("What is 1 + 1?", steps, seeds, **{"until": "end", "separator": "\n\n", **more})


def told(policy: ServedPolicy, *wanted: Continuation) -> list[list[list[tuple[str, str]]]]:
    return [[[(s.text, s.finish) for s in chain] for chain in chains] for chains in policy.sample(wanted)]


WHOLE = [("One.", "step"), ("Two \\boxed{2}.", "end")]


def test_a_completion_is_cut_into_steps(policy: ServedPolicy) -> None:
    assert told(policy, ask()) == [[WHOLE]]
    assert told(policy, ask(until="step")) == [[WHOLE[:1]]]
    assert told(policy, ask(ends=lambda steps: steps[-1] == "One.")) == [[[("One.", "end")]]]
    assert told(policy, ask(max_steps=1)) == [[WHOLE[:1]]]
    assert told(policy, ask(max_tokens=1))[0][0][-1] == ("One.", "length")


def test_what_the_server_cut_for_length_says_so(policy: ServedPolicy, server: Faulty) -> None:
    server.finish = "length"
    assert told(policy, ask())[0][0][-1] == ("Two \\boxed{2}.", "length")


def test_a_turn_that_ends_with_a_separator_ends_with_its_last_step(policy: ServedPolicy, server: Faulty) -> None:
    server.write = lambda _: ["One.", "\n\n", "Two.\n\n"]
    assert told(policy, ask()) == [[[("One.", "step"), ("Two.", "end")]]]


def test_the_answer_so_far_is_continued_and_not_repeated(policy: ServedPolicy, server: Faulty) -> None:
    policy.sample([ask(("One.", "And"), seeds=(7,), temperature=0.3)])
    path, body, _ = server.asked[-1]
    assert path == "/v1/chat/completions" and body["temperature"] == 0.3 and body["seed"] == 7
    assert [m["role"] for m in body["messages"]] == ["system", "user", "assistant"]
    assert body["messages"][-1]["content"] == "One.\n\nAnd\n\n"
    assert body["continue_final_message"] is True and body["add_generation_prompt"] is False


def test_a_tokenizer_that_is_here_puts_the_question_itself(server: Faulty, tmp_path: Path) -> None:
    server.offered = {"/v1/completions"}
    folder = build("llama3", tmp_path / "llama3")
    policy = load_policy(f"openai:{server.url}/v1#tiny", system="Be brief.", tokenizer=str(folder))
    ((chain,),) = policy.sample([ask(("One.",))])
    _, body, _ = server.asked[-1]
    assert chain[-1].finish == "end" and body["prompt"].endswith("assistant<|end_header_id|>\n\nOne.\n\n")
    assert body["prompt"].count("<|begin_of_text|>") == 1 and "Be brief." in body["prompt"]


def test_a_server_that_renders_templates_is_let_to(server: Faulty) -> None:
    server.offered = {"/v1/completions", "/apply-template"}
    stream = server.answer

    def answer(handler: Any, body: dict[str, Any]) -> None:
        if handler.path == "/apply-template":
            handler.whole({"prompt": f"<user>{body['messages'][-1]['content']}<assistant>"})
        else:
            stream(handler, body)

    server.answer = answer
    policy = ServedPolicy(Asking(quick(server), "tiny", "", None))
    assert told(policy, ask(("One.",))) == [[[("One.", "step"), ("Two \\boxed{2}.", "end")]]]
    assert server.asked[-1][1]["prompt"] == "<user>What is 1 + 1?<assistant>One.\n\n"


LEGACY = {"token_logprobs": [-0.5], "tokens": ["x"]}
CHAT = {"content": [{"token": "x", "logprob": -0.25}, {"token": "y", "logprob": -0.25}]}


@pytest.mark.parametrize(("logprobs", "each"), [(LEGACY, 1), (CHAT, 2)])
def test_log_probabilities_and_tokens_are_the_servers_own(
    policy: ServedPolicy, server: Faulty, logprobs: dict[str, Any], each: int
) -> None:
    server.logprobs, server.usage = logprobs, False
    ((chain,),) = policy.sample([ask()])
    assert server.asked[-1][1]["logprobs"] is True
    # "One." and its separator, then the rest: two pieces each
    assert [(s.logprob, s.cost.policy_tokens) for s in chain] == [(-1.0, 2 * each), (-1.0, 2 * each)]
    assert policy.asking.can == {}


def test_the_tokens_of_the_prompt_are_the_servers_own_and_those_it_had_cached_are_apart(
    policy: ServedPolicy, server: Faulty
) -> None:
    server.used = {"completion_tokens": 7, "prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 32}}
    ((chain,),) = policy.sample([ask()])
    assert [(s.cost.prompt_tokens, s.cost.cached_tokens) for s in chain] == [(8, 32), (0, 0)]


def test_a_server_without_log_probabilities_is_told_of_once_and_not_asked_again(
    policy: ServedPolicy, server: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "arbutus"):
        chains = [policy.sample([ask(seeds=(i,))])[0][0] for i in range(3)]
    assert all(step.logprob is None for chain in chains for step in chain)
    assert [r.message for r in caplog.records].count(
        f"{server.url}: gives no log-probabilities; steps have none"
    ) == 1  # fmt: skip
    assert ["logprobs" in body for _, body, _ in server.asked if "messages" in body and "stream" in body] == [
        True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_passes_costs_nothing(policy: ServedPolicy, server: Faulty, name: str) -> None:
    left = [2]

    def fault(*_: Any) -> Any:
        left[0] -= 1
        return FAULTS[name] if left[0] >= 0 else None

    server.fault = fault
    assert told(policy, ask(seeds=(1, 2, 3))) == [[WHOLE, WHOLE, WHOLE]]
    assert left[0] == -3


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_stays_fails_its_own_continuation_and_says_why(
    policy: ServedPolicy, server: Faulty, name: str
) -> None:
    server.fault = lambda _, body: FAULTS[name] if body.get("seed") == 2 else None
    ((first, failed, third),) = policy.sample([ask(seeds=(1, 2, 3))])
    assert [s.text for s in first] == [s.text for s in third] == [text for text, _ in WHOLE]
    assert [s.finish for s in failed] == ["error"] and f"no answer in {TRIES} tries" in (failed[0].error or "")
    said = {"reset": "Error", "500": "500: out of order", "503": "503", "429": "429", "cut": "broke off"}
    assert said.get(name, {"stall": "no answer in time", "error": "worker died"}.get(name, "can't be read")) in (
        failed[0].error or ""
    )


def test_what_is_refused_for_good_is_not_asked_again(policy: ServedPolicy, server: Faulty) -> None:
    server.fault = lambda *_: status(401)
    ((failed,),) = policy.sample([ask()])
    assert "refused with 401: out of order" in (failed[0].error or "") and len(server.asked) == 2


def test_a_field_the_server_does_not_know_is_left_out_and_said_once(
    policy: ServedPolicy, server: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(_: str, body: dict[str, Any]) -> Any:
        known = "stream_options" not in body and "seed" not in body
        name = "stream_options" if "stream_options" in body else "seed"
        return None if known else lambda handler: handler.refuse(422, f"unexpected field: {name}")

    server.fault = fault
    with caplog.at_level(logging.WARNING, "arbutus"):
        for _ in range(3):
            assert told(policy, ask()) == [[WHOLE]]
    assert [r.getMessage().partition(": ")[2] for r in caplog.records if "know" in r.getMessage()] == [
        "doesn't know 'stream_options'; asked without it",
        "doesn't know 'seed'; asked without it",
    ]
    assert policy.describe()["server"]["seed"] is False


def test_a_server_that_can_not_continue_says_what_to_do(policy: ServedPolicy, server: Faulty) -> None:
    server.fault = lambda _, body: status(422) if "continue_final_message" in body else None
    ((failed,),) = policy.sample([ask(("One.",))])
    assert "--tokenizer FOLDER" in (failed[0].error or "")


@pytest.mark.parametrize("counts", [(20, 26), (26, 26), (None, None)])
def test_a_server_that_seems_to_answer_anew_is_told_of_once(
    policy: ServedPolicy, server: Faulty, caplog: pytest.LogCaptureFixture, counts: tuple[int | None, int | None]
) -> None:
    def answer(handler: Any, body: dict[str, Any]) -> None:
        if body.get("stream"):
            server.stream(handler, body)
        else:
            handler.whole({"usage": {"prompt_tokens": counts["continue_final_message" not in body]}})

    server.answer = answer
    with caplog.at_level(logging.WARNING, "arbutus"):
        assert told(policy, ask()) == [[WHOLE]] and "continue" not in caplog.text
        assert told(policy, ask(("One.",), (1, 2)), ask(("Two.",))) == [[WHOLE, WHOLE], [WHOLE]]
    ignored = counts == (26, 26)
    assert caplog.text.count("seems not to continue an assistant's turn") == ignored
    assert ("continuing" in policy.describe()["server"]) == ignored
    assert sum("stream" not in body and path == policy.path for path, body, _ in server.asked) == 2


def test_a_temperature_that_seems_ignored_is_said(
    policy: ServedPolicy, server: Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    server.write = lambda _: ["A step that is long enough ", "to be no accident."]
    with caplog.at_level(logging.WARNING, "arbutus"):
        policy.sample([ask(seeds=(1, 2, 3, 4), temperature=0.0)])
        assert "temperature" not in caplog.text
        policy.sample([ask(seeds=(1, 2, 3, 4), temperature=0.8)])
    assert "4 samples at temperature 0.8 are all the same" in caplog.text


def test_a_run_keeps_what_came_and_the_reason_of_what_did_not(
    policy: ServedPolicy, server: Faulty, tmp_path: Path
) -> None:
    server.fault = lambda _, body: FAULTS["500"] if "second" in str(body) else None
    server.write = lambda body: ["\\boxed{2}."] if "assistant" in str(body) else ["One.", "\n\n", "Two."]
    problems = [Problem("a", "The first", "2"), Problem("b", "The second", "2")]
    prm = ScriptedPRM(lambda *_: 0.5)
    setting = Setting(MATH, find_strategy("beam"), policy, prm, {"n": 2, "width": 2, "redraws": 0})
    run = execute(tmp_path / "run", setting, problems, describe_run(setting, "two", problems))
    right, wrong = Run.open(run.path).tree("a"), Run.open(run.path).tree("b")
    assert right.chosen is not None and right.chosen.correct and right.chosen.steps() == ["One.", "\\boxed{2}."]
    assert wrong.chosen is None and "500: out of order" in (wrong.closed.error or "" if wrong.closed else "")


def test_the_key_is_sent_and_never_told(
    server: Faulty, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ARBUTUS_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    policy = load_policy(f"openai:{server.url}#tiny")
    server.fault = lambda _, body: status(400) if body.get("seed") == 2 else None
    said = [policy.sample([ask(seeds=(1, 2))]), policy.describe(), policy, vars(policy), policy.id]
    assert server.asked[-1][2]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{said} {caplog.text} {policy.asking!r} {policy.asking.transport!r}"  # type: ignore[attr-defined]


def test_a_key_that_a_server_repeats_is_not_told_on(server: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBUTUS_API_KEY", KEY)
    policy = ServedPolicy(Asking(quick(server), "tiny", "", None))
    server.fault = lambda *_: lambda handler: handler.refuse(401, f"wrong key {KEY}")
    ((failed,),) = policy.sample([ask()])
    assert "refused with 401: wrong key …" in (failed[0].error or "") and KEY not in (failed[0].error or "")


@pytest.mark.parametrize("url", [f"http://me:{KEY}@127.0.0.1:9", f"http://127.0.0.1:9/?key={KEY}"])
def test_an_address_with_a_key_in_it_is_refused(url: str) -> None:
    for load in (lambda: load_policy(f"openai:{url}#tiny"), lambda: load_prm(f"pooling:{url}#tiny")):
        with pytest.raises(ModelError, match="would be logged: set ARBUTUS_API_KEY") as refused:
            load()
        assert KEY not in str(refused.value)


def test_a_server_that_wants_a_key_says_so_before_a_run(server: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "locked", True)
    with pytest.raises(ModelError, match=r"refused with 401.*check its address and the key in ARBUTUS_API_KEY"):
        load_policy(f"openai:{server.url}#tiny")
    monkeypatch.setenv("ARBUTUS_API_KEY", KEY)
    assert load_policy(f"openai:{server.url}#tiny").id


def test_a_server_that_has_moved_is_named_and_not_asked_again(policy: ServedPolicy, server: Faulty) -> None:
    server.fault = lambda *_: status(307, Location="https://elsewhere/v1/chat/completions")
    before = len(server.asked)
    ((failed,),) = policy.sample([ask()])
    assert "it is at https://elsewhere/v1/chat/completions now" in (failed[0].error or "")
    assert len(server.asked) == before + 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("openai:nowhere", "expected openai:http://HOST:PORT#MODEL"),
        ("pooling:nowhere", "expected pooling:http://HOST:PORT#MODEL"),
        ("openai:http://127.0.0.1:9#tiny", "start the server, or check its address"),
    ],
)
def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.setattr("engine.models.served.transport.time.sleep", lambda _: None)
    monkeypatch.setattr("engine.models.served.transport.TRIES", 1)
    with pytest.raises(ModelError, match=message):
        load_prm(name) if name.startswith("pooling:") else load_policy(name)


def test_the_only_model_of_a_server_needs_no_name(server: Faulty) -> None:
    assert load_policy(f"openai:{server.url}/v1/").describe()["id"] == "tiny"
    server.models = ["one", "two"]
    with pytest.raises(ModelError, match="serves one, two; say which"):
        load_policy(f"openai:{server.url}")


@given(text=st.text(alphabet="ab \n", max_size=30), cuts=st.lists(st.integers(0, 30), max_size=6))
def test_steps_do_not_depend_on_the_pieces_a_text_comes_in(text: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    cutter = Cutter("\n\n")
    found = [w.text for a, b in itertools.pairwise(edges) for w in cutter.take(text[a:b])]
    rest = cutter.rest().text
    expected = [part.lstrip("\n") for part in text.split("\n\n")[:-1] if part.strip()]
    assert found == expected
    last = text.rsplit("\n\n", maxsplit=1)[-1]
    assert rest == (last.strip("\n") if last.strip() else "")


def test_the_doctor_says_whether_servers_answer_and_how_they_are_asked(server: Faulty) -> None:
    policy, prm = f"openai:{server.url}", f"pooling:{server.url}"
    report = examine(Asked(policy, prm))
    assert report.sections[f"policy {policy}"] == {"server": "answers", "asked by": "/v1/chat/completions"}
    assert report.sections[f"PRM {prm}"] == {"server": "answers", "asked by": "/pooling"}
    server.models = ["one", "two"]
    report = examine(Asked(policy))
    assert report.sections[f"policy {policy}"] == {"server": "can't be used"}
    assert any("the policy's server" in problem and "say which" in problem for problem in report.problems)


# PRMs.


def pooling(server: Faulty, rewards: Any) -> ServedPRM:
    server.offered = {"/pooling"}
    server.answer = lambda handler, _: handler.whole({"data": [{"data": rewards}], "usage": {"prompt_tokens": 9}})
    return ServedPRM(quick(server), "prm")


def test_a_served_prm_gives_every_step_its_reward(server: Faulty) -> None:
    prm = pooling(server, [[0.9, 0.1], [0.25, 0.75]])
    chain = Chain("What is 1 + 1?", ("One.", "Two."), 1)
    ((reward,),) = prm.score([chain])
    assert (reward.value, reward.cost.prm_tokens) == (0.75, 9)
    assert server.asked[-1][1] == {"model": "prm", "input": text_of(chain)}
    assert text_of(chain).endswith("<|im_start|>assistant\nOne.<extra_0>Two.<extra_0><|im_end|>\n")


@pytest.mark.parametrize("rewards", [[[0.9, 0.1]], [], [[1], [2]], "none", [[0.0, float("nan")], [0.0, 7.0]]])
def test_rewards_that_do_not_fit_are_missing(server: Faulty, rewards: Any) -> None:
    (found,) = pooling(server, rewards).score([Chain("?", ("One.", "Two."))])
    assert [r.value for r in found] == [None, None] and all(r.error for r in found)


def test_a_served_prm_is_found_by_name(server: Faulty) -> None:
    assert load_prm(f"pooling:{server.url}#prm").describe()["server"] == {"url": server.url}
