"""Where a model comes from, and how it is read: a folder or a Hugging Face id, its dtype, device and so on.

torch and transformers are imported where they are used: what can be asked for is known without them.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.protocol import ArbutusError

if TYPE_CHECKING:
    import torch

CACHE_BYTES = 1 << 30
FILES = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "*.tiktoken")
"""What is downloaded of a repository: weights as safetensors, never pickles, and no code unless it is asked for."""
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
Bits = Literal["4bit", "8bit"]
QUANTISING = {"bitsandbytes": "bitsandbytes", "accelerate": "accelerate"}
"""Modules, and the packages that bring them."""
DEVICE = re.compile(r"(?P<name>cuda|mps|cpu)(?::(?P<number>\d+))?")


class ModelError(ArbutusError):
    """A model that can't be loaded or asked."""


@dataclass(frozen=True)
class Loading:
    """How a model is to be read. The defaults suit the built-in models."""

    device: str = "auto"
    dtype: str = "auto"
    """auto: float32 on a CPU, on a GPU what the checkpoint says; or float32, bfloat16, float16."""
    attn: str | None = None
    """The attention implementation, as transformers names it: sdpa, eager, flash_attention_2."""
    load_in: Bits | None = None
    revision: str | None = None
    trust_remote_code: bool = False
    cache_bytes: int = CACHE_BYTES

    @cached_property
    def at(self) -> "torch.device":
        return pick_device(self.device)

    @property
    def torch_dtype(self) -> Any:
        """What transformers takes for `dtype`. Raises `ModelError` for a name it doesn't know."""
        import torch

        if self.dtype == "auto":
            return torch.float32 if self.at.type == "cpu" else "auto"
        dtypes = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
        if self.dtype not in dtypes:
            raise ModelError(f"got dtype {self.dtype!r}, expected auto, {', '.join(dtypes)}")
        return dtypes[self.dtype]

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of `from_pretrained`. Raises `ModelError` for a package that isn't here."""
        if lacks := self.lacks():
            raise ModelError(lacks)
        out: dict[str, Any] = {"dtype": self.torch_dtype, "local_files_only": True, "use_safetensors": True}
        # Never None, on which transformers asks whoever is at the terminal, and runs the code on a yes.
        out["trust_remote_code"] = self.trust_remote_code
        if self.attn:
            out["attn_implementation"] = self.attn
        if self.load_in:
            out["quantization_config"] = self._quantization()
            out["device_map"] = {"": self.at}
        return out

    def lacks(self) -> str:
        """Which package is asked for and isn't here, and how to get it; empty if none."""
        wanted = {f"--load-in {self.load_in}": QUANTISING} if self.load_in else {}
        if self.attn and self.attn.startswith("flash_attention_2"):
            wanted[f"--attn {self.attn}"] = {"flash_attn": "flash-attn"}
        for option, packages in wanted.items():
            if not all(map(find_spec, packages)):
                names = packages.values()
                return f"{option} needs {' and '.join(names)}: pip install {' '.join(names)}"
        return ""

    def _quantization(self) -> Any:
        from transformers import BitsAndBytesConfig

        return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=self.load_in == "4bit", load_in_8bit=self.load_in == "8bit"
        )


DEFAULT = Loading()


def pick_device(wanted: str = "auto") -> "torch.device":
    """cuda, mps or cpu, the first there is; or the one that is `wanted`, if it is there."""
    import torch

    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = {"cuda": cards, "mps": int(torch.backends.mps.is_available()), "cpu": 1}
    if wanted == "auto":
        return torch.device(next(name for name, count in there.items() if count))
    found = DEVICE.fullmatch(wanted)
    if found is None:
        raise ModelError(f"got device {wanted!r}, expected auto, cuda, cuda:1, mps or cpu")
    count = there[found["name"]]
    if not count:
        raise ModelError(f"got device {wanted!r}, but torch {torch.__version__} sees none here; use --device auto")
    if int(found["number"] or 0) >= count:
        raise ModelError(f"got device {wanted!r}, expected a number below {count}: so many are here")
    return torch.device(wanted)


def find_folder(name: str, loading: Loading) -> Path:
    """The folder of a model: `name` itself if it is one, else a repository's snapshot, downloaded if need be.

    Raises `ModelError` if it is neither, or if it isn't here and can't be fetched.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder}: no model there (no config.json); expected a folder in Hugging Face layout")
        if loading.revision:
            raise ModelError(f"got revision {loading.revision!r} of {folder}, but a folder has none; leave it out")
        return folder
    if not is_hub_id(name):
        raise ModelError(
            f"got model {name!r}, expected a folder with config.json and weights, or an id such as org/name"
        )
    return _snapshot(name, loading)


def is_hub_id(name: str) -> bool:
    """Whether `name` may be that of a repository; what begins with a dot or a tilde is a path that isn't there."""
    return HUB_ID.fullmatch(name) is not None and not name.startswith((".", "~"))


def _snapshot(name: str, loading: Loading) -> Path:
    from huggingface_hub import snapshot_download

    wanted = (*FILES, "*.py") if loading.trust_remote_code else FILES
    with fetching(name):
        return Path(snapshot_download(name, revision=loading.revision, allow_patterns=list(wanted)))


@contextmanager
def fetching(name: str) -> Iterator[None]:
    """Whatever goes wrong with the hub in here, said of the repository `name` as a `ModelError`."""
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        yield
    except RepositoryNotFoundError:
        raise ModelError(
            f"{name}: no such repository on the hub, or it is gated; log in with `hf auth login`"
        ) from None
    except LocalEntryNotFoundError:
        raise ModelError(
            f"{name}: not in the local cache, and the hub can't be reached; name a folder instead"
        ) from None
    except EntryNotFoundError:
        raise ModelError(f"{name}: its repository has no config.json; expected a model for transformers") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{name}: can't be fetched from the hub: {error}") from None


def read_config(folder: Path, loading: Loading) -> Any:
    """The configuration in `folder`, read without any of its code unless that is trusted."""
    from transformers import AutoConfig

    return _reading(
        folder,
        lambda: AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=loading.trust_remote_code),
    )


def read_model(kind: Any, folder: Path, loading: Loading, **more: Any) -> Any:
    """``kind.from_pretrained(folder)`` as `loading` says, on its device, for inference. Raises `ModelError`."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    arguments: Mapping[str, Any] = {**loading.arguments(), **more}
    model = _reading(folder, lambda: kind.from_pretrained(folder, **arguments))
    return (model if loading.load_in else model.to(loading.at)).eval()


def read_causal(folder: Path, loading: Loading) -> Any:
    """The causal language model in `folder`."""
    from transformers import AutoModelForCausalLM

    return read_model(AutoModelForCausalLM, folder, loading)


def read_tokenizer(folder: Path, loading: Loading) -> Any:
    """The tokenizer in `folder`."""
    from transformers import AutoTokenizer

    return _reading(
        folder,
        lambda: AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=loading.trust_remote_code
        ),
    )


def _reading(folder: Path, read: Any) -> Any:
    try:
        return read()
    except ModelError:
        raise
    except (OSError, ValueError, RuntimeError, ImportError, KeyError, TypeError, AttributeError) as error:
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"{folder}: the model needs the code that comes with it. Read that; a policy's is run with "
                "--trust-remote-code, a PRM's never"
            ) from None
        raise ModelError(f"{folder}: the model can't be loaded: {error}") from None
