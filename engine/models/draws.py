"""Random numbers that belong to a place in a tree, not to a moment in a run.

A child's seed comes from the run's seed, the problem and the child's place; the number for its
t-th token is a hash of the seed and t. So a tree is the same alone and in a crowd, in one sitting
or resumed. The mixing function is SplitMix64 (Steele et al. 2014, doi:10.1145/2660193.2660195).
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


def child_seed(run_seed: int, problem_id: str, place: Sequence[int]) -> int:
    """64 bits for the node at `place` (child indices from the root)."""
    text = f"{run_seed}|{problem_id}|{'.'.join(map(str, place))}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def uniforms(seeds: NDArray[np.uint64], t: int) -> NDArray[np.float64]:
    """One number in [0, 1) for each seed at token `t`. Shape as `seeds`."""
    z = seeds + np.uint64((0x9E3779B97F4A7C15 * (t + 1)) % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53
