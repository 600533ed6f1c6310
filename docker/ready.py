"""The image's health check: exit code 0 if ``/readyz`` of this container answers 200, else 1.

Without urllib: a proxy in the environment must not be asked for our own address.
"""  # noqa: INP001 - a script

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException


def status(port: int) -> int | str:
    """The status of ``/readyz``, or why there is none."""
    connection = HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except (OSError, HTTPException) as exc:
        return str(exc)
    finally:
        connection.close()


if __name__ == "__main__":
    answer = status(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
    sys.exit(0 if answer == 200 else f"not ready: {answer}")  # noqa: PLR2004 - HTTP 200
