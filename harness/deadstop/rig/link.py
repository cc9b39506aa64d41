"""The `[link]` table: what the bytes between component and board mean."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from deadstop.rig.kinds import Table

__all__ = [
    "LINKS",
    "DeadstopLinkConfig",
    "FrameConfig",
    "LinesLinkConfig",
    "LinkConfig",
    "PacketsLinkConfig",
    "each_pattern",
    "link_decoder",
]

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2} ?)+")
_HEX_PATTERN: Final = re.compile(r"(?:[0-9a-fA-F?]{2} ?)+")


def each_pattern(value: object) -> Iterator[tuple[str, str]]:
    """Yield the patterns of a key, each with the axis it stands under, or ``""``.

    A key is one pattern, an array of them, or a table of either by axis, ``*`` for all.

    Raises:
        ValueError: it is none of these.
    """
    match value:
        case str():
            yield "", value
        case list():
            for one in value:
                if not isinstance(one, str):
                    raise ValueError(_PATTERNS)  # noqa: TRY004 - the file is wrong
                yield "", one
        case dict():
            for axis, under in value.items():
                if isinstance(under, dict):
                    raise ValueError(_PATTERNS)  # noqa: TRY004 - as above
                for _, pattern in each_pattern(under):
                    yield axis, pattern
        case _:
            raise ValueError(_PATTERNS)


_PATTERNS: Final = (
    "a regular expression in quotes, an array of them, or a table of either by axis"
)


def _patterns(value: object) -> object:
    for _, pattern in each_pattern(value):
        try:
            re.compile(pattern)
        except re.error as error:
            shown = ascii(pattern)
            raise ValueError(f"regular expressions; {shown}: {error}") from None
    return value


_PATTERN_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object"},
    ]
}
Patterns = Annotated[
    Any, AfterValidator(_patterns), WithJsonSchema(_PATTERN_SCHEMA, mode="validation")
]


def _hex(value: str) -> str:
    if not _HEX.fullmatch(value):
        raise ValueError("bytes in hex, such as '21 18'")
    return value


def _hex_pattern(value: str) -> str:
    if not _HEX_PATTERN.fullmatch(value):
        raise ValueError("bytes in hex, ? for any digit, such as '80 2? ??'")
    return value


def _ends_of_lines(value: str) -> str:
    if not value or not value.isascii():
        raise ValueError(r"one or more ASCII characters, such as '\n' or '\r\n'")
    return value


Hex = Annotated[str, AfterValidator(_hex)]
HexPattern = Annotated[str, AfterValidator(_hex_pattern)]


class DeadstopLinkConfig(Table):
    """Deadstop's own board protocol, which its own boards speak."""

    decoder: Literal["deadstop"] = Field(default="deadstop", description="Which.")


class LinesLinkConfig(Table):
    """Lines of text, and single bytes that act at once.

    A pattern must match a whole line. A named group ``axis`` says which axis it is for,
    by the board's letter, in either case; a pattern without, and in no table, is for
    all axes. A line means the first of stop, drive, keep, query that it matches.
    """

    decoder: Literal["lines"] = Field(description="Which.")
    terminator: Annotated[str, AfterValidator(_ends_of_lines)] = Field(
        default="\r\n",
        description="Each of these characters ends a line; empty lines mean nothing.",
    )
    stop: Patterns = Field(default=[], description="What stops.")
    drive: Patterns = Field(default=[], description="What can cause motion.")
    keep: Patterns = Field(default=[], description="What feeds the board's deadman.")
    query: Patterns = Field(default=[], description="What only asks.")
    ack: Patterns = Field(default=[], description="Of the board: what accepts.")
    refused: Patterns = Field(default=[], description="Of the board: what refuses.")
    at_once: dict[Literal["stop", "drive", "keep", "query", "other"], Hex] = Field(
        default_factory=dict,
        description="Bytes, in hex, that act wherever they stand and belong to no "
        "line: of all axes.",
    )

    @model_validator(mode="after")
    def _knows_a_drive_and_a_stop(self) -> Self:
        for kind in ("drive", "stop"):
            if not getattr(self, kind) and kind not in self.at_once:
                raise ValueError(_needed(kind))
        return self


class FrameConfig(Table):
    """One kind of frame, known by how it begins."""

    means: Literal["drive", "stop", "keep", "query", "other", "ack", "refused"] = Field(
        description="What it does."
    )
    begins: HexPattern = Field(
        description="Its first bytes in hex; ? stands for any digit."
    )
    size_bytes: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="How long it is, with its checksum; or say length_byte.",
    )
    length_byte: int | None = Field(
        default=None,
        ge=0,
        le=64,
        description="Which of its bytes, from 0, tells its length.",
    )
    length_adds_bytes: int = Field(
        default=0,
        ge=-64,
        le=64,
        description="What makes that number the length of the whole frame.",
    )
    has_checksum: bool = Field(
        default=True, description="Whether it ends with the link's checksum."
    )
    axis: str = Field(
        default="", description="The axis it is for; by default all of them."
    )
    axis_byte: int | None = Field(
        default=None,
        ge=0,
        le=64,
        description="Which of its bytes, from 0, says the axis: see link.axes.",
    )

    @model_validator(mode="after")
    def _has_one_length(self) -> Self:
        if (self.size_bytes is None) == (self.length_byte is None):
            raise ValueError("a table with one of size_bytes and length_byte")
        if self.size_bytes is not None:
            beginning_bytes = len(self.begins.replace(" ", "")) // 2
            if max(beginning_bytes - 1, self.axis_byte or 0) >= self.size_bytes:
                raise ValueError("begins and axis_byte within its size_bytes")
        return self


class PacketsLinkConfig(Table):
    """Binary frames.

    A frame is the first of the list whose beginning fits: what is more special comes
    first. A frame with a wrong checksum means nothing, nor does what it swallowed;
    bytes that begin no frame are passed over, one by one.
    """

    decoder: Literal["packets"] = Field(description="Which.")
    frames: tuple[FrameConfig, ...] = Field(
        min_length=1, strict=False, description="What the component sends."
    )
    answers: tuple[FrameConfig, ...] = Field(
        default=(),
        strict=False,
        description="What the board sends; none where only the question tells what "
        "an answer is.",
    )
    checksum: Literal["none", "xor", "sum8", "crc7", "crc16-ccitt", "crc16-modbus"] = (
        Field(
            default="none",
            description="What ends each frame to the board, over all before it.",
        )
    )
    answers_checksum: bool = Field(
        default=False, description="Whether the same ends each frame of the board."
    )
    top_bit_begins: bool = Field(
        default=False,
        description="Whether a byte to the board with its top bit set begins a frame, "
        "and no other does.",
    )
    axes: dict[Hex, str] = Field(
        default_factory=dict,
        description="Which axis a value of the axis_byte is: hex to letter.",
    )

    @model_validator(mode="after")
    def _knows_a_drive_and_a_stop(self) -> Self:
        known = {frame.means for frame in self.frames}
        for kind in ("drive", "stop"):
            if kind not in known:
                raise ValueError(_needed(kind))
        return self


def _needed(kind: str) -> str:
    return f"a table that says what is a {kind}: without it nothing can be judged"


LinkConfig: TypeAlias = DeadstopLinkConfig | LinesLinkConfig | PacketsLinkConfig
LINKS: Final[Mapping[str, type[LinkConfig]]] = {
    "deadstop": DeadstopLinkConfig,
    "lines": LinesLinkConfig,
    "packets": PacketsLinkConfig,
}


def link_decoder(link: object) -> str | None:
    """Return the decoder that a `[link]` table names; None if it is no table."""
    if isinstance(link, dict):
        return str(link.get("decoder", "deadstop"))
    return getattr(link, "decoder", None)
