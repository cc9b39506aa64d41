"""Where each key of a TOML text stands; `tomllib` does not tell."""

import re
import tomllib
from collections.abc import Mapping
from typing import Final

__all__ = ["KeyPath", "find_line", "key_lines"]

KeyPath = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r]+|\#[^\n]*)"
    r'|"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|[\n\[\]{}=,.]"
    r"|[^\s\[\]{}=,.#\"']+",
    re.DOTALL,
)


class _Scanner:
    """One pass over a text that `tomllib` has already accepted."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if match["space"] is None:
                self._tokens.append((match[0], line))
            line += match[0].count("\n")
        self._at = 0
        self._last: dict[KeyPath, int] = {}  # the newest element of an array of tables

    def scan(self) -> None:
        table: KeyPath = ()
        while (word := self._peek()) is not None:
            if word == "\n":
                self._at += 1
            elif word == "[":
                table = self._header()
            else:
                self._pair(table)

    def _peek(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def _line(self) -> int:
        return self._tokens[min(self._at, len(self._tokens) - 1)][1]

    def _skip(self, *tokens: str) -> None:
        while self._peek() in tokens:
            self._at += 1

    def _header(self) -> KeyPath:
        line = self._line()
        begun = self._at
        self._skip("[")
        is_array = self._at - begun > 1
        keys = self._key("]")
        self._skip("]")
        path: KeyPath = ()
        for key in keys[:-1]:
            self.lines.setdefault((*path, key), line)
            path = self._newest((*path, key))
        path = (*path, keys[-1])
        if is_array:
            self.lines.setdefault(path, line)
            self._last[path] = self._last.get(path, -1) + 1
        path = self._newest(path)
        self.lines.setdefault(path, line)
        return path

    def _newest(self, path: KeyPath) -> KeyPath:
        return (*path, self._last[path]) if path in self._last else path

    def _key(self, end: str) -> list[str]:
        keys = []
        while (word := self._peek()) not in (end, None):
            self._at += 1
            if word == ".":
                continue
            quoted = word[0] in "\"'"
            keys.append(tomllib.loads(f"key = {word}")["key"] if quoted else word)
        return keys

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._key("="):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._skip("=")
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        match self._peek():
            case "[":
                self._array(path)
            case "{":
                self._at += 1
                self._skip("\n", ",")
                while self._peek() not in ("}", None):
                    self._pair(path)
                    self._skip("\n", ",")
                self._at += 1
            case _:
                while self._peek() not in ("\n", ",", "]", "}", None):
                    self._at += 1

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        self._skip("\n")
        index = 0
        while self._peek() not in ("]", None):
            self.lines[*path, index] = self._line()
            self._value((*path, index))
            self._skip("\n", ",")
            index += 1
        self._at += 1


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1 on, of every key and element of a valid TOML text."""
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.lines


def find_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """Return the line of *path*, else that of what it stands in, else 1."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
