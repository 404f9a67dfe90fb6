"""The tokenizer of the built-in Countdown models: one token a number up to 999.

Numbers are tokens with a leading space (`` 24``), so arithmetic is a look-up rather than long
addition; longer numbers, signs and fractions fall apart into digits. The text is given a leading
space at the start and after each newline, which the decoder takes away again, so a number looks
the same wherever it stands.
"""

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

SPECIAL = ["<pad>", "<bos>", "<eos>", "<unk>"]
SYMBOLS = [" +", " -", " *", " /", " =", "/", " (left:", ")", "\n", " Make", " from"]
PIECES = r" Make| from| \(left:|\)|\n| \d{1,3}|\d| [-+*/=]|/"


def build_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer, ready for `save_pretrained`. 1,025 tokens."""
    words = [*SPECIAL, *SYMBOLS, *"0123456789", *(f" {n}" for n in range(1000))]
    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    core.normalizer = normalizers.Sequence([normalizers.Prepend(" "), normalizers.Replace(Regex(r"\n(?=.)"), "\n ")])
    core.pre_tokenizer = pre_tokenizers.Split(Regex(PIECES), behavior="isolated")
    core.decoder = decoders.Sequence([decoders.Fuse(), decoders.Replace("\n ", "\n"), decoders.Strip(" ", 1, 0)])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
