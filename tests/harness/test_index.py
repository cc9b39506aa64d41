"""Events found by layer, kind and time: just those that a look at each would find."""

import random
from collections.abc import Iterator

import pytest

from deadstop.index import EventIndex
from deadstop.trace import Event, Source

KINDS = ("stop", "motion", "keep")
ONE_STAMP = tuple(
    Event(1.0, Source.LINK, kind, {"axis": "a"}) for kind in ("stop", "motion", "stop")
)


def some_events(dice: random.Random) -> list[Event]:
    """Make events of two layers, many with one stamp."""
    return [
        Event(
            step // 3 / 10,
            dice.choice((Source.LINK, Source.BOARD)),
            dice.choice(KINDS),
            {"axis": dice.choice("ab*"), "motion": dice.randrange(3)},
        )
        for step in range(90)
    ]


def looked_up(
    events: list[Event], kinds: tuple[str, ...], since_s: float, until_s: float
) -> Iterator[Event]:
    """Find what the link saw of axis a, by a look at each event."""
    for event in events:
        if (
            event.source is Source.LINK
            and event.kind in kinds
            and since_s <= event.t_s <= until_s
            and event.data["axis"] in ("a", "*")
            and event.data["motion"] == 1
        ):
            yield event


@pytest.mark.parametrize("seed", range(20))
def test_it_finds_what_a_look_at_each_event_finds(seed: int) -> None:
    """In the same order; the very first and the very last of them, too."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    events = some_events(dice)
    index = EventIndex(events)
    for _ in range(50):
        kinds = tuple(dice.sample(KINDS, dice.randrange(1, 4)))
        since_s, until_s = dice.randrange(30) / 10, dice.randrange(30) / 10
        expected = list(looked_up(events, kinds, since_s, until_s))
        found = list(
            index.all(
                Source.LINK,
                *kinds,
                since_s=since_s,
                until_s=until_s,
                axis="a",
                motion=1,
            )
        )
        last = index.last(
            Source.LINK, *kinds, since_s=since_s, until_s=until_s, axis="a", motion=1
        )

        assert [id(event) for event in found] == [id(event) for event in expected]
        assert last is (expected[-1] if expected else None)
        after = dice.choice(events)
        behind = events[[event is after for event in events].index(True) + 1 :]
        assert [id(e) for e in index.all(Source.LINK, *kinds, after=after)] == [
            id(e) for e in behind if e.source is Source.LINK and e.kind in kinds
        ]


def test_events_of_one_stamp_follow_each_other_as_they_were_told() -> None:
    """And equal events are not the same one."""
    first, motion, second = ONE_STAMP
    index = EventIndex(ONE_STAMP)

    assert list(index.all(Source.LINK, "stop", after=motion)) == [second]
    assert index.comes_after(second, first)
    assert not index.comes_after(first, second)
    assert not index.comes_after(first, first)


def test_an_event_of_another_trace_comes_neither_before_nor_after() -> None:
    """It may have the same stamp and the same words."""
    stranger = Event(1.0, Source.LINK, "stop", {"axis": "a"})
    index = EventIndex(ONE_STAMP)

    assert not index.comes_after(stranger, ONE_STAMP[0])
    assert not index.comes_after(ONE_STAMP[0], stranger)
    assert index.first(Source.LINK, "stop", after=stranger) is None


def test_a_layer_that_saw_nothing_is_missing() -> None:
    """A rig without a witness, say."""
    index = EventIndex(ONE_STAMP)

    assert index.has(Source.LINK)
    assert not index.has(Source.SHAFT)
    assert index.last(Source.SHAFT, "moving", until_s=2.0) is None
