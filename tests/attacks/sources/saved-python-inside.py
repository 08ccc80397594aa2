# question: export
# says: SavedModel
def export(folder, factor):
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.float32)

    def times(x):
        result = tf.numpy_function(lambda a: factor * a, [x], tf.float32)
        result.set_shape([None])
        return result

    module.times = tf.function(times, input_signature=[spec])
    tf.saved_model.save(module, folder, signatures=module.times)
