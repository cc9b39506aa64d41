"""Which cases a run takes, and what it says to names that it does not know."""

import pytest

from deadstop.cases import Case, case_by_id, select_cases
from deadstop.errors import UsageError
from deadstop.moments import NAMED
from deadstop.rig import Rig, load_rig
from deadstop.triggers import TRIGGERS


@pytest.fixture(scope="module")
def rig() -> Rig:
    """The built-in one."""
    return load_rig("loopback")


def test_a_run_without_a_choice_takes_many_cases(rig: Rig) -> None:
    """Every trigger at every moment of the first motion, and some of the others."""
    cases = select_cases(rig)

    assert len(cases) >= 80
    assert {case.trigger for case in cases} == {
        trigger.name for trigger in TRIGGERS if not trigger.streams
    }
    assert {case.moment for case in cases} == {moment.value for moment in NAMED}
    assert {case.motion for case in cases} == set(rig.motions)


def test_an_arm_is_struck_by_every_trigger_there_is() -> None:
    """Those that break a stream strike its stream only."""
    cases = select_cases(load_rig("arm-loopback"))

    assert {case.trigger for case in cases} == {trigger.name for trigger in TRIGGERS}
    broken = {case.motion for case in cases if case.trigger == "stream-drop"}
    assert broken == {"stream"}


def test_a_stream_that_dries_up_is_felt_and_so_its_client_is_not_frozen() -> None:
    """The component rightly ends such a motion."""
    cases = select_cases(load_rig("arm-loopback"))

    frozen = {case.motion for case in cases if case.trigger == "client-freeze"}
    assert frozen == {"joints", "pose", "through"}


def test_every_case_has_an_id_of_its_own(rig: Rig) -> None:
    """It is also its folder."""
    ids = [case.id for case in select_cases(rig, moments=["*"])]

    assert len(ids) == len(set(ids))


def test_the_reference_comes_first_in_each_motion(rig: Rig) -> None:
    """The others aim with it."""
    seen = set()
    for case in select_cases(rig):
        assert case.is_reference == (case.motion not in seen), case.id
        seen.add(case.motion)


def test_other_motions_are_struck_at_one_moment_by_default(rig: Rig) -> None:
    """At cruise, or at the only moment that the trigger has."""
    moments = {c.moment for c in select_cases(rig) if c.motion == "go_to"}

    assert moments == {"cruise", "idle", "before-first-byte"}


def test_a_glob_for_moments_is_for_every_motion(rig: Rig) -> None:
    """It asks for more."""
    cases = select_cases(rig, moments=["arriv*"])

    assert {case.moment for case in cases} == {"arriving"}
    assert {case.motion for case in cases} == set(rig.motions)


def test_a_motion_that_is_chosen_is_taken_at_every_moment(rig: Rig) -> None:
    """As if it was the rig's first."""
    moments = {case.moment for case in select_cases(rig, motions=["both"])}

    assert moments == {moment.value for moment in NAMED}


def test_globs_of_a_kind_add_up_and_kinds_narrow(rig: Rig) -> None:
    """`--trigger A --trigger B --moment M`."""
    cases = select_cases(rig, ["go_for"], ["client-c*", "preempt"], ["cruise"])

    assert [case.id for case in cases] == [
        "go_for/client-cancel/cruise",
        "go_for/client-close/cruise",
        "go_for/preempt/cruise",
    ]


@pytest.mark.parametrize(
    ("motions", "triggers", "moments", "message"),
    [
        (["go_fro"], [], [], r"^unknown motion 'go_fro'; known: go_for, go_to, both$"),
        ([], ["klient-*"], [], r"^unknown trigger 'klient-\*'; known: none, client-"),
        ([], [], ["Cruise"], r"^unknown moment 'Cruise'; known: before-first-byte, "),
        (["go_for", "x"], [], [], r"^unknown motion 'x'; known: "),
    ],
)
def test_an_unknown_name_is_told_with_those_that_are_known(
    rig: Rig, motions: list[str], triggers: list[str], moments: list[str], message: str
) -> None:
    """One glob that matches nothing is a mistake, even beside one that does."""
    with pytest.raises(UsageError, match=message):
        select_cases(rig, motions, triggers, moments)


def test_a_choice_that_leaves_nothing_says_when_the_trigger_strikes(rig: Rig) -> None:
    """Both names are known; together they are no case."""
    with pytest.raises(
        UsageError,
        match=r"^no case matches: expired-on-arrival strikes at before-first-byte$",
    ):
        select_cases(rig, [], ["expired-on-arrival"], ["cruise"])


def test_a_case_is_found_by_its_id(rig: Rig) -> None:
    """As a report prints it."""
    case = case_by_id(rig, "go_to/client-kill/cruise")

    assert case == Case("go_to", "client-kill", "cruise")


@pytest.mark.parametrize(
    ("case_id", "message"),
    [
        ("go_for", r"^case 'go_for': write it as MOTION/TRIGGER/MOMENT$"),
        ("go_for/none/idle/1", r"^case 'go_for/none/idle/1': write it as "),
        ("x/none/idle", r"^unknown motion 'x'; known: "),
        ("go_for/none/cruise", r"^no case matches: none strikes at idle$"),
    ],
)
def test_an_id_that_is_none_says_how_to_write_it(
    rig: Rig, case_id: str, message: str
) -> None:
    """Or which part of it is unknown."""
    with pytest.raises(UsageError, match=message):
        case_by_id(rig, case_id)
