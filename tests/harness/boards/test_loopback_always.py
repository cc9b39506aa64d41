"""What holds in every state, whatever a host asks for and whenever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators.wire import AxisState, BoardEvent, Command, Verb, encode_command
from tests.harness.boards.twin import Twin

AXES = st.sampled_from("ab")
MOTIONS = st.integers(1, 40)
LEASES_MS = st.sampled_from([50, 300, 2000])
WAYS_COUNTS = st.integers(-6400, 6400)
SPEEDS_CPS = st.integers(1, 10_133)
SIGNED_SPEEDS_CPS = SPEEDS_CPS | SPEEDS_CPS.map(int.__neg__)
# Below breakaway the shaft stands, which is a stall and not what is tested here.
DUTIES_PERMILLE = st.integers(100, 1000) | st.integers(-1000, -100)
CATEGORIES = st.integers(0, 2)


def command(verb: Verb, *args: st.SearchStrategy[int]) -> st.SearchStrategy[bytes]:
    """Frames of one verb for some axis."""
    return st.builds(
        lambda seq, *words: encode_command(Command(seq, verb, words)),
        st.integers(0, 255),
        AXES,
        *args,
    )


SENT = st.one_of(
    command(Verb.MOVE, MOTIONS, LEASES_MS, WAYS_COUNTS, SPEEDS_CPS),
    command(Verb.GOTO, MOTIONS, LEASES_MS, WAYS_COUNTS, SPEEDS_CPS),
    command(Verb.SPIN, MOTIONS, LEASES_MS, SIGNED_SPEEDS_CPS),
    command(Verb.POWER, MOTIONS, LEASES_MS, DUTIES_PERMILLE),
    command(Verb.STOP, st.just(0), CATEGORIES),
    command(Verb.KEEP, MOTIONS),
    command(Verb.ZERO, WAYS_COUNTS),
    command(Verb.CLEAR),
    st.sampled_from([b"A", b"!", b"?"]),
)
WAITS_S = st.sampled_from([0.0, 0.000_2, 0.03, 0.2])


@settings(max_examples=150)
@given(script=st.lists(st.tuples(SENT, WAITS_S), max_size=25))
def test_no_script_leaves_a_drive_on_that_nobody_has(
    script: list[tuple[bytes, float]],
) -> None:
    """Drive only under a motion; no fault in normal use; rest when leases end."""
    twin = Twin()
    twin.hello()
    for data, wait_s in script:
        twin.send(data)
        twin.wait(wait_s)
        for axis in twin.config.axes:
            if twin.core.axis_state(axis) in (AxisState.IDLE, AxisState.FAULTED):
                assert twin.core.duty_permille(axis) == 0
    twin.wait(3.0)
    assert twin.core.at_rest
    assert twin.core.next_wake_s == float("inf")
    assert all(twin.state(axis) is AxisState.IDLE for axis in twin.config.axes)
    assert BoardEvent.FAULT not in [notice.event for _, notice in twin.notices()]


@given(duty_permille=DUTIES_PERMILLE, category=CATEGORIES, wait_s=st.floats(0.0, 0.5))
def test_an_open_loop_motion_can_be_stopped_in_every_category(
    duty_permille: int, category: int, wait_s: float
) -> None:
    """The ramp begins at the speed that was measured."""
    twin = Twin()
    twin.hello()
    twin.ask(Verb.POWER, "a", 1, 2000, duty_permille)
    twin.wait(wait_s)
    before_rev = twin.motors["a"].position_rev
    twin.ask(Verb.STOP, "a", 1, category)
    twin.wait(0.6)
    assert twin.notices("a")[-1][1].event is BoardEvent.STOPPED
    assert abs(twin.motors["a"].position_rev - before_rev) < 0.6
