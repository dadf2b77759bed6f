"""Twilio's signature over the public URL and every form parameter."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, urlsplit

from latido.bridge.parsing import Form

_USUAL_PORTS = {"https": 443, "http": 80}


class SignatureCheck:
    """Accepts what one of the account's auth tokens signed; two tokens are valid while one replaces the other."""

    def __init__(self, auth_tokens: Sequence[str], base_url: str) -> None:
        self._tokens = [token.encode() for token in auth_tokens]
        self._bases = tuple(_spellings(urlsplit(base_url.rstrip("/"))))

    def accepts(self, path: str, query: str, form: Form, signature: str | None) -> bool:
        """Whether `signature` is Twilio's for this form at our public URL; False when there is none."""
        if not signature or not signature.isascii():
            return False
        signed = _signed_part(path + (f"?{query}" if query else ""), form)
        return any(
            hmac.compare_digest(b64encode(hmac.digest(token, base + signed, "sha1")), signature.encode())
            for token in self._tokens
            for base in self._bases
        )


def _signed_part(target: str, form: Form) -> bytes:
    """All that Twilio signs after the host: the parameters by name, of those given twice each value once."""
    parameters = sorted(set(form.pairs))
    return "".join([target, *(part for pair in parameters for part in pair)]).encode()


def _spellings(base: SplitResult) -> Iterator[bytes]:
    """The base URL without its port and with it: Twilio signs one or the other."""
    host = base.netloc.removesuffix(f":{base.port}") if base.port else base.netloc
    port = base.port or _USUAL_PORTS.get(base.scheme, 80)
    yield base._replace(netloc=host).geturl().encode()
    yield base._replace(netloc=f"{host}:{port}").geturl().encode()
