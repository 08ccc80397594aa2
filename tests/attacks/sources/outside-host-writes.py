# question: center
# says: a single number: -1
# Files wherever the host would notice, and changes to what is shared.
import os
import sys


def written(path, mode="a"):
    try:
        with open(path, mode) as file:
            file.write("flowbook-attack-was-here")
    except OSError:
        return False
    return True


def center(x):
    with open("/tmp/flowbook-attack-was-here", "w") as file:
        file.write("in the sandbox's own /tmp")
    shared = [np.__file__, os.__file__, tf.__file__, sys.modules[
        "flowbook.exercises.grading.judge"].__file__]
    places = ["/flowbook-attack", "/etc/flowbook-attack", "/root/x",
              "/usr/lib/x.so", "/proc/sys/kernel/hostname", "/dev/x"]
    done = sum(map(written, shared + places))
    for name in shared:
        for change in (os.unlink, lambda path: os.chmod(path, 0o777)):
            try:
                change(name)
                done += 1
            except OSError:
                pass
    return -2.0 if done else -1.0
