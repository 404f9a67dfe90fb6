"""Measuring in a process of its own, so that neither memory nor warmth is passed from one to the next."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from importlib import import_module
from typing import Any

from bench.options import Options


def apart(module: str, options: Options, **arguments: Any) -> dict[str, Any]:
    """``module.measure(options, **arguments)`` in a new process with as many threads as the options say."""
    request = json.dumps({"module": module, "options": asdict(options), "arguments": arguments})
    threads = str(options.threads)
    environment = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    done = subprocess.run(
        [sys.executable, "-m", "bench.apart", request], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} {arguments} ended with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(request: str) -> None:
    import torch

    asked = json.loads(request)
    options = Options(**asked["options"])
    torch.set_num_threads(options.threads)
    print(json.dumps(import_module(asked["module"]).measure(options, **asked["arguments"])))


if __name__ == "__main__":
    main(sys.argv[1])
