"""Facts of a wire format that a rig describes: what it means, and for which axis."""

from collections.abc import Mapping
from typing import Final

from deadstop.link.decoder import Fact, LinkKind, escaped
from deadstop.trace import Scalar

__all__ = ["ALL_AXES", "KINDS", "garbled", "meant"]

ALL_AXES: Final = "*"
KINDS: Final[Mapping[str, LinkKind]] = {
    "stop": LinkKind.STOP,
    "drive": LinkKind.MOTION,
    "keep": LinkKind.KEEP,
    "query": LinkKind.QUERY,
    "other": LinkKind.SETTING,
    "ack": LinkKind.ACK,
    "refused": LinkKind.REFUSED,
}


# What else the laws want to know of some. No motion of such a rig has a number, nor has
# any a lease, as far as its bytes can say.
_MORE: Final[Mapping[LinkKind, Mapping[str, Scalar]]] = {
    LinkKind.MOTION: {"overtaken": False, "lease_ms": 0},
    LinkKind.REFUSED: {"code": None},
}


def meant(word: str, axis: str, frame_bytes: int, *, how: str = "frame") -> Fact:
    """Return the fact of a message that the rig calls *word*."""
    kind = KINDS[word]
    data = {"verb": word, "axis": axis, "motion": None, "frame_bytes": frame_bytes}
    if kind is LinkKind.STOP:
        data["how"] = how
    return Fact(kind, {**data, **_MORE.get(kind, {})})


def garbled(direction: str, why: str, raw: bytes) -> Fact:
    """Return the fact that *raw* looks like no message."""
    data = {"direction": direction, "why": why, "hex": raw[:64].hex()}
    return Fact(LinkKind.GARBLED, {**data, "text": escaped(raw)})
