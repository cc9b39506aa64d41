"""Moments: learnt from a motion that nothing disturbed, then seen in another."""

import threading
from dataclasses import replace

import pytest

from deadstop.moments import Moment, MomentWatch, Profile, leading, learn_profiles
from deadstop.trace import Event, Scalar, Source

TRAVEL_REV = 1.0
PEAK_REV_S = 2.0
RAMP_S = 0.1  # so 0.1 rev each ramp, and 0.4 s at full speed between them
CALLED_S = 50.0
BEGUN_S = CALLED_S + 0.01


def sample(t_s: float, position_rev: float, speed_rev_s: float) -> Event:
    """What the witness says of axis a."""
    return Event(
        t_s,
        Source.SHAFT,
        "sample",
        {"axis": "a", "position_rev": position_rev, "speed_rev_s": speed_rev_s},
    )


def trapezium(direction: int = 1, start_rev: float = 3.0) -> list[Event]:
    """A trapezoidal profile of 1 rev in 0.6 s, sampled every millisecond."""
    events = []
    position_rev = 0.0
    for step in range(601):
        t_s = step / 1000
        speed = PEAK_REV_S * min(1.0, t_s / RAMP_S, (0.6 - t_s) / RAMP_S)
        position_rev += speed / 1000
        events.append(
            sample(
                BEGUN_S + t_s, start_rev + direction * position_rev, direction * speed
            )
        )
    return events


@pytest.mark.parametrize("direction", [1, -1])
def test_a_profile_knows_the_stages_of_the_travel(direction: int) -> None:
    """Half speed, half way, below 90 % again, and 98 % of the way."""
    profile = Profile.learn(trapezium(direction), "a", CALLED_S)

    assert profile.travel_rev == pytest.approx(direction * TRAVEL_REV, abs=0.01)
    assert profile.accelerating_rev == pytest.approx(0.025, abs=0.005)
    assert profile.cruise_rev == pytest.approx(0.5, abs=0.005)
    assert profile.decelerating_rev == pytest.approx(0.919, abs=0.005)
    assert profile.arriving_rev == pytest.approx(0.98, abs=0.005)
    assert profile.accelerating_after_s == pytest.approx(0.06, abs=0.003)
    assert profile.cruise_after_s == pytest.approx(0.31, abs=0.003)
    assert profile.decelerating_after_s == pytest.approx(0.521, abs=0.003)
    assert profile.arriving_after_s == pytest.approx(0.565, abs=0.003)


def test_a_profile_is_of_one_axis_and_of_one_call() -> None:
    """Samples of other axes, and those before the call, are none of it."""
    noise = [sample(CALLED_S - 1, 9.0, 50.0)]
    noise += [
        Event(BEGUN_S, Source.SHAFT, "sample", {**event.data, "axis": "b"})
        for event in trapezium(start_rev=77.0)
    ]

    assert Profile.learn(noise + trapezium(), "a", CALLED_S) == Profile.learn(
        trapezium(), "a", CALLED_S
    )


@pytest.mark.parametrize(
    "events",
    [[], [sample(BEGUN_S, 1.0, 0.0)], [sample(BEGUN_S, 1.0, 0.5)]],
    ids=["nothing seen", "no speed", "no travel"],
)
def test_a_motion_that_moves_nothing_has_no_profile(events: list[Event]) -> None:
    """There is nothing to aim at."""
    with pytest.raises(ValueError, match=r"^axis 'a' did not move$"):
        Profile.learn(events, "a", CALLED_S)


@pytest.mark.parametrize(
    ("way_rev", "moment"),
    [
        (0.0, Moment.ACCELERATING),
        (0.05, Moment.ACCELERATING),
        (0.4, Moment.CRUISE),
        (0.9, Moment.CRUISE),
        (0.93, Moment.DECELERATING),
        (0.985, Moment.ARRIVING),
        (1.2, Moment.ARRIVING),
    ],
)
def test_a_way_is_named_by_its_stage(way_rev: float, moment: Moment) -> None:
    """For triggers that were aimed at in advance."""
    profile = Profile.learn(trapezium(), "a", CALLED_S)

    assert profile.moment_at(way_rev) is moment


def seen(moment: Moment, events: list[Event]) -> list[Event]:
    """What a watch for *moment* of axis a calls back with."""
    reached: list[Event] = []
    profile = Profile.learn(trapezium(), "a", CALLED_S)
    watch = MomentWatch(moment, "a", profile, reached.append)
    for event in events:
        watch(event)
    return reached


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(
    ("moment", "way_rev"),
    [
        (Moment.ACCELERATING, 0.025),
        (Moment.CRUISE, 0.5),
        (Moment.DECELERATING, 0.919),
        (Moment.ARRIVING, 0.98),
    ],
)
def test_a_stage_of_the_travel_is_seen_once(
    moment: Moment, way_rev: float, direction: int
) -> None:
    """Wherever the shaft was when it began, and whichever way it turns."""
    (reached,) = seen(moment, trapezium(direction, start_rev=-7.0))

    position_rev = reached.data["position_rev"]
    assert isinstance(position_rev, float)
    assert abs(position_rev + 7.0) == pytest.approx(way_rev, abs=0.006)


def test_the_way_counts_from_where_the_shaft_began_to_move() -> None:
    """The first sample may come a little later."""
    moving = Event(BEGUN_S, Source.SHAFT, "moving", {"axis": "a", "position_rev": 3.0})
    late = [event for event in trapezium() if event.t_s > BEGUN_S + 0.2]

    (reached,) = seen(Moment.CRUISE, [moving, *late])

    assert reached.data["position_rev"] == pytest.approx(3.5, abs=0.006)


def test_another_axis_reaches_nothing() -> None:
    """Each shaft has its own way."""
    others = [
        Event(event.t_s, event.source, event.kind, {**event.data, "axis": "b"})
        for event in trapezium()
    ]

    assert seen(Moment.CRUISE, others) == []


def link(kind: str, **data: str) -> Event:
    """A message on the link."""
    return Event(BEGUN_S, Source.LINK, kind, data)


@pytest.mark.parametrize(
    ("moment", "event"),
    [
        (Moment.MID_FRAME, link("motion-begun", verb="move")),
        (Moment.MID_FRAME, link("motion", verb="move", axis="a")),
        (Moment.AWAITING_ACK, link("held", by="message to the board")),
        (Moment.AFTER_ARRIVAL, link("held", by="message from the board")),
        (Moment.DURING_CLEANUP, link("stop", axis="a")),
        (Moment.DURING_CLEANUP, link("stop", axis="*")),
    ],
)
def test_a_moment_on_the_link_is_seen_once(moment: Moment, event: Event) -> None:
    """Given by bytes."""
    noise = link("keep", axis="a")

    assert seen(moment, [noise, event, event, noise]) == [event]


@pytest.mark.parametrize(
    ("moment", "event"),
    [
        (Moment.MID_FRAME, link("query", verb="state")),
        (Moment.AWAITING_ACK, link("released")),
        (Moment.DURING_CLEANUP, link("stop", axis="b")),
        (Moment.DURING_CLEANUP, Event(BEGUN_S, Source.BOARD, "stop", {"axis": "a"})),
    ],
)
def test_something_else_on_the_link_is_not_the_moment(
    moment: Moment, event: Event
) -> None:
    """Another message, another axis, another layer."""
    assert seen(moment, [event]) == []


@pytest.mark.parametrize("moment", [Moment.BEFORE_FIRST_BYTE, Moment.IDLE])
def test_a_moment_without_motion_is_for_the_caller_to_see(moment: Moment) -> None:
    """The watch stays silent."""
    assert seen(moment, [*trapezium(), link("stop", axis="a"), link("held")]) == []


STEPS_PER_REV = 12800


def stepped(axis: str, travel_steps: int, lasts_s: float = 1.0) -> list[Event]:
    """A joint that steps evenly, as a witness that counts edges tells of it."""
    events = []
    moments_s = [round(lasts_s * part / 500, 9) for part in range(1, 501)]
    for number, after_s in enumerate(moments_s):
        kind = "sample"
        if number in (0, len(moments_s) - 1):
            kind = "moving" if number == 0 else "standstill"
        steps = round(travel_steps * after_s / lasts_s) or 1
        data: dict[str, Scalar] = {"axis": axis, "steps": steps, "edges": abs(steps)}
        data["position_rev"] = steps / STEPS_PER_REV
        if kind == "sample":
            data["speed_rev_s"] = travel_steps / lasts_s / STEPS_PER_REV
        events.append(Event(BEGUN_S + after_s, Source.SHAFT, kind, data))
    return events


def of_a_case(*events: Event) -> list[Event]:
    """The events of a motion that nothing disturbed, from rest at 0."""
    told = [
        Event(
            CALLED_S,  # in virtual time the judge's own steps take none
            Source.JUDGE,
            "position",
            {"axis": axis, "witness_rev": 0.0, "reported_rev": 0.0},
        )
        for axis in "abc"
    ]
    told += [Event(CALLED_S, Source.JUDGE, "begin"), *events]
    return [*told, Event(CALLED_S + 9, Source.JUDGE, "asked-anew")]


def test_a_joint_whose_edges_are_counted_is_known_to_the_step() -> None:
    """From before its first edge to its last one."""
    learnt = learn_profiles(of_a_case(*stepped("a", 777)), "a")

    assert learnt["a"].travel_rev == 777 / STEPS_PER_REV


def test_profiles_are_learnt_of_the_joints_that_moved() -> None:
    """One that stands has none; one step is a motion."""
    events = [*stepped("a", 777), *stepped("b", 1, 0.002)]
    learnt = learn_profiles(of_a_case(*events), "abc")

    assert list(learnt) == ["a", "b"]


def test_what_came_after_the_motion_is_not_learnt() -> None:
    """The next motion is another."""
    later = [event._replace(t_s=event.t_s + 20) for event in stepped("b", 50)]

    assert list(learn_profiles(of_a_case(*stepped("a", 777), *later), "ab")) == ["a"]


def test_the_joint_that_moves_longest_leads() -> None:
    """It says where in the motion a trigger strikes."""
    events = [*stepped("a", 900, 0.5), *stepped("b", 100), *stepped("c", 30)]

    assert leading(learn_profiles(of_a_case(*events), "abc")) == "b"


def test_of_joints_that_arrive_together_the_one_with_the_longest_way_leads() -> None:
    """It is told of in the finest steps."""
    events = [*stepped("a", 100), *stepped("b", 900), *stepped("c", 30)]

    assert leading(learn_profiles(of_a_case(*events), "abc")) == "b"


def test_where_nothing_moves_nothing_leads() -> None:
    """There is nothing to aim at."""
    assert leading({}) is None


def test_a_motion_that_pauses_is_one_way() -> None:
    """A stream may run dry and go on; half way is half of the whole way."""
    profile = learn_profiles(of_a_case(*stepped("a", 1000)), "a")["a"]
    reached: list[Event] = []
    watch = MomentWatch(Moment.CRUISE, "a", profile, reached.append)

    for event in stepped("a", 1000):
        if 0.18 < event.t_s - BEGUN_S < 0.22:
            watch(event._replace(kind="standstill"))
            watch(event._replace(kind="moving"))
        watch(event)

    (seen,) = reached
    assert seen.data["steps"] == pytest.approx(500, abs=4)


# A motion that nobody watches


def unwatched_case() -> list[Event]:
    """Return a case: 0.1 s to the drive command, 0.4 s from there to the return."""
    call: dict[str, Scalar] = {"call": "left#1", "axis": "a", "watched": False}
    drive: dict[str, Scalar] = {"verb": "drive", "axis": "*", "motion": None}
    done: dict[str, Scalar] = {"call": "left#1", "outcome": "returned"}
    return [
        Event(9.0, Source.JUDGE, "call", call),
        Event(10.0, Source.JUDGE, "begin", {}),
        Event(10.1, Source.LINK, "motion", drive),
        Event(10.2, Source.LINK, "motion", drive),
        Event(10.5, Source.CLIENT, "call-returned", done),
        Event(11.0, Source.JUDGE, "asked-anew", {}),
        Event(11.1, Source.LINK, "motion", drive),
    ]


def test_of_a_motion_that_nobody_watches_its_time_is_learnt() -> None:
    """From the drive command on the wire to the return of the call."""
    profile = learn_profiles(unwatched_case(), "a")["a"]

    assert profile.lasts_s == pytest.approx(0.4)
    assert profile.after_s(Moment.CRUISE) == pytest.approx(0.3)
    assert profile.travel_rev == 0


@pytest.mark.parametrize("missing", ["motion", "call-returned"])
def test_a_motion_that_went_wrong_teaches_nothing(missing: str) -> None:
    """No case can be aimed with it."""
    events = [event for event in unwatched_case() if event.kind != missing]

    assert learn_profiles(events, "a") == {}


def test_its_half_comes_by_time_from_the_drive_command_on() -> None:
    """Once; and no more when the case has gone on."""
    events = unwatched_case()
    profile = replace(learn_profiles(events, "a")["a"], lasts_s=0.002)
    came = threading.Event()
    seen: list[Event] = []

    def reached(event: Event) -> None:
        seen.append(event)
        came.set()

    watch = MomentWatch(Moment.CRUISE, "a", profile, reached)
    late = MomentWatch(Moment.CRUISE, "a", replace(profile, lasts_s=60.0), seen.append)
    for event in events:
        watch(event)
        late(event)
    late.cancel()

    assert came.wait(5.0)
    assert [event.kind for event in seen] == ["half-time"]
