"""Which kind of PRM a name and a folder stand for, and what is said when that can't be told or isn't so."""

import json
import socket
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch

from engine.models.loading import Loading, ModelError
from engine.models.prms import load_prm
from engine.models.prms.judge import Judge
from engine.models.prms.kinds import KINDS, recognise, split_name
from engine.models.prms.thinking import Thinking
from engine.models.registry import PRETRAINED
from engine.protocol import Chain
from tests.models.families import build
from tests.models.prms.checkpoints import shard

CPU = Loading("cpu")
CHAIN = Chain("How many eggs?", ("We add 12.", "So 6"))


class Config:
    def __init__(self, architecture: str) -> None:
        self.architectures = [architecture]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("org/name", ("org/name", None)),
        ("org/name:judge", ("org/name", "judge")),
        ("./folder:skywork", ("./folder", "skywork")),
        ("C:\\models\\prm", ("C:\\models\\prm", None)),
        ("C:/models/prm", ("C:/models/prm", None)),
        ("C:\\models\\prm:qwen", ("C:\\models\\prm", "qwen")),
        ("countdown-prm", ("countdown-prm", None)),
    ],
)
def test_a_kind_may_follow_an_id_or_a_path(name: str, expected: tuple[str, str | None]) -> None:
    assert split_name(name) == expected


def test_a_folder_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "prm:v2").mkdir()
    assert split_name(str(tmp_path / "prm:v2")) == (str(tmp_path / "prm:v2"), None)
    assert split_name(f"{tmp_path / 'prm:v2'}:judge") == (str(tmp_path / "prm:v2"), "judge")


def test_a_kind_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(ModelError, match="got kind 'oracle'") as raised:
        split_name("org/name:oracle")
    assert all(kind in str(raised.value) for kind in KINDS)


@pytest.mark.parametrize(
    ("name", "architecture", "weights", "kind"),
    [
        ("Qwen/Qwen2.5-Math-PRM-7B", "Qwen2ForProcessRewardModel", ["score.0.weight", "score.2.weight"], "qwen"),
        ("Qwen/Qwen2.5-Math-7B-PRM800K", "Qwen2ForProcessRewardModel", ["score.0.weight", "score.2.weight"], "qwen"),
        ("Skywork/Skywork-o1-Open-PRM-Qwen-2.5-7B", "Qwen2ForPrmModel", ["v_head.summary.weight"], "skywork"),
        ("peiyi9979/math-shepherd-mistral-7b-prm", "MistralForCausalLM", ["lm_head.weight"], "shepherd"),
        ("RLHFlow/Llama3.1-8B-PRM-Deepseek-Data", "LlamaForCausalLM", ["lm_head.weight"], "rlhflow"),
        ("RLHFlow/Llama3.1-8B-PRM-Mistral-Data", "LlamaForCausalLM", ["lm_head.weight"], "rlhflow"),
        ("GenPRM/GenPRM-7B", "Qwen2ForCausalLM", ["lm_head.weight"], "genprm"),
        ("launch/ThinkPRM-1.5B", "Qwen2ForCausalLM", ["lm_head.weight"], "thinkprm"),
        ("Qwen/Qwen2.5-1.5B-Instruct", "Qwen2ForCausalLM", ["lm_head.weight"], "judge"),
        ("google/gemma-2-2b-it", "Gemma2ForCausalLM", ["model.norm.weight"], "judge"),
        ("some/folder", "LlamaForTokenClassification", ["score.weight"], "builtin"),
    ],
)
def test_every_public_prm_is_recognised(name: str, architecture: str, weights: list[str], kind: str) -> None:
    assert recognise(name, Config(architecture), weights, chats=True) == kind


@pytest.mark.parametrize("name", ["me/my-prm", "me/Qwen2.5-Instruct-PRM", "Qwen/Qwen2.5-7B"])
def test_what_nothing_tells_apart_must_be_named_by_hand(name: str) -> None:
    with pytest.raises(ModelError, match=f"--prm {name}:KIND") as raised:
        recognise(name, Config("LlamaForCausalLM"), ["lm_head.weight"], chats=True)
    assert all(kind in str(raised.value) for kind in KINDS)


@pytest.mark.parametrize("kind", ["qwen", "skywork"])
def test_weights_tell_the_kind_whatever_the_folder_is_called(
    checkpoints: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    whole, parts = copytree(checkpoints[kind], tmp_path / "a"), shard(checkpoints[kind], tmp_path / "b")
    assert [load_prm(str(folder), CPU).describe()["kind"] for folder in (whole, parts)] == [kind, kind]


@pytest.mark.parametrize(
    ("kind", "called"), [("shepherd", "math-shepherd-mistral-7b-prm"), ("rlhflow", "Llama3.1-8B-PRM-Deepseek-Data")]
)
def test_the_folders_name_tells_what_nothing_else_does(
    checkpoints: dict[str, Path], tmp_path: Path, kind: str, called: str
) -> None:
    assert load_prm(str(copytree(checkpoints[kind], tmp_path / called)), CPU).describe()["kind"] == kind


def test_the_built_in_prm_is_recognised_and_its_rewards_are_those_of_its_layout() -> None:
    prm = load_prm(str(PRETRAINED / "countdown-prm"), CPU)
    assert prm.describe()["kind"] == "builtin" and prm.id == "countdown-prm"
    steps = ("10 - 4 = 6 (left: 5 6 6)", "5 * 6 = 30 (left: 6 30)", "30 - 6 = 24 (left: 24)")
    good, bad = prm.score(
        [
            Chain("Make 24 from 4 5 6 10\n", steps, ended=True),
            Chain("Make 24 from 4 5 6 10\n", ("10 * 6 = 61 (left: 4 5 61)",)),
        ]
    )
    assert all(r.value is not None and r.value > 0.9 for r in good)
    assert bad[0].value is not None and bad[0].value < 0.1


@pytest.mark.parametrize(
    ("folder", "kind", "missing"),
    [
        ("skywork", "qwen", "<extra_0>"),
        ("qwen", "skywork", "v_head.summary.weight"),
        ("qwen", "builtin", "one"),
        ("qwen", "judge", "lm_head.weight"),
        ("rlhflow", "skywork", "v_head.summary.weight"),
        ("rlhflow", "shepherd", "'ки'"),
        ("shepherd", "rlhflow", "no chat template"),
        ("shepherd", "judge", "no chat template"),
        ("shepherd", "qwen", "no chat template"),
        ("shepherd", "thinking", "no chat template"),
    ],
)
def test_a_kind_that_is_not_the_models_is_refused_with_what_is_missing(
    checkpoints: dict[str, Path], folder: str, kind: str, missing: str
) -> None:
    with pytest.raises(ModelError) as raised:
        load_prm(f"{checkpoints[folder]}:{kind}", CPU)
    assert missing in str(raised.value)


def test_a_token_classifier_without_its_head_is_refused_and_never_given_a_random_one(
    prm_folder: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = copytree(prm_folder, tmp_path / "headless")
    weights = {n: w for n, w in load_file(folder / "model.safetensors").items() if not n.startswith("score.")}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"score\.weight"):
        load_prm(str(folder), CPU)


def test_heads_of_another_width_are_refused(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = copytree(checkpoints["qwen"], tmp_path / "three-way")
    weights = load_file(folder / "model.safetensors") | {"score.2.weight": torch.zeros(3, 32)}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"score\.2\.weight of shape \(3, 32\)"):
        load_prm(f"{folder}:qwen", CPU)


def test_a_folder_with_pickled_weights_alone_is_refused(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    folder = copytree(checkpoints["shepherd"], tmp_path / "math-shepherd")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="never loaded"):
        load_prm(str(folder), CPU)


def test_loading_and_scoring_need_no_network_and_run_no_code_of_the_folder(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    folder = copytree(checkpoints["qwen"], tmp_path / "qwen")
    assert "auto_map" in json.loads((folder / "config.json").read_text())
    for name in ("modeling_qwen2_rm.py", "configuration_qwen2_rm.py"):
        (folder / name).write_text("raise AssertionError('code of the folder was run')\n")
    for loading in (CPU, Loading("cpu", trust_remote_code=True)):
        assert all(r.value is not None for r in load_prm(str(folder), loading).score([CHAIN])[0])


def test_what_a_prm_says_of_itself_names_its_kind_and_its_weights(checkpoints: dict[str, Path]) -> None:
    told = load_prm(f"{checkpoints['rlhflow']}:rlhflow", CPU).describe()
    assert told["kind"] == "rlhflow" and told["dtype"] == "float32" and told["device"] == "cpu"
    assert len(told["sha256"]) == 64 and told["parameters"] > 0 and told["id"] == checkpoints["rlhflow"].name


def test_an_instruct_model_is_a_judge_and_thinks_aloud_when_asked_to(tmp_path: Path) -> None:
    folder = build("qwen2", tmp_path / "Tiny-1B-Instruct")
    assert isinstance(load_prm(str(folder), CPU), Judge)
    assert all(isinstance(load_prm(f"{folder}:{kind}", CPU), Thinking) for kind in ("thinking", "genprm", "thinkprm"))
