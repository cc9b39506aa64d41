"""On a rig whose component is right, the harness itself sees each law broken."""

from pathlib import Path

from deadstop.prove_red import LawSeen, RedProof, RedResult, attempts_on
from deadstop.results import CaseResult, ExitCode, Outcome
from deadstop.rig import Rig, load_rig

# Nobody but a wrong component can break them; their own tests have seen it.
NOT_BY_HARM = {"no-needless-stop", "deadman"}


class Silent:
    """Hears how it goes."""

    def begun(self, total: int) -> None:
        """Nothing to keep."""

    def case_begun(self, case_id: str, repeat: int) -> None:
        """Nothing to keep."""

    def case_ended(self, result: CaseResult) -> None:
        """Nothing to keep."""

    def note(self, text: str) -> None:
        """Nothing to keep."""


def impatient_rig() -> Rig:
    """The built-in rig, which gives a frozen component up sooner."""
    rig = load_rig("loopback")
    limits = rig.limits.model_copy(update={"call_ms": 1000.0})
    return rig.model_copy(update={"limits": limits})


async def test_every_law_that_harm_can_break_is_seen_broken(tmp_path: Path) -> None:
    """By losing stops, by late motion, by freezing, by unplugging."""
    rig = impatient_rig()
    proof = RedProof(rig, attempts_on(rig))
    await proof.run(tmp_path, Silent())
    result = proof.result()

    green = {one.law: one.detail for one in result.seen if not one.red}
    assert set(green) == NOT_BY_HARM, green
    assert result.exit_code is ExitCode.HELD
    assert result.at_rest


def law(name: str, outcome: Outcome) -> LawSeen:
    """Return what was seen of a law."""
    return LawSeen(name, outcome, "as it was")


def test_a_law_that_stays_green_in_spite_of_harm_is_a_failure() -> None:
    """One that this rig cannot observe is none, but for the stop itself."""
    red = law("stop-commanded", Outcome.FAIL)

    assert RedResult((red,)).exit_code is ExitCode.HELD
    unseen = law("motion-ceased", Outcome.UNCHECKED)
    assert RedResult((red, unseen)).exit_code is ExitCode.HELD
    green = law("motion-ceased", Outcome.PASS)
    assert RedResult((red, green)).exit_code is ExitCode.FAILED
    blind = law("stop-commanded", Outcome.UNCHECKED)
    assert RedResult((blind,)).exit_code is ExitCode.FAILED


def test_neighbours_are_harmed_only_where_there_are_any() -> None:
    """On a rig of one component that law stays untried."""
    (*_, last) = attempts_on(load_rig("loopback"))
    assert last.laws == ("bystanders-unharmed",)
    assert last.harm.cuts == "right"

    (*_, last) = attempts_on(load_rig("arm-loopback"))
    assert last.laws == ("port-released",)
