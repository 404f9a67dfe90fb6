"""Process reward models of every public layout, each a stock transformers body and a head that is read here.

No code of a repository is ever run. `kinds` lists the layouts; each has a file that turns a question and steps
into segments of tokens, and says what is read at their ends.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.models.loading import DEFAULT, Loading, find_folder, read_config, read_tokenizer
from engine.models.prms.kinds import recognise, split_name
from engine.protocol import PRM


def load_prm(name: str, loading: Loading = DEFAULT, *, folder: Path | None = None) -> PRM:
    """The PRM called ``ID_OR_PATH[:kind]``. `folder`: where it is, if it isn't to be looked for.

    Raises `ModelError` if there is none, if its kind can't be told, or if it isn't of the kind that was named.
    """
    from engine.models.prms.reading import Source
    from engine.models.prms.weights import files_of

    name, kind = split_name(name)
    folder = folder or find_folder(name, loading)
    own = replace(loading, trust_remote_code=False)
    config, tokenizer = read_config(folder, own), read_tokenizer(folder, own)
    kind = kind or recognise(name, config, files_of(folder).keys(), bool(tokenizer.chat_template))
    known = Path(name).name if Path(name).expanduser().is_dir() else name
    prm: PRM = _loader(kind)(Source(known, kind, folder, own), config, tokenizer, own)
    return prm


def _loader(kind: str) -> Any:
    """What loads a kind. Imported here: to know the kinds needs no torch."""
    from engine.models.prms import builtin, expecting, judge, qwen, rlhflow, shepherd, skywork, thinking

    loaders = {
        "builtin": builtin.load,
        "expecting": expecting.load,
        "shepherd": shepherd.load,
        "rlhflow": rlhflow.load,
        "qwen": qwen.load,
        "skywork": skywork.load,
        "judge": judge.load,
    }
    return loaders.get(kind, thinking.load)
