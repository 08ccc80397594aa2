"""Hidden inputs: which seeds a student's answers are checked with.

Each part of a question runs with seed 0, as in the notebook, and with
``HIDDEN`` seeds more, which only the holder of the key can compute.
"""

import hashlib
import hmac
import json
import random

from flowbook.exercises.checking import LOCAL_SEED

__all__ = [
    "HIDDEN",
    "KEY_BYTES",
    "MOST_KEY_BYTES",
    "fingerprint",
    "generators",
]

HIDDEN = 3
KEY_BYTES, MOST_KEY_BYTES = 16, 4_096


def generators(key, student, question, part):
    """A ``random.Random`` for each run of one part of a question.

    Args:
      key: bytes, the course's key.
      student, question: ids.
      part: number of the check within its question, from 1.
    """
    yield random.Random(LOCAL_SEED)
    for run in range(1, HIDDEN + 1):
        # As JSON: no two lists of ids read alike.
        text = json.dumps([student, question, part, run])
        digest = hmac.digest(key, text.encode(), hashlib.sha256)
        yield random.Random(int.from_bytes(digest, "big"))


def fingerprint(key):
    """Says that two runs used the same key, and nothing about it."""
    text = b"flowbook grade: fingerprint of the key"
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:16]
