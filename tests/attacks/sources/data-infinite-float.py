# question: half
# says: inf
half = float("inf")
