# question: faster
# says: took longer than
# Right and fast while nobody takes the time, then silent.
calls = []


def faster(x):
    calls.append(1)
    if len(calls) > 1:
        time.sleep(3600)
    return 2 * x
