"""``openai:URL#MODEL`` and ``pooling:URL#MODEL``: models by where they are served."""

from collections.abc import Callable
from urllib.parse import urlsplit

from engine.models.loading import DEFAULT, Loading, ModelError
from engine.models.served import CONCURRENT, TIMEOUT
from engine.models.served.asking import Asking
from engine.models.served.policy import ServedPolicy
from engine.models.served.prm import ServedPRM
from engine.models.served.transport import ServerError, Transport

POLICY, PRM = "openai:", "pooling:"


def served_policy(
    name: str,
    *,
    system: str = "",
    tokenizer: str | None = None,
    loading: Loading = DEFAULT,
    concurrent: int = CONCURRENT,
    timeout: float = TIMEOUT,
) -> ServedPolicy:
    """The policy at ``openai:URL#MODEL``; without ``#MODEL`` the only one that is served there.

    `tokenizer`: the folder or id of its tokenizer, to put questions by its own chat template. Raises
    `ModelError` if nobody answers there.
    """
    transport, model = _place(name, POLICY, timeout)
    render = _renderer(tokenizer, system, loading) if tokenizer else None
    return ServedPolicy(Asking(transport, model, system, render), concurrent=concurrent)


def served_prm(name: str, *, concurrent: int = CONCURRENT, timeout: float = TIMEOUT) -> ServedPRM:
    """The PRM at ``pooling:URL#MODEL``. Raises `ModelError` if nobody answers there."""
    return ServedPRM(*_place(name, PRM, timeout), concurrent=concurrent)


def _place(name: str, scheme: str, timeout: float) -> tuple[Transport, str]:
    url, _, model = name.removeprefix(scheme).partition("#")
    if not url.startswith(("http://", "https://")):
        raise ModelError(f"got server {url!r}, expected {scheme}http://HOST:PORT#MODEL")
    if "@" in urlsplit(url).netloc or "?" in url:
        raise ModelError(
            "got a server's address with a key or a password in it; it would be logged: set ARBUTUS_API_KEY"
        )
    transport = Transport(url, read=timeout)
    try:
        if model:
            transport.knock()
            return transport, model
        served = [str(one["id"]) for one in transport.get("/v1/models")["data"]]
    except ServerError as error:
        raise ModelError(f"{error}; start the server, or check its address and the key in ARBUTUS_API_KEY") from None
    except (KeyError, TypeError):
        raise ModelError(f"{url}: expected a list of models at /v1/models, got something else") from None
    if len(served) != 1:
        raise ModelError(f"{url} serves {', '.join(served) or 'no model'}; say which: {scheme}{url}#MODEL")
    return transport, served[0]


def _renderer(tokenizer: str, system: str, loading: Loading) -> Callable[[str], str]:
    """What a question is put as; without the beginning of text if the server's tokenizer will set it."""
    from engine.models.loading import find_folder, read_tokenizer
    from engine.models.writing import Writer

    writer = Writer(read_tokenizer(find_folder(tokenizer, loading), loading), (), system=system)
    first = writer.tokenizer.bos_token
    sets_it = bool(first) and writer.tokenizer.encode("1")[:1] == [writer.tokenizer.bos_token_id]

    def render(question: str) -> str:
        text = str(writer.tokenizer.decode(list(writer.prompt(question)), clean_up_tokenization_spaces=False))
        return text.removeprefix(first) if sets_it else text

    return render
