"""The set of chapter 3: its rules are TensorFlow's, its checks are fair."""

import random

import pytest
from exercising import COMMITTED, answered, said

from flowbook.exercises import NotAttempted, source
from flowbook.exercises.student import Local

(PATH,) = (path for path in COMMITTED if path.stem == "tf-data")
SET = source.read(PATH).exercises
RIGHT = [
    (
        "epoch-time",
        """
def epoch_ms(t_in, t_train, steps, prefetch=False):
    is_read = is_done = 0.0
    for _ in range(steps):
        is_read = max(is_read, 0 if prefetch else is_done) + t_in
        taken = max(is_read, is_done)
        is_read, is_done = max(is_read, taken), taken + t_train
    return np.float64(is_done)

def utilization(t_in, t_train, steps, prefetch=False):
    return float(t_train * steps / epoch_ms(t_in, t_train, steps, prefetch))
""",
    ),
    (
        "workers",
        """
def step_ms(read, mapping, train, workers):
    return float(sorted([read, train, mapping / workers + read / workers])[2])

def workers_needed(read, mapping, train):
    fitting = [n for n in range(1, read + mapping + 1)
               if step_ms(read, mapping, train, n) <= train]
    return min(fitting, default=None)
""",
    ),
    (
        "buffer",
        """
def makespan(reads, trains, prefetch):
    now, waiting, reading, training = 0, 0, None, None
    to_read, to_train = list(reads), list(trains)
    while to_train or training is not None:
        if training is None and waiting:
            waiting, training = waiting - 1, now + to_train.pop(0)
        held = waiting + (reading is not None)
        free = held < prefetch or (prefetch == 0 and training is None)
        if reading is None and to_read and free:
            reading = now + to_read.pop(0)
        elif training is None and waiting:
            continue
        now = min(time for time in (reading, training) if time is not None)
        if reading == now:
            reading, waiting = None, waiting + 1
        if training == now:
            training = None
    return now
""",
    ),
    (
        "order",
        """
def batches(numbers, size, epochs):
    rng, found = np.random.default_rng(), []
    for _ in range(epochs):
        order = rng.permutation(numbers)
        found += [order[i:i + size].tolist()
                  for i in range(0, len(order), size)]
    return tuple(found)
""",
    ),
    (
        "order",
        """
def batches(numbers, size, epochs):
    dataset = tf.data.Dataset.from_tensor_slices(numbers)
    return [batch for _ in range(epochs) for batch in
            dataset.shuffle(10 * len(numbers)).batch(size).prefetch(1)]
""",
    ),
    (
        "shuffle",
        """
def shuffled(items, size, seed):
    dataset = tf.data.Dataset.from_tensor_slices(items).shuffle(size, seed)
    return list(dataset.as_numpy_iterator())

def smallest_buffer(order):
    size = 1
    while any(n >= place + size for place, n in enumerate(order)):
        size += 1
    return size
""",
    ),
    (
        "shuffle",
        """
def shuffled(items, size, seed):
    rng, waiting, buffer, out = random.Random(seed), iter(items), [], []
    while True:
        while len(buffer) < size:
            try:
                buffer.append(next(waiting))
            except StopIteration:
                break
        if not buffer:
            return out
        place = rng.randrange(len(buffer))
        buffer[place], buffer[-1] = buffer[-1], buffer[place]
        out.append(buffer.pop())

def smallest_buffer(order):
    return int(np.max(np.array(order) - np.arange(len(order)))) + 1
""",
    ),
    (
        "leak",
        """
def split(numbers, held_out, epochs, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(numbers)
    validation, training = order[:held_out], order[held_out:]
    return [(validation, rng.permutation(training)) for _ in range(epochs)]
""",
    ),
    (
        "leak",
        """
def split(numbers, held_out, epochs, seed):
    mixed = random.Random(seed).sample(numbers, len(numbers))
    dataset = tf.data.Dataset.from_tensor_slices(mixed)
    validation = dataset.take(held_out).shuffle(held_out)
    training = dataset.skip(held_out).shuffle(len(numbers)).batch(999)
    return [[[int(n) for n in validation], next(iter(training)).numpy()]
            for _ in range(epochs)]
""",
    ),
    (
        "views",
        """
def views(photos, epochs, seed):
    def shift(number, photo):
        columns = tf.random.stateless_uniform(
            [], [seed, number], 0, photo.shape[1], tf.int64)
        return tf.roll(photo, columns, axis=1)

    dataset = tf.data.Dataset.from_tensor_slices(photos).cache()
    dataset = dataset.repeat(epochs).enumerate().map(
        shift, num_parallel_calls=2).batch(len(photos))
    return np.array(list(dataset.as_numpy_iterator()))
""",
    ),
    (
        "views",
        """
def views(photos, epochs, seed):
    def shift(photo, number):
        return tf.roll(photo, number % photo.shape[1], axis=1)

    numbers = tf.data.Dataset.random(seed, rerandomize_each_iteration=True)
    dataset = tf.data.Dataset.from_tensor_slices(photos).cache()
    dataset = tf.data.Dataset.zip(dataset, numbers).map(shift)
    dataset = dataset.batch(len(photos)).repeat(epochs).batch(epochs)
    return next(iter(dataset))
""",
    ),
    (
        "views",
        """
def views(photos, epochs, seed):
    rng = np.random.default_rng(seed)
    return np.array([
        [np.roll(photo, rng.integers(photo.shape[1]), axis=1)
         for photo in photos] for _ in range(epochs)])
""",
    ),
    (
        "faster",
        """
def features(recordings, gains):
    spectra = np.stack([spectrum(recording) for recording in recordings])
    return [gain * spectra for gain in gains]
""",
    ),
    (
        "faster",
        """
def features(recordings, gains):
    dataset = tf.data.Dataset.from_tensor_slices(recordings)
    dataset = dataset.map(
        lambda one: tf.numpy_function(spectrum, [one], tf.float32),
        num_parallel_calls=tf.data.AUTOTUNE)
    ready = next(iter(dataset.batch(len(recordings))))
    dataset = tf.data.Dataset.from_tensor_slices(gains)
    return [one for one in dataset.map(lambda gain: ready * gain)]
""",
    ),
    (
        "buckets",
        """
def bucketed(sentences, boundaries, size):
    edges, found = [0, *boundaries, 10**6], []
    for low, high in zip(edges, edges[1:]):
        fit = [s for s in sentences if low <= len(s) < high]
        for start in range(0, len(fit), size):
            some = tf.ragged.constant(fit[start:start + size])
            found.append(some.to_tensor())
    return found[::-1]
""",
    ),
    (
        "buckets",
        """
def bucketed(sentences, boundaries, size):
    dataset = tf.data.Dataset.from_tensor_slices(
        tf.ragged.constant(sentences, dtype=tf.int64)).map(lambda s: s)
    limits = tf.constant([*boundaries, 10**6], tf.int32)
    dataset = dataset.group_by_window(
        lambda s: tf.reduce_sum(tf.cast(tf.size(s) >= limits, tf.int64)),
        lambda _, some: some.padded_batch(size), window_size=size)
    return [batch.tolist() for batch in dataset.as_numpy_iterator()]
""",
    ),
    (
        "records",
        """
def framed(content):
    size = len(content).to_bytes(8, "little")
    return size + checksum(size) + content + checksum(content)

def write(folder, photos, labels):
    with open(folder + "/photos.tfrecord", "wb") as file:
        for photo, label in zip(photos, labels):
            example = tf.train.Example()
            feature = example.features.feature
            feature["label"].int64_list.value.append(label)
            feature["made by"].bytes_list.value.append(b"hand")
            feature["shape"].int64_list.value[:] = photo.shape
            feature["weight"].float_list.value.append(1.5)
            pixels = bytes(photo.ravel().tolist())
            feature["pixels"].bytes_list.value.append(pixels)
            file.write(framed(example.SerializeToString()))

def read(folder):
    photos, labels = [], []
    dataset = tf.data.TFRecordDataset(folder + "/photos.tfrecord")
    for record in dataset.as_numpy_iterator():
        feature = tf.train.Example.FromString(record).features.feature
        pixels = feature["pixels"].bytes_list.value[0]
        shape = feature["shape"].int64_list.value
        photos.append(np.frombuffer(pixels, np.uint8).reshape(shape))
        labels.extend(feature["label"].int64_list.value)
    return [photos, np.array(labels)]
""",
    ),
    (
        "salvage",
        """
def salvage(folder):
    import struct

    with open(folder + "/readings.tfrecord", "rb") as file:
        data = memoryview(file.read())
    starts = [at for at in range(len(data) - 11)
              if checksum(data[at:at + 8]) == data[at + 8:at + 12]]
    texts, lost, at = [], 0, 0
    while at < len(data):
        if at not in starts:
            lost += 1
            at = min([n for n in starts if n > at], default=len(data))
            continue
        (size,) = struct.unpack("<Q", data[at:at + 8])
        content = data[at + 12:at + 12 + size]
        if data[at + 12 + size:at + 16 + size] == checksum(content):
            texts.append(str(bytes(content), "ascii"))
        else:
            lost += 1
        at += 16 + size
    return tuple(texts), lost
""",
    ),
    (
        "resume",
        """
def next_batches(folder, numbers, size, seed, steps):
    import json
    import os

    path, done = os.path.join(folder, "done.json"), 0
    if os.path.exists(path):
        with open(path) as file:
            done = json.load(file)
    order = random.Random(seed).sample(numbers, len(numbers))
    batches = [order[i:i + size] for i in range(0, len(order), size)]
    with open(path, "w") as file:
        json.dump(done + steps, file)
    return batches[done:done + steps]
""",
    ),
    (
        "resume",
        """
def next_batches(folder, numbers, size, seed, steps):
    done = sum(tf.io.gfile.exists(f"{folder}/{n}") for n in range(999))
    dataset = tf.data.Dataset.from_tensor_slices(numbers)
    dataset = dataset.shuffle(len(numbers), seed=seed).batch(size)
    batches = list(dataset.skip(done).take(steps).as_numpy_iterator())
    for number in range(done, done + len(batches)):
        with tf.io.gfile.GFile(f"{folder}/{number}", "w") as file:
            file.write("done")
    return batches
""",
    ),
]
TRIFLES = {  # changes to what was handed out that help nothing
    "order": ("dataset.shuffle(10)", "dataset.shuffle(12)"),
    "leak": ("range(epochs)", "range(0, epochs)"),
    "views": ("map(shifted)", "map(shifted, num_parallel_calls=2)"),
    "faster": (".map(louder)", ".map(louder).prefetch(2)"),
}


@pytest.mark.parametrize(("question", "code"), RIGHT)
def test_a_right_answer_of_another_kind_earns_every_point(question, code):
    code = f"import random\n{code}"
    instead = {question.replace("-", "_"): code}
    exercise = answered(SET, **instead)[question]
    exercise.check()
    assert exercise.outcome.earned == exercise.points, said(exercise)


@pytest.mark.parametrize("question", TRIFLES)
def test_what_was_handed_out_earns_nothing_by_a_trifle(question):
    stub = SET.question(question).stub
    old, new = TRIFLES[question]
    assert old in stub
    exercise = answered(SET, **{question: stub.replace(old, new)})[question]
    exercise.check()
    assert exercise.outcome.earned == 0, said(exercise)


def test_the_checksum_and_the_records_are_those_of_tensorflow(tmp_path):
    import tensorflow as tf

    texts = [f"reading {n}: {'x' * n}" for n in range(0, 300, 37)]
    path = tmp_path / "readings.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for text in texts:
            writer.write(text.encode())
    answers = answered(SET).namespace
    assert answers["salvage"](tmp_path) == (texts, 0)
    changed = bytearray(path.read_bytes())
    changed[14] ^= 1
    path.write_bytes(changed)
    assert answers["salvage"](tmp_path) == (texts[1:], 1)


def test_no_shuffle_of_tensorflow_reaches_further_than_its_buffer():
    import tensorflow as tf

    smallest = answered(SET).namespace["smallest_buffer"]
    for size in (1, 2, 7, 30):
        dataset = tf.data.Dataset.range(400).shuffle(size, seed=size)
        order = [int(n) for n in dataset]
        assert smallest(order) == size  # in 400 draws it is used in full


def test_a_simulated_epoch_is_the_formulas_with_constant_durations():
    answers = answered(SET).namespace
    rng = random.Random(1)
    for _ in range(50):
        t_in, t_train = rng.randint(1, 30), rng.randint(1, 30)
        steps, depth = rng.randint(1, 9), rng.randint(1, 4)
        for prefetch in (False, True):
            simulated = answers["makespan"](
                [t_in] * steps, [t_train] * steps, depth * prefetch
            )
            formula = answers["epoch_ms"](t_in, t_train, steps, prefetch)
            assert simulated == formula


def test_the_page_names_its_points_and_questions():
    text = PATH.read_text("utf-8")
    assert f"for {SET.points} points in all" in text
    assert "These twelve questions" in text and len(SET.questions) == 12


def test_a_race_has_new_recordings_in_each_round():
    """What was computed in one round is of no use in the next."""
    exercises = answered(SET)
    ((_, check),) = exercises.checks_of("faster")
    seen = []

    class Drawing(Local):
        def race(self, name, given, draw, enough):
            seen.extend(draw()[0] for _ in range(3))
            raise NotAttempted(name)

    with pytest.raises(NotAttempted):
        check(Drawing(exercises.namespace), random.Random(3))
    first = {recording[0] for recordings in seen for recording in recordings}
    assert len(first) == sum(map(len, seen))
