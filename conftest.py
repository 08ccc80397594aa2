"""Every kernel that a test starts runs as the book's kernels run.

Learners' notebooks are not executed: they have no outputs to compare.
"""

import os

from flowbook.publish.kernel import environment

collect_ignore_glob = ["notebooks/exercises/*"]
os.environ.update(environment())
