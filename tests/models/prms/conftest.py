"""A tiny checkpoint of each public layout, and the PRM it is read as."""

from pathlib import Path

import pytest

from engine.models.loading import Loading
from engine.models.prms import load_prm
from engine.models.prms.reading import StepPRM
from tests.models.prms.checkpoints import LAYOUTS
from tests.models.prms.references import Reference


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: build(tmp_path_factory.mktemp(kind)) for kind, build in LAYOUTS.items()}


@pytest.fixture(scope="session")
def prms(checkpoints: dict[str, Path]) -> dict[str, StepPRM]:
    found = {kind: load_prm(f"{folder}:{kind}", Loading("cpu")) for kind, folder in checkpoints.items()}
    return {kind: prm for kind, prm in found.items() if isinstance(prm, StepPRM)}


@pytest.fixture(scope="session")
def references(checkpoints: dict[str, Path]) -> dict[str, Reference]:
    return {kind: Reference(kind, folder) for kind, folder in checkpoints.items()}
