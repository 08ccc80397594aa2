"""Before anything runs: can a sandbox reach what it must not see?"""

import os
import stat
from pathlib import Path

from flowbook.exercises.grading.papers import UsageError

__all__ = ["refuse"]


def refuse(options, papers):
    """Raise UsageError if a secret lies where submissions can read it.

    Args:
      options: of the command.
      papers: the submissions.
    """
    secrets = {
        "the key": options.key_file,
        "the folder of grades": options.out,
        **{f"the submission {p.path.name}": p.path for p in papers},
    }
    if options.set.endswith(".md"):
        secrets["the set"] = options.set
    if options.isolation == "namespaces":
        _refuse_visible(secrets)
    elif options.isolation == "container":
        out = Path(secrets.pop("the folder of grades"))
        del secrets[f"the submission {papers[0].path.name}"]
        _refuse_readable(secrets)
        if out.stat().st_mode & stat.S_IWOTH:
            raise UsageError(
                f"every user can write to {out}. Run: chmod o-w {out}"
            )


def _refuse_visible(secrets):
    """Sandboxes show the Python environment: nothing secret may be in it."""
    from flowbook.exercises.grading import root

    shown = {path.resolve() for path in root.visible()}
    for what, path in secrets.items():
        for folder in shown:
            if Path(path).resolve().is_relative_to(folder):
                raise UsageError(
                    f"{what} lies in {folder}, which every submission can "
                    "read. Move it elsewhere."
                )


def _refuse_readable(secrets):
    """Without namespaces, file modes are all that protects a secret."""
    from flowbook.exercises.grading import root

    if os.geteuid():
        raise UsageError(
            "--isolation=container must run as root, so that it can turn "
            "into a user without rights for the submission."
        )
    for what, path in secrets.items():
        if _open_to_all(Path(path).resolve()):
            raise UsageError(
                f"{what} can be read by every user. Run: chmod go= {path}"
            )
    for folder in root.visible():
        if not _open_to_all(folder):
            raise UsageError(
                f"expected {folder} to be readable by every user: the "
                "submission runs as a user without rights, with this "
                "Python. Install Python outside of root's home."
            )


def _open_to_all(path):
    """Whether any user may read ``path``, by the modes on the way to it."""
    way = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return way and bool(path.stat().st_mode & stat.S_IROTH)
