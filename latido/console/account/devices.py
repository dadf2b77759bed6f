"""A browser in words, so that an operator knows which of her sessions is which. Pure."""

from __future__ import annotations

# In the order in which they have to be asked: Edge and Chrome call themselves by others' names too.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def device_in_words(user_agent: str) -> str:
    """`Firefox en Windows`; of the header nothing else is kept."""
    browser = next((words for sign, words in _BROWSERS if sign in user_agent), "Otro navegador")
    system = next((words for sign, words in _SYSTEMS if sign in user_agent), "")
    return f"{browser} en {system}" if system else browser
