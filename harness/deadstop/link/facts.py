"""Facts of a wire format that a rig describes: what it means, and for which axis."""

from collections.abc import Mapping
from typing import Final

from deadstop.link.decoder import Fact, LinkKind, escaped

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


def meant(word: str, axis: str, frame_bytes: int, *, how: str = "frame") -> Fact:
    """Return the fact of a message that the rig calls *word*.

    No motion has a number, and none a lease, as far as such a rig can say.
    """
    kind = KINDS[word]
    match kind:
        case LinkKind.STOP:
            more = {"how": how, "category": None}
        case LinkKind.MOTION:
            more = {"verb": word, "overtaken": False, "lease_ms": 0}
        case LinkKind.REFUSED:
            more = {"verb": None, "code": None, "name": word}
        case _:
            more = {"verb": word}
    data = {"axis": axis, "motion": None, "frame_bytes": frame_bytes, **more}
    return Fact(kind, data)


def garbled(direction: str, why: str, raw: bytes) -> Fact:
    """Return the fact that *raw* looks like no message."""
    data = {"direction": direction, "why": why, "hex": raw[:64].hex()}
    return Fact(LinkKind.GARBLED, {**data, "text": escaped(raw)})
