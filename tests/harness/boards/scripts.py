"""Scripts of commands for a board, made by hypothesis, and what came of them.

A script is a list of steps. What a board makes of one is told as text, so that two
boards can be compared, with every position and speed apart, to be compared within
tolerances.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from arduino_actuators.wire import MOTION_VERBS, Event, Refusal, Reply, is_newer
from deadstop.boards.avr.pins import ShieldName
from tests.harness.boards.host import AXES as SHIELD_AXES
from tests.harness.boards.host import Host

__all__ = ["Outcome", "Step", "ask_for", "motion_of", "play", "scripts", "signed"]

AXES: Final = "ab"
AXIS_EVENTS: Final = frozenset(
    {"started", "arrived", "stopping", "stopped", "passed", "fault"}
)
LEASES_MS: Final = (70, 100, 300, 1900)  # with room to vary them
SPEEDS_CPS: Final = (200, 1000, 3200, 8000)
# Not 0 to 2 counts: whether that needs any drive is a matter of rounding.
WAYS_COUNTS: Final = (40, 640, 1600, 3200)
DUTIES_PERMILLE: Final = (150, 300, 500, 1000)
WAITS_MS: Final = (0, 4, 17, 60, 150, 400)
OVER_S: Final = 2.5  # no lease lasts longer, and no shaft turns on behind it
ANSWERED_MS: Final = 12  # an answer and the events behind it, on the line
OUT_OF_RANGE: Final = (
    "49 500", "2001 500", "300 0", "300 1001", "300 -1001", "-1 500", "300 2147483647",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing that a host does.

    Attributes:
        do: ``ask``, ``send``, ``wait`` or ``settle``.
        words: of a command without its SEQ; MOTION stands for a motion's number.
        axis: whose number that is; several letters are several axes.
        motion: how far ahead of the newest number its number is.
    """

    do: str
    words: str = ""
    data: bytes = b""
    wait_ms: int = 0
    axis: str = "a"
    motion: int = 1


def signed(values: tuple[int, ...]) -> st.SearchStrategy[int]:
    """Make one of *values*, or its opposite."""
    return st.builds(
        lambda value, sign: value * sign,
        st.sampled_from(values),
        st.sampled_from((1, -1)),
    )


_AXIS: Final = st.sampled_from(AXES)
_LEASE: Final = st.sampled_from(LEASES_MS)
_FRESH: Final = st.sampled_from((1, 1, 1, 1, 1, 2, 7))
_ANY: Final = st.sampled_from((1, 1, 0, -1, 32767, 32768, -5))


def motion_of(
    form: str, *parts: st.SearchStrategy[int], axes: str = AXES
) -> st.SearchStrategy[Step]:
    """Make motions of one axis, of which *parts* say the numbers behind the lease."""

    def build(axis: str, ahead: int, lease_ms: int, *values: int) -> Step:
        words = " ".join([form, axis, "MOTION", str(lease_ms), *map(str, values)])
        return Step("ask", words, axis=axis, motion=ahead)

    return st.builds(build, st.sampled_from(axes), _FRESH, _LEASE, *parts)


_MOTIONS: Final = (
    motion_of("move", signed(WAYS_COUNTS), st.sampled_from(SPEEDS_CPS)),
    motion_of("goto", signed(WAYS_COUNTS), st.sampled_from(SPEEDS_CPS)),
    motion_of("spin", signed(SPEEDS_CPS)),
    motion_of("power", signed(DUTIES_PERMILLE)),
)


def ask_for(words: str) -> st.SearchStrategy[Step]:
    """Make a step that asks for just this."""
    return st.just(Step("ask", words))


_STEPS: Final = st.one_of(
    *_MOTIONS,
    *_MOTIONS,
    st.builds(
        lambda axis, ahead: Step("ask", f"keep {axis} MOTION", axis=axis, motion=ahead),
        _AXIS, st.sampled_from((0, 0, 0, 1)),
    ),
    st.builds(
        lambda axis, category, ahead: Step(
            "ask", f"stop {axis} MOTION {category}", axis=axis, motion=ahead
        ),
        _AXIS, st.integers(0, 2), st.sampled_from((0, 0, 0, 1, -1)),
    ),
    st.builds(lambda category: Step("ask", f"halt {category}"), st.integers(0, 2)),
    st.builds(
        lambda verb, axis, ahead, values: Step(
            "ask", f"{verb} {axis} MOTION {values}", axis=axis, motion=ahead
        ),
        st.sampled_from(("power", "spin")), _AXIS, _ANY, st.sampled_from(OUT_OF_RANGE),
    ),
    st.builds(lambda axis: Step("ask", f"state {axis}"), _AXIS),
    st.builds(
        lambda axis, n: Step("ask", f"zero {axis} {n}"), _AXIS, signed((0, 500))
    ),
    st.builds(lambda axis: Step("ask", f"clear {axis}"), _AXIS),
    ask_for("hello 1"), ask_for("hello 2"), ask_for("limits a"), ask_for("stats"),
    ask_for("fly a"), ask_for("state c"), ask_for("state"), ask_for("keep a 0"),
    st.builds(
        lambda data: Step("send", data=data),
        st.sampled_from((
            b"A", b"B", b"!", b"C", b"?", b"AB", b":1 state", b":1 state a*0000\n",
            b"\x00\xff~;\n", b":" + b"9" * 70 + b"\n", b":12 kAeep", b"\r\n",
        )),
    ),
    st.builds(lambda ms: Step("wait", wait_ms=ms), st.sampled_from(WAITS_MS)),
    st.builds(lambda ms: Step("wait", wait_ms=ms), st.sampled_from(WAITS_MS)),
    st.just(Step("settle")),
)  # fmt: skip

scripts: Final = st.lists(_STEPS, min_size=3, max_size=14).map(
    lambda steps: (Step("ask", "hello 1"), *steps, Step("settle"))
)


@dataclass
class Outcome:
    """What a board made of a script, step by step.

    Attributes:
        answers: what was answered in each step, without positions and speeds.
        events: what each axis told, in its order, over the whole script: a standstill
            is told a few milliseconds sooner or later, in this step or the next.
        positions_rev: of each shaft at the end of each step, by the witness.
    """

    answers: list[str]
    events: dict[str, list[str]]
    positions_rev: list[tuple[float, ...]]


# Where the figures are that two boards need not have in common.
_LOOSE: Final = {
    "state": {2, 3, 4}, "move": {1}, "stop": {1}, "hello": {1, 2}, "goto": set(),
    "via": {1},
}  # fmt: skip


def _spell_answer(words: str, answer: Reply | Refusal | None) -> str:
    if answer is None:
        return "no answer"
    if isinstance(answer, Refusal):
        return f"-{answer.code.word}"
    loose = _LOOSE.get(words.split(" ", maxsplit=1)[0], set())
    fields = ["~" if i in loose else each for i, each in enumerate(answer.fields)]
    return "=" + " ".join(fields)


def _spell_event(event: Event) -> str:
    position = -1 if event.event in AXIS_EVENTS else None
    return " ".join([event.event, *event.fields[:position]])


def play(
    kind: str,
    script: tuple[Step, ...],
    shift_ms: float = 0.0,
    lease_shift_ms: int = 0,
    shield: ShieldName = "motor",
) -> Outcome:
    """Let a board of *kind* play *script*.

    Args:
        kind: one of `KINDS`.
        script: what a host does.
        shift_ms: makes each step longer.
        lease_shift_ms: makes each lease longer.
        shield: what is plugged on the board.
    """
    host = Host(kind, shield=shield)
    host.forget()
    newest = dict.fromkeys(SHIELD_AXES[shield], 0)
    outcome = Outcome([], {}, [])
    for step in script:
        told = ""
        if step.do == "ask":
            told = _play_ask(host, step, newest, lease_shift_ms)
            host.wait((ANSWERED_MS + shift_ms) / 1000)
        elif step.do == "send":
            host.send(step.data)
            host.wait((ANSWERED_MS + shift_ms) / 1000)
        elif step.do == "wait":
            host.wait(max(step.wait_ms + shift_ms, 0.0) / 1000)
        else:
            host.wait(OVER_S)
        outcome.answers.append(told)
        for event in host.events():
            about = event.fields[0] if event.event in AXIS_EVENTS else "board"
            outcome.events.setdefault(about, []).append(_spell_event(event))
        outcome.positions_rev.append(
            tuple(host.board.shaft_position_rev(axis) for axis in newest)
        )
        host.forget()
    return outcome


def _play_ask(
    host: Host, step: Step, newest: dict[str, int], lease_shift_ms: int
) -> str:
    verb, *words = step.words.split(" ")
    lease = 2 if len(step.axis) == 1 else 1  # a line names no axis
    if verb in MOTION_VERBS and int(words[lease]) in LEASES_MS:
        words[lease] = str(int(words[lease]) + lease_shift_ms)
    number = (max(newest[axis] for axis in step.axis) + step.motion) % 65536 or 1
    for axis in step.axis if verb in MOTION_VERBS else "":
        if is_newer(number, newest[axis]):
            newest[axis] = number
    answer = host.ask(" ".join([verb, *words]).replace("MOTION", str(number)))
    return _spell_answer(step.words, answer)
