"""The common log keeps every error and drops what nobody can act on."""

from __future__ import annotations

from latido.supervisor.quiet import quiet

NOISE = """\
lib/validation.py:134: DeprecationWarning: pkg_resources is deprecated as an API.
  import pkg_resources
lib/__init__.py:3117: DeprecationWarning: Deprecated call to `declare_namespace('ruamel')`.
Implementing implicit namespace packages (as specified in PEP 420) is preferred
  declare_namespace(pkg)
2026-11-23 09:18:40,030 INFO rasa_sdk.executor - Registered function for 'action_media'.
2026-11-23 09:18:46 INFO     root  - Starting Rasa server on http://127.0.0.1:5005""".splitlines()

WORTH_READING = """\
2026-11-23 09:18:48 INFO     bot.startup  - Latido's bot serves model 6df1.
WARNING latido.messaging.turns: the bot cannot be reached: ConnectionError
Traceback (most recent call last):
  File "server.py", line 133, in serve
    http_server = loop.run_until_complete(server_coroutine)
OSError: [Errno 98] address already in use""".splitlines()


def test_noise_goes_and_errors_stay_with_their_tracebacks() -> None:
    assert list(quiet([*NOISE, *WORTH_READING, *NOISE])) == WORTH_READING
