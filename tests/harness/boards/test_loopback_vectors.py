"""The twin holds every conversation of `firmware/vectors.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from arduino_actuators.wire import Comment, Event, Garbled, Refusal, Reply
from tests.harness.boards.twin import Twin

VECTORS: Final = json.loads(
    (Path(__file__).parents[3] / "firmware" / "vectors.json").read_text("utf-8")
)
SETTLE_S: Final = 1.0  # longer than any ramp or lease of the conversations


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


def answer_fields(item: Reply | Refusal) -> tuple[str, ...]:
    """Spell an answer as the vectors do."""
    if isinstance(item, Reply):
        return (f"={item.seq}", *item.fields)
    return (f"-{item.seq}", str(int(item.code)), item.code.word)


def by_axis(events: list[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    """Sort events by what they are about; only there is their order promised."""
    sorted_events: dict[str, list[tuple[str, ...]]] = {}
    for fields in events:
        sorted_events.setdefault(fields[1], []).append(fields)
    return sorted_events


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
def test_the_twin_holds_the_conversation(
    conversation: dict[str, Any], *, bytewise: bool
) -> None:
    """Each step brings its answers and events, and no others."""
    twin = Twin(conversation["axes"])
    for step in conversation["steps"]:
        twin.said.clear()
        data = step["send"].encode("latin-1")
        for chunk in (
            [data[i : i + 1] for i in range(len(data))] if bytewise else [data]
        ):
            twin.send(chunk)
            twin.wait(87e-6)
        twin.wait(0.03 if "started" in str(step["events"]) else 0.0)
        if "stop" in str(step["events"]):
            twin.wait(SETTLE_S)
        said = [item for _, item in twin.said]
        assert not [item for item in said if isinstance(item, Garbled)]
        must_fit(
            step["answers"],
            [answer_fields(item) for item in said if isinstance(item, Reply | Refusal)],
        )
        events = by_axis(
            [
                (item.event.value, *item.fields)
                for item in said
                if isinstance(item, Event)
            ]
        )
        expected = by_axis([Pattern.of(text).fields for text in step["events"]])
        assert expected.keys() == events.keys(), (step, events)
        for subject, lines in expected.items():
            must_fit([" ".join(line) for line in lines], events[subject])
        comments = sum(isinstance(item, Comment) for item in said)
        assert comments >= step["comments"]
