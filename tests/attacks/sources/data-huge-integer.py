# question: half
# says: half
half = 10**4000
