"""The tokenizer of the models for word problems: one token a word of the stories, one a number up to 999.

As in Countdown, words and numbers are tokens with a leading space. What isn't in the stories, such as a name that a
person types, falls apart into letters, so no text is lost.
"""

import re
from string import ascii_letters, digits, punctuation

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from engine.tasks.words import phrases
from engine.train.tokenizer import SPECIAL

SIGNS = ("+", "-", "×", "÷", "=")
MARKS = ("\n", ".", ",", "?", ":", "'s")


def words() -> list[str]:
    """Every word that a story or a step can have, in alphabetical order."""
    found = {"Answer"}
    for sentence in _sentences(vars(phrases)):
        found |= set(re.findall(r"[A-Za-z]+", re.sub(r"\{\w*\}|'s", " ", sentence)))
    return sorted(found)


def _sentences(value: object) -> list[str]:
    """All strings in a module's tables."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for name, v in value.items() if not str(name).startswith("__") for s in _sentences(v)]
    return [s for v in value for s in _sentences(v)] if isinstance(value, tuple) else []


def build_words_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer, ready for `save_pretrained`."""
    known = words()
    tokens = [*SPECIAL, *MARKS, *(f" {s}" for s in SIGNS), *(f" {w}" for w in known)]
    tokens += [f" {n}" for n in range(1000)] + sorted(set(" " + ascii_letters + digits + punctuation + "×÷"))
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    core.normalizer = normalizers.Sequence([normalizers.Prepend(" "), normalizers.Replace(Regex(r"\n(?=.)"), "\n ")])
    longest_first = "|".join(sorted(known, key=len, reverse=True))
    pieces = rf" (?:{longest_first})(?![A-Za-z])| \d{{1,3}}(?!\d)| [-+×÷=](?= )|'s(?![A-Za-z])|\n|."
    core.pre_tokenizer = pre_tokenizers.Split(Regex(pieces), behavior="isolated")
    core.decoder = decoders.Sequence([decoders.Fuse(), decoders.Replace("\n ", "\n"), decoders.Strip(" ", 1, 0)])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
