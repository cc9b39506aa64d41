"""What holds of an arm in every state, whatever a host asks for and whenever."""

from itertools import pairwise
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from arduino_actuators.wire import (
    JUMP_CPS,
    MOTION_VERBS,
    SIGNATURES,
    AxisState,
    BoardEvent,
    Verb,
)
from deadstop.boards.loopback.config import CNC_RANGES
from deadstop.boards.loopback.path import Path
from tests.harness.boards.arm_twin import ACCEL_CPS2, AXES, MAX_CPS, ArmTwin

OVER_S = 6.0  # no lease lasts longer, and none is renewed then
TICK_S = 0.001
ONE_COUNT = 1.0 + 1e-6

LETTERS = st.sampled_from(AXES)
LEASES_MS = st.sampled_from([50, 300, 2000])
COUNTS = st.integers(-3400, 3400)
SPEEDS_CPS = st.integers(1, MAX_CPS) | st.just(MAX_CPS)
ACCELS_CPS2 = st.integers(1, ACCEL_CPS2) | st.just(ACCEL_CPS2)
CATEGORIES = st.integers(0, 2)
POINTS = st.tuples(
    st.integers(-3200, 3200), st.integers(-1600, 3200), st.integers(-3200, 3200)
)


Words = tuple[Verb | bytes, tuple[int | str, ...]]
Script = list[tuple[Words, float]]


def asked(verb: Verb, *args: st.SearchStrategy[int | str]) -> st.SearchStrategy[Words]:
    """One verb, without the number of its motion."""
    return st.tuples(st.just(verb), st.tuples(*args))


SINGLE = st.one_of(
    asked(Verb.MOVE, LETTERS, LEASES_MS, COUNTS, SPEEDS_CPS),
    asked(Verb.GOTO, LETTERS, LEASES_MS, COUNTS, SPEEDS_CPS),
    asked(Verb.SPIN, LETTERS, LEASES_MS, SPEEDS_CPS),
    asked(Verb.SPIN, LETTERS, LEASES_MS, SPEEDS_CPS.map(int.__neg__)),
    asked(Verb.STOP, LETTERS, CATEGORIES),
    asked(Verb.KEEP, LETTERS),
    asked(Verb.CLEAR, LETTERS),
    st.sampled_from([(byte, ()) for byte in (b"A", b"C", b"!", b"?")]),
)
TOGETHER = st.one_of(
    asked(Verb.LINE, LEASES_MS, COUNTS, COUNTS, COUNTS, SPEEDS_CPS, ACCELS_CPS2),
    asked(Verb.VIA, COUNTS, COUNTS, COUNTS, SPEEDS_CPS),
    asked(Verb.VIA, COUNTS, COUNTS, COUNTS, SPEEDS_CPS),
)
HOME = asked(Verb.HOME, LETTERS, LEASES_MS, SPEEDS_CPS)
WAITS_S = st.sampled_from([0.0, 0.000_2, 0.03, 0.2])
UNHOMED = st.lists(st.tuples(st.one_of(SINGLE, TOGETHER), WAITS_S), max_size=20)
SCRIPTS = st.lists(st.tuples(st.one_of(SINGLE, TOGETHER, HOME), WAITS_S), max_size=20)


class Player:
    """Says the words of a script to an arm: each motion has the next number."""

    def __init__(self, arm: ArmTwin) -> None:
        """Begin with motion 1."""
        self._arm = arm
        self._motion = 0

    def say(self, words: Words) -> None:
        """Say one of them; other verbs than motions mean the last one."""
        verb, args = words
        if isinstance(verb, bytes):
            self._arm.send(verb)
            return
        self._motion += verb in MOTION_VERBS
        names = [argument.name for argument in SIGNATURES[verb]]
        if "motion" in names:
            at = names.index("motion")
            args = (*args[:at], max(1, self._motion), *args[at:])
        self._arm.ask(verb, *args)


@settings(max_examples=60)
@given(SCRIPTS)
def test_no_script_leaves_a_driver_on_that_nobody_has(
    script: Script,
) -> None:
    """No fault in normal use; rest when leases end; and nothing moves after that."""
    arm = ArmTwin()
    player = Player(arm)
    for words, wait_s in script:
        player.say(words)
        arm.wait(wait_s)
        driven = [arm.core.duty_permille(axis) for axis in AXES]
        assert any(driven) == arm.joints["a"].enabled
    arm.wait(OVER_S)
    assert arm.core.at_rest
    assert arm.core.next_wake_s == inf
    assert all(arm.state(axis) is AxisState.IDLE for axis in AXES)
    assert BoardEvent.FAULT not in [notice.event for _, notice in arm.notices()]
    assert not any(joint.lost_steps for joint in arm.joints.values())
    kinds = {a: [e for e in arm.seen if e.data.get("axis") == a] for a in AXES}
    for axis, joint in arm.joints.items():
        ends = [e for e in kinds[axis] if e.kind in ("moving", "standstill")]
        assert [e.kind for e in ends] == ["moving", "standstill"] * (len(ends) // 2)
        if ends:
            assert ends[-1].data["edges"] == joint.edges


@settings(max_examples=40)
@given(UNHOMED)
def test_positions_are_edges_within_the_soft_limits(
    script: Script,
) -> None:
    """At every instant, and to the step; and no edge comes too soon after another."""
    arm = ArmTwin()
    player = Player(arm)
    for words, wait_s in script:
        player.say(words)
        arm.wait(wait_s)
        assert arm.positions() == arm.steps()
    arm.wait(OVER_S)
    assert arm.positions() == arm.steps()
    for axis in AXES:
        edges = [edge for edge in arm.edges if edge.axis == axis]
        at_counts = 0
        for edge in edges:
            at_counts += edge.sign
            assert at_counts in CNC_RANGES[axis]
        for first, eighth in zip(edges, edges[8:], strict=False):
            # Where it turns at once, at a waypoint, a step is undone by the next.
            if first.sign == eighth.sign:
                assert eighth.t_s - first.t_s > 7 / (MAX_CPS + JUMP_CPS)


@settings(max_examples=40)
@given(st.lists(st.tuples(SINGLE, st.integers(1, 150)), max_size=8))
def test_a_joint_changes_its_speed_no_faster_than_allowed(
    script: list[tuple[Words, int]],
) -> None:
    """Whatever takes it over; but for a drive that is cut."""
    arm = ArmTwin()
    player = Player(arm)
    for words, wait_ms in script:
        player.say(words)
        before = [arm.report(axis) for axis in AXES]
        for _ in range(wait_ms):
            arm.wait(TICK_S)
            after = [arm.report(axis) for axis in AXES]
            for old, new in zip(before, after, strict=True):
                change_cps = abs(new.speed_cps - old.speed_cps)
                assert change_cps <= ACCEL_CPS2 * TICK_S + 1 or not new.duty_permille
                assert abs(new.speed_cps) <= MAX_CPS
            before = after


@settings(max_examples=60)
@given(POINTS, SPEEDS_CPS, ACCELS_CPS2, st.floats(0.0, 0.5), CATEGORIES)
def test_no_joint_is_more_than_a_count_off_the_line(
    target: tuple[int, int, int],
    cps: int,
    accel: int,
    wait_s: float,
    category: int,
) -> None:
    """After every single edge, until it has come to rest, whatever stopped it."""
    arm = ArmTwin()
    arm.line(1, *target, cps=cps, accel=accel)
    arm.wait(wait_s)
    arm.stop("b", category)
    arm.wait(OVER_S)
    lead = max(range(3), key=lambda i: abs(target[i]))
    at = [0, 0, 0]
    for edge in arm.edges:
        at[AXES.index(edge.axis)] += edge.sign
        for axis in range(3):
            on_line = at[lead] * target[axis] / target[lead]
            assert abs(at[axis] - on_line) <= ONE_COUNT
    assert tuple(at) == arm.positions()


def is_between(
    at: list[float], begin: tuple[int, int, int], end: tuple[int, int, int]
) -> bool:
    """Whether a point is on the straight line from one to another."""
    ways = [there - here for here, there in zip(begin, end, strict=True)]
    lead = max(range(3), key=lambda i: abs(ways[i]))
    share = (at[lead] - begin[lead]) / ways[lead] if ways[lead] else 0.0
    return -1e-6 <= share <= 1 + 1e-6 and all(
        abs(at[i] - begin[i] - share * ways[i]) < 1e-6 for i in range(3)
    )


@settings(max_examples=60)
@given(
    st.lists(st.tuples(POINTS, SPEEDS_CPS), min_size=1, max_size=8),
    ACCELS_CPS2,
    st.floats(0.0, 1.0),
    st.booleans(),
)
def test_a_path_changes_no_speed_faster_than_allowed(
    stretches: list[tuple[tuple[int, int, int], int]],
    accel: int,
    share: float,
    ramps: bool,
) -> None:
    """But at a waypoint, by what a joint can do at once; and it ends in time."""
    (first, cps), *others = stretches
    path = Path(0.0, (0, 0, 0), first, cps, accel)
    for target, speed_cps in others:
        path.add(0.0, target, speed_cps)
    points = [(0, 0, 0), first, *(target for target, _ in others)]
    span_s = path.end_s
    stop_s = span_s * share
    step_s = max(TICK_S, span_s / 500)
    was, _ = path.at(0.0)
    speeds = [0.0, 0.0, 0.0]
    t_s = 0.0
    stopped = False
    while t_s <= span_s + 2 * step_s:
        t_s += step_s
        if ramps and not stopped and t_s >= stop_s:
            stopped = True
            path.ramp_down(t_s)
            assert path.end_s <= max(span_s, t_s) + 1e-6
        now, cps_now = path.at(t_s)
        passed = path.take_passed()
        # A ramp may end and another begin within a step.
        change_cps = accel * step_s * (1 + passed) + JUMP_CPS * passed + 1e-3
        for i in range(3):
            assert abs(cps_now[i]) <= MAX_CPS + 1e-6
            assert abs(cps_now[i] - speeds[i]) <= change_cps
            assert abs(now[i] - was[i]) <= (MAX_CPS + JUMP_CPS) * step_s + 1e-6
        assert any(is_between(now, begin, end) for begin, end in pairwise(points))
        was, speeds = now, cps_now
    assert max(map(abs, speeds)) == 0.0
    if not ramps:
        assert was == list(map(float, stretches[-1][0])) or all(
            abs(x - y) < 1e-6 for x, y in zip(was, stretches[-1][0], strict=True)
        )


@settings(max_examples=60)
@given(
    st.one_of(POINTS, st.none()), st.floats(0.001, 0.8), st.sampled_from([b"A", b"!"])
)
def test_a_stop_byte_ends_all_edges(
    target: tuple[int, int, int] | None, wait_s: float, byte: bytes
) -> None:
    """At once, in the midst of a tick, and for good."""
    arm = ArmTwin()
    if target is None:
        for axis in AXES:
            arm.spin(axis, 1, 6000)
    else:
        arm.line(1, *target, cps=8000)
    arm.wait(wait_s)
    arm.send(byte)
    now_s, edges = arm.now_s, len(arm.edges)
    assert not arm.joints["c"].enabled
    arm.wait(OVER_S)
    assert len(arm.edges) == edges
    assert all(edge.t_s <= now_s for edge in arm.edges)
    assert arm.positions() == arm.steps()


@settings(max_examples=25)
@given(SCRIPTS, st.floats(0.0001, 0.02))
def test_how_time_is_cut_changes_nothing(script: Script, step_s: float) -> None:
    """To the last event and the last bit; nor does looking."""
    whole, cut = ArmTwin(), ArmTwin()
    players = Player(whole), Player(cut)
    for words, wait_s in script:
        for player in players:
            player.say(words)
        end_s = cut.now_s + wait_s
        whole.wait(wait_s)
        while cut.now_s + step_s < end_s:
            cut.wait(step_s)
            assert all(abs(cut.core.position_rev(axis)) < 1.0 for axis in AXES)
        cut.now_s = end_s
        cut.core.advance(end_s)
    assert cut.seen == whole.seen
    assert cut.said == whole.said
    assert cut.edges == whole.edges


def test_the_witness_is_told_of_each_standstill_by_its_last_edge(arm: ArmTwin) -> None:
    """Told 20 ms later, with the stamp of the edge, and the count of all of them."""
    arm.line(1, 800, 400, 0)
    arm.wait(0.3)
    arm.send(b"!")
    arm.wait(0.5)
    for axis in "ab":
        stamps_s = [edge.t_s for edge in arm.edges if edge.axis == axis]
        seen = [e for e in arm.seen if e.data.get("axis") == axis]
        (moving,) = (e for e in seen if e.kind == "moving")
        (rest,) = (e for e in seen if e.kind == "standstill")
        samples = [e for e in seen if e.kind == "sample"]
        assert (moving.t_s, rest.t_s) == (stamps_s[0], stamps_s[-1])
        assert rest.data["edges"] == rest.data["steps"] == len(stamps_s)
        assert seen.index(rest) > seen.index(samples[-1])
        gaps_s = [b.t_s - a.t_s for a, b in pairwise(samples)]
        assert min(gaps_s) > 0.0019
        drives = [(e.data["duty_permille"], e.data["brake"]) for e in arm.drives(axis)]
        assert drives == [(1000, False), (0, False)]
    assert [e.kind for e in arm.seen if e.data.get("axis") == "c"].count("moving") == 0
