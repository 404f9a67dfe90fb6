"""What is read ahead: what Curves, PRM lab and Compare show first takes seconds the first time.

What is read lies on the shelves that the pages take it from. Then each page is made once for nobody, which loads its
code and draws its figures.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from app import curve_data, data, pairing, prm_data

TREES, NODES = 30_000, 2_000_000
"""The most that is read ahead: about three times what the sample runs hold."""


def pieces(visit: Callable[[str], object]) -> Iterator[Callable[[], object]]:
    """What pages show before anything is chosen, each piece read in a fraction of a second; `visit`: makes a page."""
    little = _is_little(data.list_runs())
    if little:
        yield partial(visit, "tree")  # where most go first
    for name, refs in list(data.collections().items())[:1]:
        if not _is_little(refs):
            continue
        yield partial(curve_data.trees, name)
        for key in data.pools_of(name):
            yield partial(data.pool, key)
        yield partial(_curves, name)
        yield partial(visit, "curves")
    for refs in list(prm_data.sources().values())[:1]:
        if not _is_little(refs):
            continue
        for ref in refs:
            yield partial(prm_data.reading, ref)
        yield partial(prm_data.quality, prm_data.chosen(refs, prm_data.EXACT, shared=False))
        yield partial(visit, "prm_lab")
    if little:
        yield lambda: pairing.offers(data.list_runs())
        for page in ("compare", "whatif", "learn"):
            yield partial(visit, page)


def _is_little(refs: Sequence[data.RunRef]) -> bool:
    """Whether these runs are read in seconds and held in some megabytes: of larger ones nothing is read unasked."""
    known = {ref.key: ref.info for ref in refs if ref.info}
    if sum(info.problems for info in known.values()) > TREES:
        return False
    return sum(summary.nodes for key in known for summary in data.open_run(key).summaries) <= NODES


def _curves(name: str) -> None:
    """The points and lines of the first plot."""
    trees = curve_data.trees(name)
    curve_data.front(trees, "policy_tokens")
    pooled = curve_data.pooled(name, trees)
    curve_data.lines_of(pooled, "policy_tokens")
    curve_data.points(pooled, "policy_tokens", "accuracy")
