"""What counts as caught, as missed, as a false alarm; and how it is told."""

import io
import json

import pytest
from rich.console import Console

from deadstop.errors import UsageError
from deadstop.gallery.catalogue import BROKEN, CORRECT
from deadstop.invariants import INVARIANTS
from deadstop.prove import (
    BrokenRow,
    Caught,
    CorrectRow,
    ProofResult,
    Row,
    choose,
    mount,
)
from deadstop.report.prove import print_proof, print_row, prove_json
from deadstop.results import ExitCode
from deadstop.rig import load_rig
from tests.harness.report_values import HELD, NONE_CAME, TOO_FAR, case

RIG = load_rig("loopback")
NEVER_LOOKS = BROKEN[0]  # named: stop-commanded
POLLING = CORRECT[0]
BY_NAMED = BrokenRow(NEVER_LOOKS, case(NONE_CAME, TOO_FAR))
BY_OTHER = BrokenRow(NEVER_LOOKS, case(HELD, TOO_FAR))
MISSED = BrokenRow(NEVER_LOOKS, case(HELD))
RIGHT = CorrectRow(POLLING, (case(HELD), case(HELD)))
ALARM = CorrectRow(POLLING, (case(HELD), case(TOO_FAR)))


def proof(*rows: Row) -> ProofResult:
    """Return what *rows* come to."""
    return ProofResult(RIG, rows, 1.5)


def told(*rows: Row) -> str:
    """Return what a person reads."""
    stream = io.StringIO()
    console = Console(file=stream, width=200, highlight=False, markup=False)
    for row in rows:
        print_row(row, console)
    print_proof(proof(*rows), console)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("row", "caught"),
    [
        (BY_NAMED, Caught.NAMED),
        (BY_OTHER, Caught.OTHER),
        (MISSED, Caught.MISSED),
        (BrokenRow(NEVER_LOOKS, None, "it does not import"), Caught.MISSED),
    ],
)
def test_a_broken_component_is_caught_by_what_fails(
    row: BrokenRow, caught: Caught
) -> None:
    """And holds only if that is what the catalogue names."""
    assert row.caught is caught
    assert row.holds is (caught is Caught.NAMED)


def test_a_trigger_that_never_struck_catches_nobody() -> None:
    """`stop-commanded` fails then, too, but of another cause."""
    row = BrokenRow(NEVER_LOOKS, case(NONE_CAME, reached="never"))

    assert row.caught is Caught.MISSED


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ((BY_NAMED, RIGHT), ExitCode.HELD),
        ((BY_OTHER, RIGHT), ExitCode.FAILED),
        ((MISSED, RIGHT), ExitCode.FAILED),
        ((BY_NAMED, ALARM), ExitCode.FAILED),
        ((BY_NAMED, CorrectRow(POLLING, (), "no import")), ExitCode.FAILED),
        ((), ExitCode.NOTHING_CHECKED),
    ],
)
def test_the_exit_code_is_0_only_if_all_is_as_it_should_be(
    rows: tuple[Row, ...], code: ExitCode
) -> None:
    """Every one caught by the invariant named, and no false alarm."""
    assert proof(*rows).exit_code is code


def test_a_rig_that_is_not_at_rest_wins_over_all_else() -> None:
    """Also over a Ctrl-C."""
    result = ProofResult(RIG, (MISSED,), at_rest=False, interrupted=True)

    assert result.exit_code is ExitCode.NOT_AT_REST


def test_the_json_has_the_sums_and_a_row_for_each() -> None:
    """Other tools rely on the sums."""
    written = json.loads(prove_json(proof(BY_NAMED, BY_OTHER, MISSED, ALARM), seed=7))

    sums = written["prove"]
    rows = sums.pop("rows")
    assert sums.pop("wall_s") == 1.5
    assert sums == {
        "broken": 3,
        "caught": 2,
        "caught_by_named": 1,
        "correct": 1,
        "false_alarms": 1,
    }
    assert [row.get("caught") for row in rows] == ["named", "other", "missed", None]
    assert rows[3]["false_alarms"][0]["invariant"] == "motion-ceased"
    assert written["exit_code"] == 1


def test_a_person_reads_what_caught_what_and_what_did_not() -> None:
    """The sums come last."""
    text = told(BY_NAMED, BY_OTHER, MISSED, ALARM)

    assert "stop-commanded (never; limit 50 ms)" in text
    assert "by another than stop-commanded: motion-ceased" in text
    assert "MISSED by stop-commanded" in text
    assert "1 FALSE ALARMS in 2 cases" in text
    assert "1 caught by the invariant named, 1 by another, 1 missed" in text
    assert "1 false alarms in 2 cases" in text


def test_the_catalogue_names_what_there_is() -> None:
    """Ids without a gap, and invariants that exist."""
    assert [one.id for one in BROKEN] == [f"B{number}" for number in range(1, 32)]
    for one in BROKEN:
        assert one.invariants
        assert set(one.invariants) <= set(INVARIANTS)
    assert len(CORRECT) >= 5


def test_components_are_chosen_by_globs_of_their_ids() -> None:
    """In the order of the gallery."""
    assert [one.id for one in choose(["b7", "B2?", "polling"])] == [
        "B7",
        *(f"B{number}" for number in range(20, 30)),
        "polling",
    ]
    assert choose() == (*BROKEN, *CORRECT)


def test_a_glob_that_matches_nothing_is_refused_with_what_there_is() -> None:
    """One line."""
    with pytest.raises(UsageError, match=r"^no component of the gallery is 'B32'; kno"):
        choose(["B32"])


def test_the_gallery_stands_on_the_board_and_within_the_limits_of_the_rig() -> None:
    """Whatever the rig's own components are."""
    rig = load_rig("avr")
    mounted = mount(rig, NEVER_LOOKS.stand)

    assert mounted.board == rig.board
    assert mounted.limits == rig.limits
    assert list(mounted.components) == ["motor"]


def test_a_board_without_two_motors_is_refused() -> None:
    """The gallery's components would be refused every motion."""
    with pytest.raises(
        UsageError, match=r"^rig 'arm-avr' has the axes 'abc' on a board"
    ):
        mount(load_rig("arm-avr"), NEVER_LOOKS.stand)
