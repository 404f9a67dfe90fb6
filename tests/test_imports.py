"""The arrows of the README's map: who may know whom."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for part in ("engine", "app")
    for path in sorted((ROOT / part).rglob("*.py"))
}
KNOWS = {
    "engine.tree": ["engine.notebook"],  # only how it shows itself, looked up when a notebook asks
    "engine.protocol": ["engine.tree"],
    "engine.rewards": ["engine.tree"],
    "engine.estimates": ["engine.tree", "engine.rewards"],
    "engine.search": ["engine.tree", "engine.protocol", "engine.rewards", "engine.estimates", "engine.search"],
    "engine.garbage": [],
    "engine.prices": ["engine.protocol"],
    "engine.repeats": ["engine.tree"],
    "engine.notebook": ["engine.tree", "engine.repeats", "engine.measure.summary"],
    "engine.render": ["engine.tree", "engine.budgets", "engine.repeats"],
    "engine.tasks": [
        "engine.tree",
        "engine.protocol",
        "engine.tasks",
        "numpy",
        "pandas",
        "huggingface_hub",
        "math_verify",
    ],
    "engine.models": [
        "engine.tree",
        "engine.protocol",
        "engine.models",
        "numpy",
        "torch",
        "transformers",
        "huggingface_hub",
        "safetensors",
        "httpx2",
    ],
    "engine.budgets": ["engine.tree", "engine.protocol", "engine.prices"],
    "engine.parts": ["engine.tree", "engine.protocol", "engine.prices", "engine.budgets"],
    "engine.scheduler": [
        "engine.tree",
        "engine.protocol",
        "engine.prices",
        "engine.budgets",
        "engine.parts",
        "engine.models.draws",
    ],
    "engine.runs": [
        "engine.tree",
        "engine.protocol",
        "engine.runs",
        "engine.notebook",
        "engine.garbage",
        "msgspec",
    ],
    "engine.imports": [
        "engine.tree",
        "engine.protocol",
        "engine.runs",
        "engine.tasks",
        "engine.imports",
        "msgspec",
        "pyarrow",
    ],
    "engine.measure": [
        "engine.tree",
        "engine.prices",
        "engine.protocol",
        "engine.rewards",
        "engine.repeats",
        "engine.estimates",
        "engine.runs",
        "engine.measure",
        "numpy",
        "pandas",
    ],
    "engine.exports": [
        "engine.tree",
        "engine.protocol",
        "engine.runs",
        "engine.tasks",
        "engine.measure",
        "engine.exports",
        "pyarrow",
    ],
    "engine.figures": ["engine.measure", "engine.figures", "numpy", "pandas", "plotly", "PIL"],
}
"""What each part may import beside the standard library. A name stands for all that is below it."""
SEARCHING = ["torch", "transformers", "engine.models", "engine.scheduler", "engine.runner", "engine.train"]


TALKING = ("engine.cli", "app.worker", "engine.tasks.maths.worker")
"""The command line, and processes that are talked to through their standard streams."""


def imports(module: str) -> set[str]:
    """All that a module imports anywhere in it, but for what only type checkers see."""
    return set(_imports(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "relative imports hide the arrows"
            for alias in node.names:
                below = f"{node.module}.{alias.name}"
                yield below if below in MODULES else node.module
        else:
            yield from _imports(node)


def within(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def standard(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


@pytest.mark.parametrize("part", KNOWS)
def test_a_part_of_the_engine_imports_only_what_its_arrows_allow(part: str) -> None:
    members = [m for m in MODULES if within(m, part)]
    assert members
    for module in members:
        strange = {i for i in imports(module) if not standard(i) and not any(within(i, k) for k in KNOWS[part])}
        assert not strange, f"{module} imports {', '.join(sorted(strange))}"


def test_the_app_searches_in_its_worker_alone() -> None:
    for module in (m for m in MODULES if within(m, "app") and m != "app.worker"):
        heavy = {i for i in imports(module) if any(within(i, s) for s in SEARCHING)} - {"engine.models.registry"}
        assert not heavy, f"{module} imports {', '.join(sorted(heavy))}"


def test_figures_know_nothing_of_streamlit() -> None:
    for module in (m for m in MODULES if within(m, "app.figures")):
        assert not {i for i in imports(module) if within(i, "streamlit")}, module


def test_the_engine_knows_nothing_of_the_app() -> None:
    """But for the command that writes a tree as a page: it asks the explorer to draw it, when it is called."""
    for module in (m for m in MODULES if within(m, "engine")):
        known = {i for i in imports(module) if within(i, "app") or within(i, "streamlit")}
        assert known == ({"app.standalone"} if module == "engine.commands.exporting" else set()), module


def test_the_command_line_runs_where_the_app_is_not() -> None:
    code = "import sys; sys.modules['app'] = None; import engine.cli; print('streamlit' in sys.modules)"
    done = run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


def test_torch_stays_with_the_models_and_their_training() -> None:
    at_home = [m for m in MODULES if within(m, "engine.models") or within(m, "engine.train")]
    asking_for_the_device = ["engine.commands.terminal", "engine.doctor", "app.worker"]
    for module in set(MODULES) - {*at_home, *asking_for_the_device}:
        assert not {i for i in imports(module) if within(i, "torch") or within(i, "transformers")}, module


def test_only_the_command_line_prints() -> None:
    for module in (m for m in MODULES if not within(m, "engine.commands") and m not in TALKING):
        tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not calls & {"print", "input", "breakpoint"}, module
        streams = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not streams & {"sys.stdout", "sys.stderr"}, module


def test_browsing_a_run_loads_no_torch() -> None:
    browsing = [m for m in MODULES if within(m, "app.figures") or m in ("app.data", "app.live", "app.problems")]
    parts = ("engine.runs", "engine.measure", "engine.figures")
    reading = [m for m in MODULES if any(within(m, part) for part in parts) or m == "engine.cli"]
    code = f"import sys, {', '.join(browsing + reading)}; print(*sys.modules)"
    done = run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not {"torch", "transformers"} & set(done.stdout.split())
