# question: center
# says: SystemExit
import sys

sys.exit(0)
