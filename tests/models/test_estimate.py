"""What is said of a model before it is loaded, against the model itself once it is."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.profiler import ProfilerActivity, profile
from transformers import (
    AutoModelForCausalLM,
    AutoModelForTokenClassification,
    DynamicCache,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    MixtralConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen3Config,
    Qwen3NextConfig,
)

from engine.models.estimate import _free_memory, estimate, free_bytes
from engine.models.loading import Loading, ModelError
from engine.models.local import LocalPolicy
from engine.models.published import published
from engine.models.registry import PRETRAINED, PRMS
from engine.protocol import Continuation
from engine.train.tokenizer import build_tokenizer

SMALL: dict[str, Any] = {
    "vocab_size": 300, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
TINY: dict[str, PretrainedConfig] = {
    "untied": LlamaConfig(**SMALL, tie_word_embeddings=False),
    "tied, with biases": Qwen2Config(**SMALL, tie_word_embeddings=True),
    "wide heads": Qwen3Config(**SMALL, head_dim=24),
    "windows": MistralConfig(**SMALL, sliding_window=4),
    "every other layer a window": Gemma2Config(**SMALL, head_dim=8, sliding_window=4),
    "one head a query": GPT2Config(vocab_size=300, n_embd=32, n_layer=2, n_head=4, bos_token_id=1, eos_token_id=2),
    "experts": MixtralConfig(**SMALL, num_local_experts=4),
}
BFLOAT16 = Loading(dtype="bfloat16")


def saved(config: PretrainedConfig, folder: Path, kind: Any = AutoModelForCausalLM) -> tuple[Path, Any]:
    torch.manual_seed(0)
    model = kind.from_config(config).float().eval()
    model.save_pretrained(folder)
    return folder, model


def only_config(config: PretrainedConfig, folder: Path) -> Path:
    config.save_pretrained(folder)
    return folder


# Published sizes.


@pytest.mark.parametrize(
    ("config", "parameters", "token"),
    [
        # huggingface.co/Qwen/Qwen2.5-1.5B, config.json; its model card: 1.54B
        (
            Qwen2Config(
                vocab_size=151936, hidden_size=1536, intermediate_size=8960, num_hidden_layers=28,
                num_attention_heads=12, num_key_value_heads=2, tie_word_embeddings=True,
            ),
            1_543_714_304,
            2 * 28 * 2 * 128 * 2,
        ),
        # huggingface.co/meta-llama/Llama-3.1-8B, config.json; "The Llama 3 Herd of Models", arXiv:2407.21783: 8B
        (
            LlamaConfig(
                vocab_size=128256, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32,
                num_attention_heads=32, num_key_value_heads=8, tie_word_embeddings=False,
            ),
            8_030_261_248,
            2 * 32 * 8 * 128 * 2,
        ),
        # huggingface.co/mistralai/Mistral-7B-v0.1, config.json; "Mistral 7B", arXiv:2310.06825, table 1
        (
            MistralConfig(
                vocab_size=32000, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32,
                num_attention_heads=32, num_key_value_heads=8, sliding_window=4096,
            ),
            7_241_732_096,
            2 * 32 * 8 * 128 * 2,
        ),
    ],
    ids=["Qwen2.5-1.5B", "Llama-3.1-8B", "Mistral-7B"],
)  # fmt: skip
def test_models_that_everyone_knows_have_the_size_that_was_published(
    tmp_path: Path, config: PretrainedConfig, parameters: int, token: int
) -> None:
    told = estimate("a model", only_config(config, tmp_path), BFLOAT16)
    assert told.parameters == parameters
    assert told.weights == 2 * parameters
    assert told.token == token
    assert told.download is None


# Small models, which can be loaded and looked at.


@pytest.mark.parametrize("name", TINY)
def test_the_parameters_are_exactly_those_of_the_model(tmp_path: Path, name: str) -> None:
    folder, model = saved(TINY[name], tmp_path)
    told = estimate("tiny", folder, Loading(dtype="float32"))
    count = sum(p.numel() for p in model.parameters())
    assert (told.parameters, told.weights, told.download) == (count, 4 * count, 4 * count)
    assert estimate("tiny", folder, BFLOAT16).weights == 2 * count


@pytest.mark.parametrize("name", TINY)
def test_a_token_takes_what_a_real_cache_holds_for_it(tmp_path: Path, name: str) -> None:
    folder, model = saved(TINY[name], tmp_path)
    cache = DynamicCache()  # one without windows, as prefixes are kept whole
    with torch.inference_mode():
        model(input_ids=torch.ones(1, 7, dtype=torch.long), past_key_values=cache, use_cache=True)
    layers: list[Any] = cache.layers
    held = sum(states.nbytes for layer in layers for states in (layer.keys, layer.values))
    told = estimate("tiny", folder, Loading(dtype="float32"))
    assert 7 * told.token == held
    assert told.obstacle == ""
    assert 2 * estimate("tiny", folder, Loading(dtype="float16")).token == told.token


def test_the_cache_of_the_engine_counts_the_same_bytes_a_token(policy_folder: Path) -> None:
    policy = LocalPolicy(policy_folder)
    assert estimate("tiny", policy_folder).token == policy.backbone.store.token_bytes


def test_a_window_is_said_to_save_nothing(tmp_path: Path) -> None:
    told = estimate("tiny", only_config(TINY["windows"], tmp_path))
    assert told.notes == ("layers look back 4 tokens only; what lies before is kept all the same",)


def test_layers_that_keep_no_keys_and_values_are_an_obstacle_that_is_named(tmp_path: Path) -> None:
    shape = SMALL | {"head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2}
    some = estimate("tiny", only_config(Qwen3NextConfig(**shape | {"num_hidden_layers": 4}), tmp_path / "some"))
    assert "(full_attention, linear_attention) don't all keep keys and values of one shape" in some.obstacle
    assert some.parameters > 0 and some.token == 2 * 2 * 8 * some.itemsize
    none = estimate("tiny", only_config(Qwen3NextConfig(**shape), tmp_path / "none"))
    assert none.obstacle.startswith("a qwen3_next model keeps no keys and values that can be told")


@pytest.mark.parametrize("name", PRMS)
def test_the_head_of_a_prm_is_counted_and_it_gives_no_logits(name: str) -> None:
    causal = name == "words-prm"
    model = (AutoModelForCausalLM if causal else AutoModelForTokenClassification).from_pretrained(PRETRAINED / name)
    told = estimate(name, PRETRAINED / name, writes=False)
    assert told.parameters == sum(p.numel() for p in model.parameters())
    assert told.vocabulary == 0


def test_a_head_that_is_not_of_transformers_is_counted_where_the_files_tell(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder, model = saved(Qwen2Config(**SMALL, tie_word_embeddings=True), tmp_path)
    config = Qwen2Config(**SMALL, tie_word_embeddings=True, architectures=["Qwen2ForProcessRewardModel"])
    config.save_pretrained(folder)
    sizes = {"score.0.weight": (32, 32), "score.0.bias": (32,), "score.2.weight": (2, 32)}
    head = {name: torch.zeros(shape) for name, shape in sizes.items()}
    save_file(load_file(folder / "model.safetensors") | head, folder / "model.safetensors")
    told = estimate("tiny", folder, Loading(dtype="float16"), writes=False)
    body = sum(p.numel() for p in model.parameters())
    assert (told.parameters, told.weights, told.notes) == (body + 32 * 35, 2 * (body + 32 * 35), ())
    (folder / "model.safetensors").unlink()
    without = estimate("tiny", folder, writes=False)
    assert without.parameters == body and without.notes[0].startswith("its head isn't counted")


def test_in_four_or_eight_bits_the_linear_layers_shrink_and_the_rest_does_not(tmp_path: Path) -> None:
    folder, model = saved(TINY["untied"], tmp_path)
    layers = [m for m in model.model.modules() if isinstance(m, torch.nn.Linear)]
    inner, outputs = sum(m.weight.numel() for m in layers), sum(m.out_features for m in layers)
    rest = sum(p.numel() for p in model.parameters()) - inner
    four, eight = (estimate("tiny", folder, Loading(dtype="bfloat16", load_in=bits)) for bits in ("4bit", "8bit"))
    assert four.weights == inner // 2 + 4 * inner // 64 + 2 * rest
    assert eight.weights == inner + 4 * outputs + 2 * rest
    assert f"{inner / (inner + rest):.0%} of its weights in 4bit" in four.notes[0]


def test_weights_quantised_in_the_checkpoint_take_what_their_files_take(tmp_path: Path) -> None:
    folder, _ = saved(TINY["untied"], tmp_path)
    config = LlamaConfig.from_pretrained(folder)
    config.quantization_config = {"quant_method": "gptq", "bits": 4}
    config.save_pretrained(folder)
    told = estimate("tiny", folder, BFLOAT16)
    assert told.weights == told.download and told.notes == ("its weights are quantised in the checkpoint",)


# What a batch takes, by what torch really allocates.


def peak(work: Callable[[], object]) -> int:
    """Bytes that `work` has allocated beyond what was there, at the worst moment."""
    gc.collect()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    results: Any = seen.profiler.kineto_results
    events = sorted((e for e in results.events() if e.name() == "[memory]"), key=lambda e: e.start_ns())
    most = now = 0
    for event in events:
        now += event.nbytes()
        most = max(most, now)
    return most


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> LocalPolicy:
    """A policy of many words and long texts, small otherwise."""
    folder = tmp_path_factory.mktemp("wide")
    build_tokenizer().save_pretrained(folder)
    shape = SMALL | {"vocab_size": 20_000, "hidden_size": 64, "intermediate_size": 256, "max_position_embeddings": 8192}
    saved(LlamaConfig(**shape, head_dim=16, tie_word_embeddings=True), folder)
    return LocalPolicy(folder)


@pytest.mark.parametrize(("questions", "each"), [(64, 1), (1, 200)])
def test_sampling_takes_no_more_than_was_said_and_not_much_less(wide: LocalPolicy, questions: int, each: int) -> None:
    prompts = [f"Make {i} from 1 2 3 4\n" for i in range(questions)]
    asked = [Continuation(p, (), tuple(range(each)), max_tokens=48, max_steps=1) for p in prompts]
    wide.sample(asked[:1])
    wide.backbone.store.clear()
    told = estimate("wide", wide.folder)
    length = 48 + max(len(wide.writer.prompt(p)) for p in prompts)
    said = told.batch_bytes(questions * each, length)
    assert 0.4 * said < peak(lambda: wide.sample(asked)) - wide.backbone.store.bytes < said


@pytest.mark.parametrize(("rows", "length"), [(1, 4096), (8, 1000), (40, 100)])
def test_reading_takes_no_more_than_was_said_and_not_much_less(wide: LocalPolicy, rows: int, length: int) -> None:
    wide.backbone.store.clear()
    texts = [[tuple(3 + (17 * i + row) % 900 for i in range(length))] for row in range(rows)]
    said = estimate("wide", wide.folder, writes=False).batch_bytes(rows, length)
    assert 0.4 * said < peak(lambda: wide.backbone.read(texts, [0] * rows, keep=False)) < said


def test_eager_attention_takes_more(policy_folder: Path) -> None:
    usual, eager = (estimate("tiny", policy_folder, Loading(attn=attn)) for attn in (None, "eager"))
    assert eager.batch_bytes(1, 512) > usual.batch_bytes(1, 512)


# What is free.


def test_what_is_free_is_what_linux_can_give_or_what_is_left_of_a_containers_limit(tmp_path: Path) -> None:
    assert (free_bytes(torch.device("cpu")) or 1) > 0
    meminfo, group = tmp_path / "meminfo", tmp_path / "group"
    meminfo.write_text("MemTotal:       4096 kB\nMemAvailable:   1024 kB\n")
    assert _free_memory(meminfo, group) == 1 << 20
    group.mkdir()
    (group / "memory.current").write_text("900000\n")
    (group / "memory.stat").write_text("anon 7\ninactive_file 100000\n")
    (group / "memory.max").write_text("max\n")
    assert _free_memory(meminfo, group) == 1 << 20
    (group / "memory.max").write_text("1000000\n")
    assert _free_memory(meminfo, group) == 200_000
    assert _free_memory(tmp_path / "nothing", group) is None


# What can't be told.


def test_a_model_that_is_not_there_or_no_language_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"got model 'nothing', expected a folder with config.json"):
        estimate("nothing")
    with pytest.raises(ModelError, match=r"no model there \(no config.json\)"):
        estimate(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ModelError, match=r"a t5 model can't be built from its config.json"):
        estimate(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "no-such-type"}')
    with pytest.raises(ModelError, match=r"no-such-type"):
        estimate(str(tmp_path))


def test_a_file_of_weights_that_is_torn_is_named(tmp_path: Path) -> None:
    folder, _ = saved(TINY["untied"], tmp_path)
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"model.safetensors: can't be read: .*; fetch or copy it again"):
        published("tiny", folder, Loading())
