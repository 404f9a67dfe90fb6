"""What a model needs, before anything of it is downloaded or loaded: weights, keys and values of a token, a batch.

Only config.json is read. Parameters and the shapes of keys and values are those of the model itself, built
on torch's meta device, where tensors have shapes and no memory. What a batch needs is a formula:
`Estimate.batch_bytes`.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch

from engine.models.backbone import TOKENS_AT_ONCE
from engine.models.loading import DEFAULT, Bits, Loading, ModelError, read_config
from engine.models.published import Published, find_config, published

QUANTIZED = {"4bit": 0.5 + 4 / 64, "8bit": 1.0}
"""Bytes a weight takes by bitsandbytes: 4bit adds a float32 for every 64 weights, 8bit one for every output."""
LOGITS = 32
"""Bytes for each entry of the vocabulary and each row that a token is drawn for: what `sampling.draw` holds at
once are the logits, their logarithm and the tempered ones in float32, the probabilities and their sums in float64."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one model needs. Bytes, unless another unit is named."""

    name: str
    parameters: int
    weights: int
    download: int | None
    """Of its safetensors files, where the folder or the hub tells."""
    dtype: str
    load_in: Bits | None
    token: int
    """Keys and values of one token, over all layers."""
    cache: int
    """What the prefix cache may take."""
    layers: int
    hidden: int
    intermediate: int
    heads: int
    vocabulary: int
    """Entries of the logits; 0 for a model that writes nothing."""
    itemsize: int
    eager: bool
    notes: tuple[str, ...] = ()
    obstacle: str = ""
    """Why no search can be run with it here; empty if one can."""

    def batch_bytes(self, rows: int, length: int) -> int:
        """Working memory of `rows` texts of `length` tokens each that are read or continued at once.

        Their keys and values, in place beside the cache; the logits of one new token a row (32 bytes an
        entry of the vocabulary); attention scores of a row's next token in float32, three times over; and
        of the `TOKENS_AT_ONCE` that one pass reads at most, in the model's dtype, 8 times the width, 3 times
        the inner width, and the mask (a byte a pair of tokens, and once more in the model's dtype). Eager
        attention holds the scores of all heads too, in its dtype and in float32.
        """
        tokens = min(rows * length, max(TOKENS_AT_ONCE, length))
        each = (8 * self.hidden + 3 * self.intermediate) * self.itemsize + length * (1 + self.itemsize)
        if self.eager:
            each += length * self.heads * (2 * self.itemsize + 4)
        kept = length * self.token + LOGITS * self.vocabulary + 12 * self.heads * length
        return rows * kept + tokens * each


def estimate(name: str, folder: Path | None = None, loading: Loading = DEFAULT, *, writes: bool = True) -> Estimate:
    """What the model called `name` needs when it is loaded so. `folder`: where it is, if it isn't to be looked for.

    `writes`: as a policy; a PRM gives no logits. Raises `ModelError` if there is no such model, or no code for it.
    """
    place = folder or find_config(name, loading)
    config = read_config(place, loading)
    known = published(name, place, loading)
    model, whole = _on_meta(place, config, loading, writes=writes)
    counted = sum(p.numel() for p in model.parameters())
    dtype = _dtype(config, loading)
    text = config.get_text_config()
    token, obstacle, notes = _keys_and_values(model, text)
    weights, more = _weights(model, loading, dtype, known, config)
    if not whole:
        missing = max(0, known.parameters - counted) if known else 0
        counted, weights = counted + missing, weights + missing * dtype.itemsize
        notes += () if known else ("its head isn't counted: neither the folder nor the hub tells its size",)
    return Estimate(
        name=name,
        parameters=counted,
        weights=weights,
        download=known.bytes if known else None,
        dtype=str(dtype).removeprefix("torch."),
        load_in=loading.load_in,
        token=token * dtype.itemsize,
        cache=loading.cache_bytes,
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        intermediate=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        heads=getattr(text, "num_attention_heads", None) or 1,
        vocabulary=text.vocab_size if writes else 0,
        itemsize=dtype.itemsize,
        eager=loading.attn == "eager",
        notes=notes + more,
        obstacle=obstacle,
    )


def _on_meta(folder: Path, config: Any, loading: Loading, *, writes: bool) -> tuple[Any, bool]:
    """The model without memory, and whether that is all of it: of a PRM with a head of its own it is the body."""
    kind, whole = _kind(config, writes=writes)
    try:
        with torch.device("meta"):
            model = kind.from_config(config, dtype=torch.bfloat16, trust_remote_code=loading.trust_remote_code)
    except (ValueError, TypeError, AttributeError, ImportError, OSError) as error:
        raise ModelError(
            f"{folder}: a {config.model_type} model can't be built from its config.json: {error}"
        ) from None
    model.tie_weights()
    return model.eval(), whole


def _kind(config: Any, *, writes: bool) -> tuple[Any, bool]:
    import transformers

    architecture = (config.architectures or ["ForCausalLM"])[0]
    if writes or architecture.endswith(("ForCausalLM", "LMHeadModel")):
        return transformers.AutoModelForCausalLM, True
    for head in ("TokenClassification", "SequenceClassification"):
        if architecture.endswith(f"For{head}"):
            return getattr(transformers, f"AutoModelFor{head}"), True
    return transformers.AutoModel, False


def _dtype(config: Any, loading: Loading) -> torch.dtype:
    """What weights, keys and values are kept in: as asked, or as the checkpoint says."""
    wanted = loading.torch_dtype
    found = (getattr(config, "dtype", None) or torch.float32) if wanted == "auto" else wanted
    return found if isinstance(found, torch.dtype) else getattr(torch, str(found))


def _keys_and_values(model: Any, text: Any) -> tuple[int, str, tuple[str, ...]]:
    """How many numbers a token leaves behind, why that can't be searched with (or empty), and what is to be said.

    Read off one token run on the meta device, so that grouped queries and heads of any width are right.
    """
    from transformers.cache_utils import DynamicCache

    body = model.get_decoder() if hasattr(model, "get_decoder") else model
    cache = DynamicCache(config=body.config)
    try:
        with torch.inference_mode():
            body(input_ids=torch.zeros(1, 1, dtype=torch.long, device="meta"), past_key_values=cache, use_cache=True)
    except (ValueError, TypeError, RuntimeError, AttributeError, NotImplementedError) as error:
        return 0, f"a {text.model_type} model keeps no keys and values that can be told: {error}", ()
    kept = [getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values")]
    shapes = {tuple(k.shape) if isinstance(k, torch.Tensor) else None for k in kept}
    numbers = sum(prod(k.shape) for k in kept if isinstance(k, torch.Tensor))
    obstacle = ""
    if len(shapes) > 1 or None in shapes or len(cache.layers) != text.num_hidden_layers:
        found = sorted({str(kind) for kind in getattr(text, "layer_types", None) or []})
        layers = f" ({', '.join(found)})" if found else ""
        obstacle = f"the layers of a {text.model_type} model{layers} don't all keep keys and values of one shape"
    window = getattr(text, "sliding_window", None)
    said = f"layers look back {window:,} tokens only; what lies before is kept all the same" if window else ""
    return numbers, obstacle, (said,) if said else ()


def _weights(
    model: Any, loading: Loading, dtype: torch.dtype, known: Published | None, config: Any
) -> tuple[int, tuple[str, ...]]:
    """Bytes of the weights as they are loaded, and what is to be said of that."""
    count = sum(p.numel() for p in model.parameters())
    quantized = getattr(config, "quantization_config", None)
    if quantized and known:
        return known.bytes, ("its weights are quantised in the checkpoint",)
    if quantized:
        return count * dtype.itemsize, ("its weights are quantised in the checkpoint; counted as if they were not",)
    if loading.load_in is None:
        return count * dtype.itemsize, ()
    inner, outputs = _quantizable(model)
    scales = 4 * outputs if loading.load_in == "8bit" else 0
    size = int(inner * QUANTIZED[loading.load_in]) + scales + (count - inner) * dtype.itemsize
    return size, (f"{inner / count:.0%} of its weights in {loading.load_in}, the others in {dtype}",)


def _quantizable(model: Any) -> tuple[int, int]:
    """Weights of the linear layers but the last (bitsandbytes leaves that and the embeddings), and their outputs."""
    last = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    layers = [m for m in model.modules() if isinstance(m, torch.nn.Linear) and m is not last]
    return sum(m.weight.numel() for m in layers), sum(m.out_features for m in layers)


def free_bytes(device: torch.device) -> int | None:
    """What can still be taken on a device; None where it doesn't say."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory()) - int(torch.mps.current_allocated_memory())
    return _free_memory(Path("/proc/meminfo"), Path("/sys/fs/cgroup"))


def _free_memory(meminfo: Path, group: Path) -> int | None:
    """What Linux can give (MemAvailable), or what is left of the limit of the container, if that is less."""
    try:
        rows = dict(line.split(":", maxsplit=1) for line in meminfo.read_text().splitlines())
        free = int(rows["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    try:
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return min(free, limit - used + int(stat["inactive_file"]))
    except (OSError, KeyError, ValueError):
        return free  # no limit
