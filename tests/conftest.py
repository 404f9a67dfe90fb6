"""What all tests share: hypothesis without deadlines, and a policy and a PRM that know nothing but run."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no reason to fail: what must be fast says so itself.
settings.register_profile("arbutus", deadline=None)
settings.load_profile("arbutus")


@pytest.fixture(scope="session")
def untrained_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a policy as it is before training, but for a liking for three numbers and to end its steps."""
    import torch

    from engine.train.countdown_policy import make_model
    from engine.train.tokenizer import build_tokenizer

    folder, tokenizer = tmp_path_factory.mktemp("untrained-policy"), build_tokenizer()
    model = make_model(tokenizer, seed=0)
    with torch.no_grad():
        words = model.get_input_embeddings().weight
        words[:, 0] = 3.0  # every state points along this axis, so whatever lies further out is likelier
        words[tokenizer.encode("1\n", add_special_tokens=False)[-1], 0] = 3.55
        words[tokenizer.eos_token_id, 0] = 3.50
        for number in tokenizer.encode("1 2 3", add_special_tokens=False):
            words[number, 0] = 3.50
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def untrained_prm(tmp_path_factory: pytest.TempPathFactory, untrained_policy: Path) -> Path:
    """The folder of a PRM that has opinions, none of them founded."""
    import torch
    from transformers import AutoTokenizer, LlamaForTokenClassification

    folder = tmp_path_factory.mktemp("untrained-prm")
    torch.manual_seed(0)
    model = LlamaForTokenClassification.from_pretrained(untrained_policy, num_labels=1, dtype=torch.float32)
    torch.nn.init.normal_(model.score.weight, std=0.1)
    with torch.no_grad():
        model.score.weight[:, 0] = 0.0
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(untrained_policy).save_pretrained(folder)
    return folder
