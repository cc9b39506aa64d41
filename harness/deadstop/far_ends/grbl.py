r"""A machine of three axes that speaks G-code in GRBL's dialect.

Of https://github.com/gnea/grbl/wiki: lines end in CR or LF and are answered with
``ok`` or ``error:N``; ``$J=`` jogs; the bytes ``?``, ``!``, ``~``, 0x18 and 0x85 act at
once, wherever they stand.
"""

import math
import re
from typing import Final

from deadstop.far_ends.line import main
from deadstop.far_ends.shaft import Shaft

__all__ = ["Grbl"]

BANNER: Final = b"\r\nGrbl 1.1h ['$' for help]\r\n"
LINE_MOST_BYTES: Final = 80  # LINE_BUFFER_SIZE
MM_PER_INCH: Final = 25.4
_WORDS: Final = re.compile(r"(?:[A-Z][+-]?(?:\d+\.?\d*|\.\d+))+")
_WORD: Final = re.compile(r"([A-Z])([+-]?(?:\d+\.?\d*|\.\d+))")
# Errors of the same pages.
_UNSUPPORTED: Final = b"error:20\r\n"
_BAD_NUMBER: Final = b"error:2\r\n"
_LOCKED: Final = b"error:9\r\n"
_OVERFLOW: Final = b"error:11\r\n"
_BAD_JOG: Final = b"error:16\r\n"
_NO_FEED: Final = b"error:22\r\n"
_OK: Final = b"ok\r\n"


class Grbl:
    """The controller and its axes; positions in mm, speeds in mm a second."""

    def __init__(self) -> None:
        """Be idle at the origin."""
        self._axes = {name: Shaft() for name in "XYZ"}
        self._line = bytearray()
        self._alarm = False

    def feed(self, data: bytes, t_s: float) -> bytes:
        """Take *data*, which came at *t_s*, and return what is answered to it."""
        return b"".join(self._take(byte, t_s) for byte in data)

    def _take(self, byte: int, t_s: float) -> bytes:
        match byte:
            case 0x3F:  # ?
                return self._report(t_s)
            case 0x21 | 0x85:  # ! and jog cancel: both end a jog
                self._stop(t_s)
            case 0x18:
                moving = self._moving(t_s)
                self._stop(t_s)
                self._line.clear()
                self._alarm = self._alarm or moving
                return (b"ALARM:3\r\n" if moving else b"") + BANNER
            case 0x7E:  # ~: a jog that was ended is not resumed
                pass
            case 0x0A | 0x0D:
                line = self._line.decode("latin-1").replace(" ", "").upper()
                self._line.clear()
                return self._obey(line, t_s)
            case _ if byte < 0x80:  # noqa: PLR2004 - what is above acts at once, or not
                self._line.append(byte)
        return b""

    def _moving(self, t_s: float) -> bool:
        return any(axis.speed(t_s) for axis in self._axes.values())

    def _stop(self, t_s: float) -> None:
        for axis in self._axes.values():
            axis.stop(t_s)

    def _report(self, t_s: float) -> bytes:
        at = ",".join(f"{axis.position(t_s):.3f}" for axis in self._axes.values())
        state = "Jog" if self._moving(t_s) else "Alarm" if self._alarm else "Idle"
        speed = math.hypot(*(axis.speed(t_s) for axis in self._axes.values()))
        return f"<{state}|MPos:{at}|FS:{speed * 60:.0f},0>\r\n".encode()

    def _obey(self, line: str, t_s: float) -> bytes:
        if len(line) > LINE_MOST_BYTES:
            return _OVERFLOW
        if line == "$X":
            self._alarm = False
            return _OK
        if line.startswith("$J="):
            return _LOCKED if self._alarm else self._jog(line[3:], t_s)
        return _OK if not line else _UNSUPPORTED

    def _jog(self, words: str, t_s: float) -> bytes:
        if not _WORDS.fullmatch(words):
            return _BAD_NUMBER
        values = {letter: float(number) for letter, number in _WORD.findall(words)}
        modes = {
            f"G{number}" for letter, number in _WORD.findall(words) if letter == "G"
        }
        targets = {name: values[name] for name in self._axes if name in values}
        if not targets or modes - {"G20", "G21", "G90", "G91"}:
            return _BAD_JOG
        if values.get("F", 0.0) <= 0:
            return _NO_FEED
        unit_mm = MM_PER_INCH if "G20" in modes else 1.0
        ways = {}
        for name, value in targets.items():
            from_mm = 0.0 if "G91" in modes else self._axes[name].position(t_s)
            ways[name] = value * unit_mm - from_mm
        whole_mm = math.hypot(*ways.values())
        for name, way_mm in ways.items():
            share = abs(way_mm) / whole_mm if whole_mm else 0.0
            self._axes[name].go(t_s, way_mm, values["F"] * unit_mm / 60 * share)
        return _OK


if __name__ == "__main__":
    main(Grbl)
