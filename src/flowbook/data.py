"""Real data that needs no download: what scikit-learn carries with it."""

import numpy as np

__all__ = ["digits", "photos"]


def digits(test_fraction=0.2, seed=0):
    """Handwritten digits, 8×8 pixels, split into training and test parts.

    Args:
      test_fraction: share of the 1,797 images kept for testing, in (0, 1).
      seed: seed of the split, which keeps the ten classes balanced.

    Returns:
      ``(x_train, y_train), (x_test, y_test)``: x float32 of shape
      (n, 8, 8, 1) with values in [0, 1], y int64 of shape (n,) in 0…9.

    Raises:
      ValueError: ``test_fraction`` is not between 0 and 1.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten
    Digits, UCI Machine Learning Repository, as bundled with scikit-learn.
    """
    if not 0 < test_fraction < 1:
        raise ValueError(
            "digits() expected test_fraction between 0 and 1, got "
            f"{test_fraction!r}. Try 0.2."
        )
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = (images / 16.0).astype(np.float32).reshape(-1, 8, 8, 1)
    x_train, x_test, y_train, y_test = train_test_split(
        images,
        labels.astype(np.int64),
        test_size=test_fraction,
        random_state=seed,
        stratify=labels,
    )
    return (x_train, y_train), (x_test, y_test)


def photos():
    """The two photographs that scikit-learn carries: a temple, a flower.

    Returns:
      uint8 array of shape (2, 427, 640, 3): image, height, width, RGB.

    Source: ``china.jpg`` by danielbuechele and ``flower.jpg`` by vultilion,
    both CC BY 2.0, as bundled with scikit-learn.
    """
    from sklearn.datasets import load_sample_images

    return np.stack(load_sample_images().images)
