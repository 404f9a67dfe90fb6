"""Against `transformers serve`, a real server with a tiny model."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from engine.models.registry import load_policy
from engine.models.scripted import ScriptedPRM
from engine.protocol import Continuation, Policy, Writing
from engine.scheduler import Job, Setting, run_searches
from engine.search import find_strategy
from engine.tasks.maths.task import MATH
from tests.models.families import build

pytestmark = pytest.mark.skipif(
    find_spec("fastapi") is None or find_spec("openai") is None, reason="transformers serve needs fastapi and openai"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build("llama3", tmp_path_factory.mktemp("served") / "llama3")
    # Without do_sample the server ignores the temperature.
    GenerationConfig(do_sample=True, top_k=0, eos_token_id=402).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tool = Path(sys.executable).parent / "transformers"
    command = [str(tool), "serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        assert process.poll() is None, "the server ended before it answered"
        try:
            with urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("the server doesn't answer")


@pytest.fixture(scope="module")
def policy(url: str, folder: Path) -> Policy:
    return load_policy(f"openai:{url}#{folder}", tokenizer=str(folder))


def test_a_greedy_continuation_is_what_generate_writes_here(policy: Policy, folder: Path) -> None:
    ((chain,),) = policy.sample([Continuation("How many?", ("We add 12.",), (1,), "end", 0.0, 12, 1, None, "\n\n")])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "How many?"}], add_generation_prompt=True, tokenize=False
    )
    ids = torch.tensor([tokenizer.encode(prompt + "We add 12.\n\n", add_special_tokens=False)])
    plain = GenerationConfig(do_sample=False, max_new_tokens=12, eos_token_id=402, pad_token_id=0)
    out = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=plain)[0, ids.shape[1] :]
    expected = str(tokenizer.decode(out, skip_special_tokens=True)).strip("\n").partition("\n\n")[0]
    assert chain[0].error is None and chain[0].text == expected


@pytest.mark.parametrize("strategy", ["self-consistency", "beam"])
def test_searches_run_on_it_from_end_to_end(policy: Policy, strategy: str) -> None:
    found = find_strategy(strategy)
    parameters = {"n": 4} if strategy == "self-consistency" else {"n": 4, "width": 2, "redraws": 0}
    writing = Writing("\n\n", step_tokens=10, steps=2)
    prm = ScriptedPRM(lambda _, steps: 1 / (1 + len(steps[-1])))
    setting = Setting(MATH, found, policy, prm, parameters, writing=writing, temperature=1.0)
    ((_, tree),) = run_searches([Job(0, MATH.read("How many?"))], setting)
    assert tree.closed is not None and tree.closed.error is None
    texts = {node.text for node in tree.nodes[1:] if node.depth == 1}
    assert len(texts) > 1, "a temperature above 0 gives different steps"
    assert all(node.finish in ("step", "end", "length") and node.error is None for node in tree.nodes[1:])


def test_its_chat_can_not_continue_an_answer_and_what_to_do_is_said(url: str, folder: Path) -> None:
    chat = load_policy(f"openai:{url}#{folder}")
    how = {"max_tokens": 4, "separator": "\n\n"}
    ((first,), (second,)) = chat.sample(
        [Continuation("How many?", steps, (1,), **how) for steps in ((), ("We add 12.",))]  # type: ignore[arg-type]
    )
    assert first[0].error is None and first[0].text
    assert second[0].finish == "error" and "name the tokenizer: --tokenizer FOLDER" in (second[0].error or "")
