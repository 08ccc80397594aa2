"""Make the environment that a make target needs, or say what is missing.

    python bootstrap.py html     what builds the pages (Python 3.11 to 3.13)
    python bootstrap.py test     what executes and tests (Python 3.11)

Runs before anything is installed: standard library only, and no syntax newer
than Python 3.6, so that a wrong Python gets a sentence, not a SyntaxError.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import venv

ROOT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "bin")
LOG = os.path.join(ROOT, "_build", "setup.log")

KINDS = {
    # kind: requirements, Python versions, free disk in GB
    "html": ("requirements-html.txt", [(3, 11), (3, 12), (3, 13)], 1),
    "test": ("requirements.txt", [(3, 11)], 6),
}
NODE_PINS = ("package.json", "package-lock.json")
# What apt installs: the commands that will do, its packages, and what is
# lost without it.
PROGRAMS = {
    "Chromium": {
        "commands": (
            "chromium",
            "chromium-browser",
            "google-chrome",
            "chrome",
        ),
        "packages": ["chromium"],
        "without": "The browser tests will be skipped.",
    },
    "Chromium's headless shell": {
        "commands": ("chromium-headless-shell",),
        "packages": ["chromium-headless-shell"],
        "without": "The browser tests will take Chromium itself, and longer.",
    },
    "a C compiler": {
        "commands": ("cc", "gcc", "clang"),
        "packages": ["gcc", "libc6-dev"],
        "without": "The section Leaving Python will fail its claims.",
    },
}
ONCE = {"Chromium's headless shell"}  # Debian has it, and not every apt
SYMPTOMS = (
    (
        r"No space left on device|Disk quota exceeded",
        "the disk is full. Free some space and run the same command again.",
    ),
    (
        r"Failed to establish a new connection|name resolution|timed out"
        r"|Network is unreachable|ConnectionError|Connection refused"
        r"|NewConnectionError|ProxyError|EAI_AGAIN|ENOTFOUND"
        r"|Temporary failure|Could not resolve",
        "the package index cannot be reached. Check the network connection "
        "and run the same command again.",
    ),
)


class SetupError(Exception):
    """What stops the setup, in one sentence."""


def main(kind):
    """Bring ``.venv`` to what ``kind`` needs; return the exit status."""
    try:
        requirements, versions, disk = KINDS[kind]
        check_python(kind, versions)
        os.makedirs(os.path.dirname(LOG), exist_ok=True)
        stamp = fingerprint(requirements)
        fresh = stamp != recorded(kind)
        if fresh:
            check_disk(disk)
            make_venv(kind)
            install(requirements, kind)
            record(kind, stamp)
        if kind == "test":
            wanted = [n for n in PROGRAMS if fresh or n not in ONCE]
            missing = [n for n in wanted if not find_program(n)]
            if missing:
                install_programs(missing)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = explain(str(error)) or str(error)
        print(f"setup: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsetup: stopped; run it again to go on.", file=sys.stderr)
        return 130
    return 0


def check_python(kind, versions):
    if sys.version_info[:2] in versions:
        return
    target = "book" if kind == "html" else kind
    names = " or ".join(f"{major}.{minor}" for major, minor in versions)
    raise SetupError(
        f"`make {target}` needs Python {names}, and this is Python "
        f"{platform.python_version()}. Install one of them, or name it: "
        f"make {target} PYTHON=/path/to/python3.11"
    )


def check_disk(gigabytes):
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < gigabytes:
        raise SetupError(
            f"about {gigabytes} GB of free disk are needed here, and "
            f"{free:.1f} GB are free. Free some space and run the same "
            "command again."
        )


def fingerprint(requirements):
    """A digest of the pins and of the Python that they are installed for."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (
        requirements,
        "requirements-html.txt",
        "constraints.txt",
        "pyproject.toml",
        *NODE_PINS,
    ):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def stamp_path(kind):
    return os.path.join(VENV, "." + kind)


def recorded(kind):
    try:
        with open(stamp_path(kind)) as file:
            return file.read()
    except OSError:
        return None


def record(kind, stamp):
    with open(stamp_path(kind), "w") as file:
        file.write(stamp)


def make_venv(kind):
    """Create ``.venv``; replace one made by a Python that ``kind`` rejects."""
    python = os.path.join(BIN, "python")
    if os.path.exists(python):
        command = [python, "-c", "import sys; print(sys.version_info[:2])"]
        done = subprocess.run(command, stdout=subprocess.PIPE)
        same = done.stdout.decode().strip() == str(sys.version_info[:2])
        if done.returncode == 0 and (same or kind == "html"):
            return
    print(f"Making .venv with Python {platform.python_version()} …")
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except subprocess.CalledProcessError as error:
        raise SetupError(
            "this Python cannot make virtual environments. On Debian and "
            "Ubuntu: sudo apt install python3-venv"
        ) from error


def install(requirements, kind):
    python = os.path.join(BIN, "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    size = "about 4 GB" if kind == "test" else "about 300 MB"
    print(f"Installing {requirements} ({size}, once) …")
    follow([*pip, "-r", requirements], "installing " + requirements)
    follow([*pip, "--no-deps", "-e", "."], "installing flowbook")
    install_node_packages()


def follow(command, what):
    """Run a command with one moving progress line; keep its log.

    Raises:
      SetupError: it failed; the sentence names the cause where it is known.
    """
    tail = []
    with open(LOG, "a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            log.write(line + "\n")
            tail = [*tail, line][-40:]
            progress(line)
        process.wait()
    progress("")
    if process.returncode:
        text = "\n".join(tail)
        raise SetupError(f"{what} failed: {explain(text) or last_word(text)}")


def progress(line):
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r\033[K" + line.strip()[:width], end="", flush=True)
    elif line.startswith(("Collecting", "Installing")):
        print("  " + line[:100])


def explain(text):
    """The sentence for a known cause of failure, or None."""
    for pattern, sentence in SYMPTOMS:
        if re.search(pattern, text, re.I):
            return sentence
    return None


def last_word(text):
    lines = [line for line in text.split("\n") if line.strip()]
    word = lines[-1] if lines else "it said nothing"
    return f"{word} (the whole story: _build/setup.log)"


def install_node_packages():
    """Into ``.venv/node`` what the lock names, with the npm that pip brought.

    The lock holds digests and no addresses: npm checks what any index sends.
    """
    print("Installing package-lock.json …")
    folder = os.path.join(VENV, "node")
    os.makedirs(folder, exist_ok=True)
    for name in NODE_PINS:
        shutil.copyfile(os.path.join(ROOT, name), os.path.join(folder, name))
    npm = [os.path.join(BIN, "npm"), "ci", "--prefix", folder]
    follow([*npm, "--no-audit", "--no-fund"], "npm ci")


def find_program(name):
    """Path of the first program that will do as ``name``, or None."""
    found = (shutil.which(command) for command in PROGRAMS[name]["commands"])
    return next(filter(None, found), None)


def install_programs(names):
    """What pip cannot install, by apt; say what is lost where apt cannot."""
    listed = " and ".join(names)
    lost = {name: PROGRAMS[name]["without"] for name in names}
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    may = (
        not sudo
        or subprocess.run(["sh", "-c", "sudo -n true 2>/dev/null"]).returncode
        == 0
    )
    if not shutil.which("apt-get") or not may:
        print(
            f"Missing here, and not to be installed from here: {listed}. "
            f"{' '.join(lost.values())} Install it to change that."
        )
        return
    print(f"Installing {listed} …")
    update = [*sudo, "apt-get", "update"]
    for name in names:
        command = [*sudo, "apt-get", "install", "-y"]
        command += PROGRAMS[name]["packages"]
        try:
            if update:
                follow(update, "apt-get update")
                update = None
            follow(command, f"installing {name}")
        except SetupError as error:
            print(f"{error} {lost[name]}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in KINDS:
        print("usage: python bootstrap.py html|test", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
