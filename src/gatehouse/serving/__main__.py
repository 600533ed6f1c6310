"""A process that serves, as ``gatehouse serve`` becomes one: ``python -m gatehouse.serving HOST PORT WORKERS [WISH]…``.

Wishes are ``migrate`` and ``demo``. Beside the command line, because a server keeps in memory all that it has imported,
for as long as it runs. Named ``__main__``, so that the processes of ``--workers`` do not run it again.
"""

from __future__ import annotations

import sys

from gatehouse.ending import end_when_told, in_words

end_when_told()
with in_words():
    from gatehouse.serving.process import serve  # takes a second, in which Ctrl-C may come

    host, port, workers, *wishes = sys.argv[1:]
    serve(host, int(port), int(workers), wishes)
