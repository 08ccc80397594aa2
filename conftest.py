"""Every kernel that a test starts runs as the book's kernels run."""

import os

from flowbook.publish.kernel import environment

os.environ.update(environment())
