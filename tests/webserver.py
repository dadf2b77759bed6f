"""A web server of the standard library whose door is wide enough for many callers at once."""

from __future__ import annotations

from http.server import ThreadingHTTPServer


class WebServer(ThreadingHTTPServer):
    """Lets 128 callers wait to be accepted.

    Five, the library's own number, turn the sixth of a burst away for a second: as long as our clients wait.
    """

    request_queue_size = 128
    daemon_threads = True
