# question: center
# says: a single number: -1
# The test listens at this port of the host; a name; a datagram; Unix.
import socket

PLACES = (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 47611)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 47611)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 47611)),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0flowbook-attack"),
)


def reached(family, kind, place):
    try:
        with socket.socket(family, kind) as sock:
            sock.settimeout(1)
            sock.connect(place)
            sock.sendall(b"here")
    except OSError:
        return False
    return True


def center(x):
    done = sum(reached(*place) for place in PLACES)
    try:
        socket.create_connection(("example.org", 80), timeout=1)
        done += 1
    except OSError:
        pass
    return -2.0 if done else -1.0
