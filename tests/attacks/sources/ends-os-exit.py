# question: center
# says: ended Python
# The process ends with the status that means success.
import os

os._exit(0)
