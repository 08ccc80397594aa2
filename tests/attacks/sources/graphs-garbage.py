# question: cube
# says: the graph of cube
from flowbook.exercises import artifacts

real = artifacts.graph_parts


def garbage(namespace, name, specs):
    parts = vars(real(namespace, name, specs))
    return artifacts.GraphParts(b"\xff" * 10_000, *list(parts.values())[1:])


artifacts.graph_parts = garbage


@tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
def cube(x):
    return x * x * x
