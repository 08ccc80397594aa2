"""How every kernel of the book runs: one place for execution and tests."""

__all__ = ["CELL_TIMEOUT", "environment"]

CELL_TIMEOUT = 300  # seconds


def environment():
    """Environment variables of a kernel that runs the book.

    Two intra-op threads and no oneDNN make the printed digits repeat;
    both log settings together are what keeps TensorFlow's log out.
    """
    return {
        "FLOWBOOK_STRICT": "1",
        "KERAS_BACKEND": "tensorflow",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_NUM_INTRAOP_THREADS": "2",
    }
