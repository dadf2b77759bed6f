"""A browser without scripts, as far as the console needs one."""

from __future__ import annotations

import re

import requests

PASSWORD = "una contraseña larga"


class Visitor:
    """A browser without scripts: keeps cookies, reads forms, follows no redirect by itself."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()
        self.http.trust_env = False

    def opens(self, path: str, **headers: str) -> requests.Response:
        return self.http.get(self.base + path, headers=headers, allow_redirects=False, timeout=10)

    def sends(self, path: str, **fields: str) -> requests.Response:
        return self.http.post(self.base + path, data=fields, allow_redirects=False, timeout=10)

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.opens(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def logs_in(self, username: str, password: str = PASSWORD, **more: str) -> requests.Response:
        return self.sends("/login", username=username, password=password, csrf=self.csrf("/login"), **more)
