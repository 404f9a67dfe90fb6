"""`python -m bench [name ...]`: run the benches, print their tables, write build/bench.json.

Every comparison is made side by side in one run, so that a busy or a slow machine is equally so for
both. Without names, all benches run but the one for GPUs; `python -m bench --list` says which there are.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.options import Options, machine
from bench.report import Sheet, show
from engine.protocol import ArbutusError

BENCHES = {
    "search": "beam search against generate for every step",
    "sampling": "tokens a second against generate(num_return_sequences=64)",
    "prompts": "the same after a long prompt: inside one problem, and over 100",
    "gpt4": "PRMs on the nodes GPT-4 proposed, and the published Tree of Thoughts figures",
    "models": "every bar on the built-in models",
    "runs": "how fast a log of 100,000 trees opens",
    "curves": "all curves of eight large pools, with their intervals",
    "pages": "how long a person waits for a page, and for the first nodes of a live search",
    "explorer": "how smooth the canvas is, how long pages take, what browsing needs in memory",
    "kill": "1,000 kills of a run that is resumed until it is done",
}
ON_A_GPU = {"gpu": "decoding, PRM prefill and step search of real model shapes on a CUDA GPU"}
OUT = Path("build/bench.json")


def main(arguments: list[str]) -> int:
    usual, known = Options(), BENCHES | ON_A_GPU
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(known)}; by default all but gpu")
    parser.add_argument("--list", action="store_true", help="say what there is, and do nothing")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: does it run?")
    parser.add_argument("--threads", type=int, default=usual.threads)
    for name in ("policy", "prm", "naive"):
        parser.add_argument(f"--{name}", default=getattr(usual, name), help="a built-in model or a folder")
    given = vars(parser.parse_args(arguments))
    names, only_list = given.pop("names") or list(BENCHES), given.pop("list")
    console = Console(width=None if sys.stdout.isatty() else 180)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"got bench {unknown[0]!r}, expected one of: {', '.join(known)}")
    if only_list:
        for name, about in known.items():
            console.print(f"{name:<10} {about}", highlight=False)
        return 0
    try:
        return run(names, Options(**given), console)
    except ArbutusError as error:
        parser.error(str(error))


def run(names: list[str], options: Options, console: Console) -> int:
    import torch

    torch.set_num_threads(options.threads)
    facts = machine(options.threads)
    console.print("  ".join(f"{name}: {value}" for name, value in facts.items()), highlight=False)
    console.print()
    for name in names:
        began = time.perf_counter()
        sheets: list[Sheet] = import_module(f"bench.{name}").run(options)
        for sheet in sheets:
            show(console, sheet)
        console.print(f"  ({name}: {time.perf_counter() - began:.0f} s)\n", style="dim", highlight=False)
        _write(name, {"machine": facts, "options": asdict(options), "sheets": [asdict(s) for s in sheets]})
    console.print(f"written to {OUT}", highlight=False)
    return 0


def _write(name: str, result: dict[str, Any]) -> None:
    """Beside the results of benches that were run before."""
    OUT.parent.mkdir(exist_ok=True)
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    OUT.write_text(json.dumps({**known, name: result}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
