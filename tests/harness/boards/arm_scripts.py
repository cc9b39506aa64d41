"""Scripts of commands for an arm, made by hypothesis: as in `scripts`."""

from typing import Final

from hypothesis import strategies as st

from tests.harness.boards.scripts import (
    LEASES_MS,
    WAITS_MS,
    Step,
    ask_for,
    motion_of,
    signed,
)

__all__ = ["arm_scripts"]

AXES: Final = "abc"
SPEEDS_CPS: Final = (500, 2000, 8000)
ACCELS_CPS2: Final = (8000, 40_000)
WAYS_COUNTS: Final = (40, 320, 1280, 2400, 4000)

_AXIS: Final = st.sampled_from(AXES)
_SPEED: Final = st.sampled_from(SPEEDS_CPS)
_WAY: Final = signed(WAYS_COUNTS)


def _line(lease_ms: int, *numbers: int) -> Step:
    words = " ".join(["line MOTION", str(lease_ms), *map(str, numbers)])
    return Step("ask", words, axis=AXES)


def _via(*numbers: int) -> Step:
    words = " ".join(["via MOTION", *map(str, numbers)])
    return Step("ask", words, axis=AXES, motion=0)


_LINES: Final = st.builds(
    _line,
    st.sampled_from(LEASES_MS),
    _WAY,
    _WAY,
    _WAY,
    _SPEED,
    st.sampled_from(ACCELS_CPS2),
)
_VIAS: Final = st.builds(_via, _WAY, _WAY, _WAY, _SPEED)

_STEPS: Final = st.one_of(
    motion_of("move", _WAY, _SPEED, axes=AXES),
    motion_of("goto", _WAY, _SPEED, axes=AXES),
    motion_of("spin", signed(SPEEDS_CPS), axes=AXES),
    motion_of("home", _SPEED, axes=AXES),
    _LINES,
    _LINES,
    _VIAS,
    _VIAS,
    st.builds(
        lambda axis: Step("ask", f"keep {axis} MOTION", axis=axis, motion=0), _AXIS
    ),
    st.builds(
        lambda axis, category: Step(
            "ask", f"stop {axis} MOTION {category}", axis=axis, motion=0
        ),
        _AXIS,
        st.integers(0, 2),
    ),
    st.builds(lambda category: Step("ask", f"halt {category}"), st.integers(0, 2)),
    st.builds(lambda axis: Step("ask", f"state {axis}"), _AXIS),
    st.builds(lambda axis: Step("ask", f"range {axis}"), _AXIS),
    st.builds(lambda axis, n: Step("ask", f"zero {axis} {n}"), _AXIS, signed((0, 500))),
    st.builds(lambda axis: Step("ask", f"clear {axis}"), _AXIS),
    ask_for("hello 1"),
    ask_for("power a 1 300 500"),
    ask_for("stats"),
    st.builds(
        lambda data: Step("send", data=data), st.sampled_from((b"A", b"C", b"!", b"D"))
    ),
    st.builds(lambda ms: Step("wait", wait_ms=ms), st.sampled_from(WAITS_MS)),
    st.builds(lambda ms: Step("wait", wait_ms=ms), st.sampled_from(WAITS_MS)),
    st.just(Step("settle")),
)

arm_scripts: Final = st.lists(_STEPS, min_size=3, max_size=12).map(
    lambda steps: (Step("ask", "hello 1"), *steps, Step("settle"))
)
