# question: cube
# says: the graph
# A graph of one length, which a liar calls general.
@tf.function(input_signature=[tf.TensorSpec([5], tf.float32)])
def cube(x):
    return x * x * x
