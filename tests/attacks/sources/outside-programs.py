# question: center
# says: a single number: -1
# Shells and programs, and code written to a file.
import os
import subprocess
import sys


def center(x):
    done = 0
    for command in (["/bin/sh", "-c", "true"], [sys.executable, "-c", ""]):
        try:
            done += subprocess.run(command).returncode == 0
        except OSError:
            pass
    try:
        done += os.system("true") == 0
        os.execv("/lib64/ld-linux-x86-64.so.2", ["ld", "/bin/true"])
    except OSError:
        pass
    return -2.0 if done else -1.0
