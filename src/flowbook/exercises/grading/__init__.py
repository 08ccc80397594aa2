"""The grader: a judge that is trusted, and sandboxes that are not.

Scoring never happens where a student's code runs. Which file runs where:

The command, trusted; reads the key
    ``command``, ``run``, ``papers``, ``exposure``, ``batch``, ``report``
The judge, trusted; a child of the fork server that gets the key afterwards
    ``judge``, ``submission``, ``session``, ``remote``, ``seeds``
The fork server, trusted; has no secret, so that its children inherit none
    ``server``, and ``launch`` on the side of who asks it
Around a sandbox, until the student's code begins
    ``sandbox``, ``root``, ``limits``, ``seccomp``, ``kernel``
In a sandbox, trusted by nobody
    ``worker`` (a student's cells), ``room`` (graphs, SavedModels, models)
In a sandbox without a student's code
    ``worker`` again, for what a student's function races against; the
    judge's clock times both, and the student's sandbox is halted meanwhile
On both sides of the wire
    ``wire`` (frames), ``values`` (plain data)
Without any isolation
    ``spawned``
"""
