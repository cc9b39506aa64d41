"""The decoder for lines of text that a rig describes with patterns."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from deadstop.link.decoder import Fact
from deadstop.link.facts import ALL_AXES, garbled, meant
from deadstop.rig.link import LinesLinkConfig, each_pattern

__all__ = ["LinesDecoder"]

# GRBL takes lines of 80 characters, Marlin of 96. What is longer is no line; also, a
# pattern is never tried on more.
LINE_MOST_BYTES: Final = 256
_SENT: Final = ("stop", "drive", "keep", "query")
_ANSWERED: Final = ("ack", "refused")


class LinesDecoder:
    """Reads both directions, each line by the first meaning whose pattern fits."""

    def __init__(self, config: LinesLinkConfig) -> None:
        """Begin between two lines."""
        at_once = {
            byte: word
            for word, listed in config.at_once.items()
            for byte in bytes.fromhex(listed)
        }
        ends = config.terminator.encode("ascii")
        self._sent = _Lines("tx", ends, _meanings(config, _SENT), at_once)
        self._answered = _Lines("rx", ends, _meanings(config, _ANSWERED), {})

    def from_component(self, data: bytes) -> list[Fact]:
        """Return what *data*, sent by the component, completed."""
        return list(self._sent.feed(data))

    def from_board(self, data: bytes) -> list[Fact]:
        """Return what *data*, sent by the board, completed."""
        return list(self._answered.feed(data))


class _Meaning:
    """One word of the rig, and the patterns that mean it."""

    def __init__(self, word: str, patterns: object) -> None:
        self.word = word
        self._patterns = [
            (axis, re.compile(pattern)) for axis, pattern in each_pattern(patterns)
        ]

    def axes_of(self, line: str) -> list[str]:
        """Return the axes that *line* is for, if it means this; else none."""
        axes = []
        for axis, pattern in self._patterns:
            match = pattern.fullmatch(line)
            if match is None:
                continue
            # An axis that the board does not have is nobody's: it excuses nothing.
            named = match.groupdict().get("axis")
            axes.append(axis or (named or "").lower() or ALL_AXES)
        return list(dict.fromkeys(axes))


def _meanings(config: LinesLinkConfig, words: tuple[str, ...]) -> list[_Meaning]:
    return [_Meaning(word, getattr(config, word)) for word in words]


class _Lines:
    """One direction: bytes in, facts out."""

    def __init__(
        self,
        direction: str,
        ends: bytes,
        meanings: list[_Meaning],
        at_once: Mapping[int, str],
    ) -> None:
        self._direction = direction
        self._ends = ends
        self._meanings = meanings
        self._at_once = at_once
        self._line = bytearray()

    def feed(self, data: bytes) -> Iterator[Fact]:
        for byte in data:
            if byte in self._at_once:
                yield meant(self._at_once[byte], ALL_AXES, 1, how="byte")
            elif byte in self._ends:
                yield from self._ended()
            elif len(self._line) <= LINE_MOST_BYTES:  # one more shows that it is
                self._line.append(byte)

    def _ended(self) -> Iterator[Fact]:
        raw = bytes(self._line)
        self._line.clear()
        if len(raw) > LINE_MOST_BYTES:
            why = f"longer than {LINE_MOST_BYTES} bytes"
            yield garbled(self._direction, why, raw)
            return
        line = raw.decode("latin-1").strip()
        for meaning in self._meanings:
            axes = meaning.axes_of(line) if line else []
            for axis in axes:
                yield meant(meaning.word, axis, len(raw) + 1)
            if axes:
                return
