"""The decoder for binary frames that a rig describes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from deadstop.link.checksums import CHECKSUMS
from deadstop.link.decoder import Fact
from deadstop.link.facts import ALL_AXES, garbled, meant
from deadstop.rig.link import FrameConfig, PacketsLinkConfig

__all__ = ["PacketsDecoder"]

TOP_BIT: Final = 0x80
SKIPPED_MOST_BYTES: Final = 1024  # told of; noise may never end


class PacketsDecoder:
    """Reads both directions, each frame by the first beginning that fits."""

    def __init__(self, config: PacketsLinkConfig) -> None:
        """Begin between two frames."""
        axes = {bytes.fromhex(key)[0]: axis for key, axis in config.axes.items()}
        check = CHECKSUMS[config.checksum]
        self._sent = _Frames(
            "tx", config.frames, axes, check, top_bit=config.top_bit_begins
        )
        self._answered = _Frames(
            "rx",
            config.answers,
            axes,
            check if config.answers_checksum else CHECKSUMS["none"],
            top_bit=False,
        )

    def from_component(self, data: bytes) -> list[Fact]:
        """Return what *data*, sent by the component, completed."""
        return list(self._sent.feed(data))

    def from_board(self, data: bytes) -> list[Fact]:
        """Return what *data*, sent by the board, completed."""
        return list(self._answered.feed(data))


class _Frame:
    """One kind of frame."""

    def __init__(self, config: FrameConfig) -> None:
        digits = config.begins.replace(" ", "")
        self.config = config
        self.value = bytes.fromhex(digits.replace("?", "0"))
        self.mask = bytes.fromhex(
            "".join("0" if digit == "?" else "f" for digit in digits)
        )

    def fits(self, data: bytearray) -> bool:
        """Whether *data*, as far as it goes, begins like this."""
        both = zip(data, self.value, self.mask, strict=False)
        return all(byte & mask == value for byte, value, mask in both)

    def size_bytes(self, data: bytearray) -> int | None:
        """How long the frame is that *data* begins; None if that is still to come."""
        config = self.config
        if config.size_bytes is not None:
            return config.size_bytes
        at = config.length_byte or 0
        if len(data) <= at:
            return None
        return max(data[at] + config.length_adds_bytes, at + 1, len(self.value))

    def axis(self, frame: bytes, axes: Mapping[int, str]) -> str:
        """Which axis *frame* is for; one that is not known is nobody's."""
        at = self.config.axis_byte
        if at is None:
            return self.config.axis or ALL_AXES
        if at >= len(frame):
            return ""
        return axes.get(frame[at], f"{frame[at]:02x}")


class _Frames:
    """One direction: bytes in, facts out."""

    def __init__(
        self,
        direction: str,
        frames: Sequence[FrameConfig],
        axes: Mapping[int, str],
        check: Callable[[bytes], bytes],
        *,
        top_bit: bool,
    ) -> None:
        self._direction = direction
        self._frames = [_Frame(frame) for frame in frames]
        self._axes = axes
        self._check = check
        self._check_bytes = len(check(b""))
        self._top_bit = top_bit
        self._data = bytearray()
        self._skipped = bytearray()

    def feed(self, data: bytes) -> Iterator[Fact]:
        if not self._frames:
            return
        # Byte by byte: what a frame is must not depend on how the bytes came.
        for byte in data:
            if self._top_bit and byte & TOP_BIT:
                yield from self._broken_off()
            self._data.append(byte)
            yield from self._read()

    def _broken_off(self) -> Iterator[Fact]:
        """Give up a frame that another one begins in the midst of."""
        self._skipped += self._data
        self._data.clear()
        yield from self._told_skipped("broken off by the beginning of another")

    def _read(self) -> Iterator[Fact]:
        while self._data:
            kind = next((one for one in self._frames if one.fits(self._data)), None)
            if kind is None:
                self._skip()
                continue
            size_bytes = kind.size_bytes(self._data)
            begun = len(self._data) < len(kind.value)
            if begun or size_bytes is None or len(self._data) < size_bytes:
                return
            frame = bytes(self._data[:size_bytes])
            del self._data[:size_bytes]
            yield from self._told_skipped("no frame that the rig knows")
            if not self._holds(frame, kind):
                # The board drops all of it, too: a stop that hangs on to half a frame.
                yield garbled(self._direction, "its checksum is wrong", frame)
                continue
            yield meant(kind.config.means, kind.axis(frame, self._axes), size_bytes)

    def _holds(self, frame: bytes, kind: _Frame) -> bool:
        if not kind.config.has_checksum:
            return True
        body = frame[: max(len(frame) - self._check_bytes, 0)]
        return self._check(body) == frame[len(body) :]

    def _skip(self) -> None:
        if len(self._skipped) < SKIPPED_MOST_BYTES:
            self._skipped.append(self._data[0])
        del self._data[0]

    def _told_skipped(self, why: str) -> Iterator[Fact]:
        """Tell of what was passed over, once it is known where it ends."""
        if self._skipped:
            raw = bytes(self._skipped)
            self._skipped.clear()
            yield garbled(self._direction, why, raw)
