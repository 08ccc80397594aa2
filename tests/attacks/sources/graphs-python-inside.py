# question: cube
# says: the graph did not run
# A graph that is only a call back into the student's Python.
@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def cube(x):
    result = tf.numpy_function(lambda a: a**3, [x], tf.float32)
    result.set_shape(x.shape)
    return result
