"""The order of `order:random`: the same for the same seed, in Python and in SQL."""

from hashlib import sha256
from typing import Final

SHUFFLE_PRIME: Final = 2**31 - 1


def shuffle_factors(seed: int) -> tuple[int, int]:
    """The two numbers that `shuffled` works with, each from 1 to `SHUFFLE_PRIME - 1`."""
    digest = sha256(str(seed).encode()).digest()
    first, second = (1 + int.from_bytes(digest[at : at + 8]) % (SHUFFLE_PRIME - 1) for at in (0, 8))
    return first, second


def shuffled(post_id: int, seed: int) -> int:
    """Where a post stands in the random order of this seed; the lowest comes first.

    Whole numbers below 2**63 all the way, so that SQL can say the same: with `m, a = shuffle_factors(seed)`,
    `x = ((post_id % p) * m + a) % p`, and the place is `(x * x) % p`.
    """
    multiplier, addend = shuffle_factors(seed)
    x = ((post_id % SHUFFLE_PRIME) * multiplier + addend) % SHUFFLE_PRIME
    return (x * x) % SHUFFLE_PRIME
