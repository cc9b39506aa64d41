"""Every board holds every conversation of `firmware/vectors.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from arduino_actuators.wire import Comment, Message, Refusal, Reply
from deadstop.boards.avr.pins import ShieldName
from tests.harness.boards.host import KINDS, Host

VECTORS: Final = json.loads(
    (Path(__file__).parents[3] / "firmware" / "vectors.json").read_text("utf-8")
)
SHIELDS: Final[Mapping[str, ShieldName]] = {
    "motor-shield": "motor",
    "cnc-shield": "cnc",
}
BETWEEN_BYTES_S: Final = 0.0003
ANSWERED_S: Final = 0.03  # the longest answers and their events take 12 ms on the line
SETTLED_S: Final = 1.0  # longer than any ramp, way or lease of the conversations


@dataclass(frozen=True)
class Pattern:
    """Fields of which ``?`` fits anything."""

    fields: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Read a line of the vectors."""
        return cls(tuple(text.split(" ")))

    def fits(self, fields: tuple[str, ...]) -> bool:
        """Say whether *fields* are such."""
        return len(fields) == len(self.fields) and all(
            expected in ("?", got)
            for expected, got in zip(self.fields, fields, strict=True)
        )


def answer_fields(item: Message) -> tuple[str, ...]:
    """Spell an answer as the vectors do."""
    if isinstance(item, Reply):
        return (f"={item.seq}", *item.fields)
    assert isinstance(item, Refusal)
    return (f"-{item.seq}", str(int(item.code)), item.code.word)


def by_axis(events: list[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    """Sort events by what they are about; only there is their order promised."""
    sorted_events: dict[str, list[tuple[str, ...]]] = {}
    for fields in events:
        sorted_events.setdefault(fields[1], []).append(fields)
    return sorted_events


def settles(events: list[str]) -> bool:
    """Whether a step ends with a standstill, which takes its time."""
    return any(event.startswith(("stop", "arrived", "passed")) for event in events)


def must_fit(expected: list[str], got: list[tuple[str, ...]]) -> None:
    """Fail unless the lines are those of the vectors, in their order."""
    patterns = [Pattern.of(text) for text in expected]
    assert len(patterns) == len(got), f"expected {expected}, got {got}"
    for pattern, fields in zip(patterns, got, strict=True):
        assert pattern.fits(fields), f"expected {expected}, got {got}"


@pytest.mark.parametrize(
    "conversation", VECTORS["conversations"], ids=lambda each: each["name"]
)
@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_board_holds_the_conversation(
    kind: str, conversation: dict[str, Any], *, bytewise: bool
) -> None:
    """Each step brings its answers and events, and no others."""
    shield = SHIELDS[conversation.get("board", "motor-shield")]
    host = Host(kind, shield=shield)
    host.forget()
    for step in conversation["steps"]:
        data = step["send"].encode("latin-1")
        if bytewise:
            for byte in data:
                host.send(bytes((byte,)))
                host.wait(BETWEEN_BYTES_S)
        else:
            host.send(data)
        host.wait(SETTLED_S if settles(step["events"]) else ANSWERED_S)
        must_fit(step["answers"], [answer_fields(item) for item in host.answers()])
        events = by_axis([(item.event, *item.fields) for item in host.events()])
        expected = by_axis([Pattern.of(text).fields for text in step["events"]])
        assert expected.keys() == events.keys(), (step, events)
        for subject, lines in expected.items():
            must_fit([" ".join(line) for line in lines], events[subject])
        comments = sum(isinstance(item, Comment) for item in host.said)
        assert comments >= step["comments"]
        host.forget()
