"""`doctor --policy … --prm …`: what models need and whether they fit, before anything is downloaded."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from engine.fit import LENGTH, Fit, check_fit, fits, short, size
from engine.models.estimate import Estimate, estimate
from engine.models.loading import Loading, ModelError
from engine.models.registry import PRETRAINED
from tests.commands.conftest import arbutus  # noqa: F401 - a fixture
from tests.commands.said import Command

ROOT = Path(__file__).resolve().parents[1]
GIB = 1 << 30


@pytest.fixture
def policy() -> Estimate:
    """The built-in policy, with a cache that doesn't outweigh it."""
    return estimate("countdown-policy", PRETRAINED / "countdown-policy", Loading(cache_bytes=1 << 22))


@pytest.fixture
def prm() -> Estimate:
    return estimate("countdown-prm", PRETRAINED / "countdown-prm", Loading(cache_bytes=1 << 22), writes=False)


# The sums.


def test_what_a_device_must_hold_is_weights_caches_and_the_larger_batch(policy: Estimate, prm: Estimate) -> None:
    fit = Fit("cpu", GIB, (policy, prm))
    largest = max(policy.batch_bytes(3, 100), prm.batch_bytes(3, 100))
    assert fit.needed(3, 100) == policy.weights + prm.weights + 2 * (1 << 22) + largest
    assert fit.needed(3, 100, tokens=10) == policy.weights + prm.weights + 10 * (policy.token + prm.token) + largest
    assert fit.tokens_left() == (GIB - policy.weights - prm.weights) // (policy.token + prm.token)


@pytest.mark.parametrize("free", [1 << 25, 1 << 27, 1 << 30])
def test_so_many_texts_fit_and_not_one_more(policy: Estimate, prm: Estimate, free: int) -> None:
    fit = Fit("cpu", free, (policy, prm))
    rows = fit.rows(300)
    assert rows is not None and fit.needed(rows, 300) <= free < fit.needed(rows + 1, 300)


def test_where_nothing_is_known_to_be_free_nothing_is_refused(policy: Estimate) -> None:
    fit = Fit("mps", None, (policy,))
    assert (fit.rows(), fit.tokens_left(), fit.shortage()) == (None, None, "")


def test_a_shortage_names_what_is_needed_what_is_free_and_what_to_do(policy: Estimate, prm: Estimate) -> None:
    said = Fit("cuda:0", 1 << 20, (policy, prm)).shortage()
    needed = size(Fit("cuda:0", None, (policy, prm)).needed())
    assert said.startswith(f"memory on cuda:0: countdown-policy and countdown-prm need {needed} (weights 7.5 MiB, ")
    assert "1.0 MiB are free; take a smaller model or --load-in 4bit or --dtype bfloat16 or a smaller --cache" in said
    small = replace(policy, itemsize=2, cache=0)
    assert Fit("cpu", 1 << 20, (small,)).shortage().endswith("are free; take a smaller model")


def test_a_model_that_cannot_be_searched_with_is_an_obstacle_however_much_is_free(policy: Estimate) -> None:
    fit = Fit("cpu", 1 << 50, (replace(policy, obstacle="its layers forget"),))
    assert fit.obstacle() == "countdown-policy: its layers forget; serve it and use openai:URL#MODEL"
    assert not fit.as_dict()["fits"]


def test_sizes_are_said_as_people_say_them() -> None:
    assert [size(n) for n in (12, 1536, 5 << 20, 3 << 29)] == ["12 bytes", "1.5 KiB", "5.0 MiB", "1.5 GiB"]
    assert [short(n) for n in (1_543_714_304, 984_320)] == ["1.54 B", "0.98 M"]


# Before a run.


def test_models_that_fit_pass_and_those_that_do_not_are_refused_before_they_are_loaded() -> None:
    check_fit("countdown-policy", "countdown-prm", Loading(device="cpu", cache_bytes=1 << 20))
    greedy = Loading(device="cpu", cache_bytes=1 << 50)
    with pytest.raises(ModelError, match=r"too little memory on cpu: countdown-policy need 1,024\.0 TiB .* are free; "):
        check_fit("countdown-policy", None, greedy)
    check_fit("countdown-policy", None, greedy, tokens=5000)
    with pytest.raises(ModelError, match="a text of 1,000,000,000 tokens at work"):
        check_fit("countdown-policy", None, Loading(device="cpu"), length=10**9)


def test_what_is_served_or_judges_itself_takes_nothing_here() -> None:
    assert fits("openai:http://127.0.0.1:8000#m", "self") == []
    (only,) = fits("countdown-policy", "self", Loading(device="cpu"))
    assert [model.name for model in only.models] == ["countdown-policy"]


def test_the_kind_of_a_prm_is_no_part_of_its_name(untrained_prm: Path) -> None:
    (fit,) = fits(None, f"{untrained_prm}:builtin", Loading(device="cpu"))
    assert fit.models[0].name == str(untrained_prm) and fit.models[0].vocabulary == 0
    with pytest.raises(ModelError, match="got kind 'tokens' of PRM, expected one of"):
        fits(None, f"{untrained_prm}:tokens", Loading(device="cpu"))


# The command.


def test_the_doctor_says_what_two_models_need_and_that_they_fit(
    arbutus: Command,  # noqa: F811
    untrained_policy: Path,
    untrained_prm: Path,
) -> None:
    asked: list[object] = ["--policy", untrained_policy, "--prm", untrained_prm, "--cache", 0.01, "--device", "cpu"]
    said = arbutus("doctor", *asked, "--json").json
    (fit,) = said["fits"]
    one, two = fit["models"]
    files = [(Path(str(folder)) / "model.safetensors").stat().st_size for folder in (untrained_policy, untrained_prm)]
    for model, file in zip((one, two), files, strict=True):
        assert 0 <= file - model["download"] < 10_000, "but for the header, a file is its weights"
        assert model["weights"] == 4 * model["parameters"]
    assert fit["fits"] and fit["texts_at_once"] > 1 and fit["text_tokens"] == LENGTH
    assert not any("memory on" in problem for problem in said["missing"])
    text = arbutus("doctor", *asked).out
    assert f"policy {untrained_policy}" in text.replace("\n", "") and "together on cpu" in text
    assert "0.98 M (984," in text and "4.0 KiB a token" in text


def test_the_doctor_fails_for_models_that_do_not_fit(arbutus: Command) -> None:  # noqa: F811
    said = arbutus("doctor", "--policy", "countdown-policy", "--device", "cpu", "--cache", 10**6)
    assert said.code == 1 and "missing memory on cpu: countdown-policy need 976.6 TiB" in said.err


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="it is here")
def test_a_package_that_is_asked_for_and_missing_is_said_by_the_doctor_and_before_a_run(
    arbutus: Command,  # noqa: F811
) -> None:
    said = arbutus("doctor", "--policy", "countdown-policy", "--load-in", "4bit")
    assert said.code == 1 and "missing --load-in 4bit needs bitsandbytes and accelerate: pip install" in said.err
    with pytest.raises(ModelError, match="--load-in 8bit needs bitsandbytes"):
        check_fit("countdown-policy", None, Loading(load_in="8bit"))


def test_a_model_that_is_not_there_gets_a_sentence(arbutus: Command, tmp_path: Path) -> None:  # noqa: F811
    said = arbutus("doctor", "--policy", tmp_path)
    assert said.code == 1 and said.err.startswith("error ") and "no model there (no config.json)" in said.err
    said = arbutus("doctor", "--policy", "./nothing")
    assert said.code == 1 and "got model './nothing', expected one of countdown-policy, words-policy" in said.err
    said = arbutus("doctor", "--prm", "nothing")
    assert said.code == 1 and "got model 'nothing', expected one of countdown-prm, countdown-prm-naive" in said.err


class Hub(BaseHTTPRequestHandler):
    """A hub with one repository, in the two answers of the real one that are needed here."""

    asked: list[str]
    files: dict[str, bytes]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.files.get(self.path.split("?")[0])
        self.send_response(404 if body is None else 200)
        if body is None:
            self.send_header("X-Error-Code", "RepoNotFound")
        for name, value in {"X-Repo-Commit": "0" * 40, "ETag": '"1"', "Content-Length": len(body or b"")}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if body and self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    """The address of a hub that holds the built-in policy without its weights, and what it was asked."""
    config = (PRETRAINED / "countdown-policy" / "config.json").read_bytes()
    info = {"id": "someone/small", "safetensors": {"parameters": {"BF16": 984_320}, "total": 984_320}}
    files = {
        "/someone/small/resolve/main/config.json": config,
        "/api/models/someone/small": json.dumps(info).encode(),
        "/someone/bare/resolve/v2/config.json": config,
    }
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Served", (Hub,), {"files": files, "asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_of_a_model_on_the_hub_the_config_alone_is_fetched(hub: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = hub
    environment = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1"}

    def doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-m", "engine", "doctor", "--json", "--device", "cpu", *arguments]
        return subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    said = doctor("--policy", "someone/small")
    assert said.returncode == 0, said.stderr
    (model,) = json.loads(said.stdout)["fits"][0]["models"]
    assert (model["parameters"], model["download"], model["weights"]) == (984_320, 2 * 984_320, 4 * 984_320)
    assert {path.split("?")[0] for path in asked} <= {
        "/someone/small/resolve/main/config.json",
        "/api/models/someone/small",
    }
    assert {file.name for file in tmp_path.rglob("*") if file.is_symlink()} == {"config.json"}

    said = doctor("--policy", "someone/bare", "--revision", "v2")
    (model,) = json.loads(said.stdout)["fits"][0]["models"]
    assert (model["parameters"], model["download"]) == (984_320, None), "the size of its files isn't told"

    said = doctor("--policy", "someone/nothing")
    assert said.returncode == 1 and said.stdout == ""
    assert said.stderr.startswith("error someone/nothing: no such repository on the hub, or it is gated")
