"""How deep JSON nests, told without recursion: Python itself stumbles over what nests some hundred levels deep.

Refusing at a thousand levels, as Python's reader does by its own limit, is too late: whatever runs by itself meanwhile,
such as the collector of garbage, has no room left on the stack.
"""

import re
from itertools import accumulate
from typing import Any

DEEPEST = 128
"""Levels of lists and objects in one another; a Bundle of the deepest resource that the validator lets in has fewer."""

_NO_MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[^][{}"]+', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def text_too_deep(text: str) -> bool:
    """Whether JSON text nests deeper than DEEPEST; brackets inside of its strings do not count."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    marks = _NO_MARKS.sub("", text)
    return max(accumulate(_STEP.get(mark, 0) for mark in marks), default=0) > DEEPEST


def value_too_deep(value: Any) -> bool:
    """Whether lists and objects in a value that was read nest deeper than DEEPEST."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in held if isinstance(each, dict | list)]
