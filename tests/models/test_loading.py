"""How a model is read: on which device, of which revision, and with whose code."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.models.loading import Loading, ModelError, find_folder, pick_device
from engine.models.registry import load_policy, load_prm
from engine.protocol import Continuation
from tests.models.families import build

OWN_CODE = """
import pathlib
from transformers import Qwen2Config, Qwen2ForCausalLM
pathlib.Path(r"{mark}").touch()
class OwnConfig(Qwen2Config):
    model_type = "own"
class OwnModel(Qwen2ForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model that only the code in its folder can read; the code leaves a file called ``ran`` beside the folder."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    folder = build("qwen2", tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(OWN_CODE.format(mark=tmp_path / "ran"))
    return folder


def test_code_of_a_folder_is_refused_and_nobody_is_asked_about_it(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: Any) -> str:
        raise AssertionError("somebody was asked whether to run the code")

    monkeypatch.setattr("builtins.input", ask)
    for load in (lambda: load_policy(str(own)), lambda: load_prm(f"{own}:judge", Loading(trust_remote_code=True))):
        with pytest.raises(ModelError, match="a policy's is run with --trust-remote-code, a PRM's never"):
            load()
    assert not (own.parent / "ran").exists()


def test_code_of_a_folder_is_run_where_it_is_trusted(own: Path) -> None:
    policy = load_policy(str(own), Loading("cpu", trust_remote_code=True))
    assert (own.parent / "ran").exists()
    assert policy.sample([Continuation("What is 1 + 1?", (), (1,), max_tokens=4, separator="\n\n")])[0][0][0].text


@pytest.mark.parametrize("name", ["tpu", "cpu:x", "cuda:", "cpu:1", "mps:7", "auto:0", ""])
def test_a_device_that_is_none_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ModelError, match=f"got device '{name}', (expected|but torch)"):
        pick_device(name)


def test_a_device_is_found_by_its_number() -> None:
    assert pick_device("cpu:0") == torch.device("cpu:0")
    assert pick_device("auto").type in ("cuda", "mps", "cpu")


def test_a_folder_has_no_revisions(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"got revision .v2. of .* a folder has none"):
        find_folder(str(tmp_path), Loading(revision="v2"))


@pytest.mark.parametrize("name", ["./models", "../models", "~/models", "models/of/mine", "/models"])
def test_a_folder_that_is_not_there_is_not_sought_on_the_hub(name: str) -> None:
    with pytest.raises(ModelError, match=r"expected a folder with config\.json and weights, or an id such as org/name"):
        find_folder(name, Loading())
