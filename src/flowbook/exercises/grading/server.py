"""The fork server: it imports TensorFlow once, and forks when it is asked.

Started by ``exec``, before the key is read, with an environment and a command
line that name nothing: what it has in its memory, every sandbox has too. It
runs no TensorFlow operation, since no process may fork after one.

A request is one message with file descriptors::

    judge            wire, and the judge's and the server's end of a channel
                     for further requests
    <role> <mode> <folder>    life, wire: a sandbox for a worker or a room
"""

import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import traceback

from flowbook.exercises.grading import room, sandbox, worker
from flowbook.exercises.grading.wire import Wire

__all__ = ["main"]

ROLES = {"worker": worker.serve, "room": room.serve}
MODULES = """
tensorflow keras numpy
flowbook.exercises.artifacts flowbook.exercises.models
flowbook.exercises.grading.judge
"""


def main():
    """Serve requests on the socket whose number is the only argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for module in MODULES.split():
        importlib.import_module(module)
    # Objects that no process writes to stay shared among them.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(b"ready")
    serve(control)


def serve(control):
    """Answer requests until ``control`` is closed by the other side."""
    waiting = selectors.DefaultSelector()
    waiting.register(control, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            message, descriptors, _, _ = socket.recv_fds(key.fileobj, 1024, 3)
            if message:
                _answer(message.decode(), descriptors, waiting)
            elif key.fileobj is control:
                return
            else:
                waiting.unregister(key.fileobj)
                key.fileobj.close()


def _answer(message, descriptors, waiting):
    """Fork for one request; only the server returns from here."""
    sockets = [socket.socket(fileno=number) for number in descriptors]
    kind, *rest = message.split(" ", 2)
    if kind == "judge":
        wire, channel, own = sockets
        if os.fork() == 0:
            _judge(wire, channel)
        waiting.register(own, selectors.EVENT_READ)
        used = [wire, channel]
    else:
        life, wire = used = sockets
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            mode, folder = rest
            sandbox.watch(
                mode, folder, life, wire, lambda: ROLES[kind](Wire(wire))
            )
    for sock in used:
        sock.close()


def _judge(wire, channel):
    from flowbook.exercises.grading import judge
    from flowbook.exercises.grading.launch import Forked

    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sandbox.keep_open(wire.fileno(), channel.fileno())
        judge.serve(Wire(wire), lambda plan: Forked(channel, **plan))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
