"""What can be known of a model without its weights: its config.json, and how large its files say they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.models.loading import Loading, ModelError, fetching, find_folder, is_hub_id

BITS = {"F64": 64, "I64": 64, "F32": 32, "I32": 32, "F16": 16, "BF16": 16, "I16": 16, "F4": 4}
"""Of the dtypes as safetensors names them; the others take 8."""


@dataclass(frozen=True, slots=True)
class Published:
    """What safetensors files hold, by their headers."""

    parameters: int
    bytes: int


def find_config(name: str, loading: Loading) -> Path:
    """The folder with the config.json of a model: `name` itself, or where that one file of a repository is cached.

    Raises `ModelError` if it is neither a folder nor an id, or if it can't be fetched.
    """
    if Path(name).expanduser().is_dir() or not is_hub_id(name):
        return find_folder(name, loading)
    from huggingface_hub import hf_hub_download

    with fetching(name):
        return Path(hf_hub_download(name, "config.json", revision=loading.revision)).parent


def published(name: str, folder: Path, loading: Loading) -> Published | None:
    """What the files in `folder` hold, or those of the repository `name`; None where nobody tells."""
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return _of_files(files)
    return None if Path(name).expanduser().is_dir() or not is_hub_id(name) else _of_hub(name, loading)


def _of_files(files: list[Path]) -> Published:
    from huggingface_hub import parse_local_safetensors_file_metadata
    from huggingface_hub.errors import SafetensorsParsingError

    parts = []
    for file in files:
        try:
            parts.append(_sum(parse_local_safetensors_file_metadata(file).parameter_count))
        except (SafetensorsParsingError, OSError) as error:
            raise ModelError(f"{file}: can't be read: {error}; fetch or copy it again") from None
    return Published(sum(part.parameters for part in parts), sum(part.bytes for part in parts))


def _sum(counts: Mapping[Any, int]) -> Published:
    """Of so many parameters of each dtype."""
    return Published(sum(counts.values()), sum(n * BITS.get(kind, 8) // 8 for kind, n in counts.items()))


def _of_hub(name: str, loading: Loading) -> Published | None:
    from huggingface_hub import HfApi

    try:
        told = HfApi().model_info(name, revision=loading.revision, expand=["safetensors"]).safetensors
    except Exception:  # of whichever library speaks HTTP for the hub; the size is good to know, no more
        return None
    return None if told is None else _sum(told.parameters)
