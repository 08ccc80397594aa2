"""Random numbers that are the same in every language: mulberry32."""

__all__ = ["uniforms"]


def uniforms(seed):
    """A function that returns the next of the numbers from 0 to below 1.

    Args:
      seed: an int; the numbers repeat after 2³² of them.

    Source: Tommy Ettinger's mulberry32, in the public domain.
    """
    state = int(seed)

    def uniform():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        mixed = (state ^ state >> 15) * (state | 1) & 0xFFFFFFFF
        more = (mixed ^ mixed >> 7) * (mixed | 61) & 0xFFFFFFFF
        mixed ^= (mixed + more) & 0xFFFFFFFF
        return (mixed ^ mixed >> 14) / 2**32

    return uniform
