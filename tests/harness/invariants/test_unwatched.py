"""What the laws say of a board whose shafts nobody watches: the wire, and no more."""

from dataclasses import dataclass

import pytest

from deadstop.latency import legs_of
from deadstop.results import Outcome
from deadstop.trace import Source
from tests.harness.invariants.script import Script

WHY = "nobody watches the shaft of this board"
LASTS_S = 0.8


@dataclass
class Unwatched(Script):
    """A case on such a board: a call, its drive command, and how it ended."""

    def begun(self, *, moved: bool = True) -> "Unwatched":
        """Let the call drive its axis, 350 ms before the strike."""
        self.at(
            -450, Source.JUDGE, "call", call="left#1", component="left", axis="a",
            ended=True, watched=False,
        )  # fmt: skip
        ways = dict.fromkeys(
            ("accelerating_rev", "cruise_rev", "decelerating_rev", "arriving_rev"), 0.0
        )
        times = {key.replace("_rev", "_after_s"): 0.4 for key in ways}
        self.at(
            -450, Source.JUDGE, "profile", axis="a", travel_rev=0.0, lasts_s=LASTS_S,
            **ways, **times,
        )  # fmt: skip
        self.at(-400, Source.JUDGE, "begin")
        self.at(-399, Source.SERVER, "call-begun", call="left#1")
        if moved:
            self.driven(-350)
        return self

    def driven(self, ms: float) -> "Unwatched":
        """Send a drive command, as a rig's decoder tells it."""
        self.at(
            ms, Source.LINK, "motion", verb="drive", axis="a", motion=None,
            overtaken=False, lease_ms=0,
        )  # fmt: skip
        return self

    def struck(self) -> "Unwatched":
        """Strike, and let the component hear of it."""
        self.at(0, Source.JUDGE, "strike", trigger=self.trigger)
        self.at(1, Source.SERVER, "call-cancelled", call="left#1")
        return self

    def answered(self, ms: float, outcome: str = "returned") -> "Unwatched":
        """Answer the caller."""
        self.at(
            ms,
            Source.CLIENT,
            "call-returned",
            call="left#1",
            outcome=outcome,
            error=None,
        )
        return self

    def over(self, ms: float = 600) -> "Unwatched":
        """End the record."""
        self.at(ms, Source.JUDGE, "asked-anew")
        return self


def cancelled() -> Unwatched:
    """Return a case that went well."""
    case = Unwatched().begun().struck()
    case.stop(2, heard=False)
    return case.answered(3, "cancelled").over()


def test_a_stop_on_the_wire_is_all_that_is_asked_for() -> None:
    """No board says here that it has understood it."""
    case = cancelled()

    assert case.judge("stop-commanded").outcome is Outcome.PASS
    stays = case.judge("stays-stopped")
    assert (stays.outcome, stays.detail[:24]) == (
        Outcome.PASS,
        "nothing was told to move",
    )
    assert case.judge("honest-outcome").outcome is Outcome.PASS


@pytest.mark.parametrize("law", ["motion-ceased", "honest-state", "deadman"])
def test_what_only_a_witness_sees_is_unchecked(law: str) -> None:
    """And says so; an answer of the component is held against nothing."""
    case = cancelled()
    for what in ("is_moving", "is_powered", "get_position"):
        case.at(
            650, Source.JUDGE, "check", component="left", what=what,
            outcome="returned", error=None, value=True,
        )  # fmt: skip

    verdict = case.judge(law)
    assert (verdict.outcome, verdict.detail) == (Outcome.UNCHECKED, WHY)


def test_no_time_is_told_of_a_shaft_that_nobody_saw() -> None:
    """The legs end with the last stop byte."""
    assert [leg.name for leg in legs_of(cancelled().story())] == [
        "trigger to operation",
        "operation to first stop byte",
        "first to last stop byte",
    ]


def test_no_stop_on_the_wire_is_red() -> None:
    """Whatever else came to an end."""
    case = Unwatched().begun().struck().answered(3, "cancelled").over()

    assert case.judge("stop-commanded").outcome is Outcome.FAIL


def test_a_call_that_came_back_by_itself_owes_no_stop() -> None:
    """Its return is all that tells of its end; one after the strike tells nothing."""
    over = Unwatched(moment="idle").begun().answered(-5).struck().over()
    late = Unwatched().begun().struck().answered(5).over()

    assert over.judge("stop-commanded").outcome is Outcome.UNCHECKED
    assert late.judge("stop-commanded").outcome is Outcome.FAIL


def test_a_drive_behind_the_stop_is_red() -> None:
    """As it is where a witness looks."""
    assert cancelled().driven(50).judge("stays-stopped").outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Unwatched().begun().struck().answered(5).over(), "after 355 ms of a motion"),
        (
            Unwatched().begun().struck().stop(2, heard=False).answered(500).over(),
            "though stopped after 352 ms",
        ),
        (
            Unwatched().begun(moved=False).struck().answered(500).over(),
            "without a drive command",
        ),
    ],
)
def test_a_success_before_its_time_is_a_lie(case: Unwatched, said: str) -> None:
    """The undisturbed motion tells how long it takes."""
    verdict = case.judge("honest-outcome")

    assert verdict.outcome is Outcome.FAIL
    assert said in verdict.detail


def test_a_success_in_its_time_is_believed() -> None:
    """A component that never stopped has indeed arrived."""
    case = Unwatched().begun().struck().answered(420).over()

    assert case.judge("honest-outcome").outcome is Outcome.PASS


def test_a_stray_stop_is_looked_for_from_the_return_of_the_call() -> None:
    """Before it, it may be how the component ends every motion."""

    def idle(stop_ms: float) -> Outcome:
        case = Unwatched(trigger="none", moment="idle").begun().answered(-5)
        return case.stop(stop_ms, heard=False).over().judge("no-needless-stop").outcome

    assert (idle(-10), idle(10)) == (Outcome.PASS, Outcome.FAIL)
