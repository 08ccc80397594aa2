# question: export
# says: the SavedModel has a file
# A file of the SavedModel that would land elsewhere where it is unpacked.
from flowbook.exercises.grading import wire

real = wire.pack


def escaping(number, kind, body):
    if isinstance(body, dict) and "saved_model.pb" in body:
        body = {**body, "../../../flowbook-attack-was-here": b"x"}
    return real(number, kind, body)


wire.pack = escaping


def export(folder, factor):
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.float32)
    module.times = tf.function(lambda x: factor * x, input_signature=[spec])
    tf.saved_model.save(module, folder, signatures=module.times)
