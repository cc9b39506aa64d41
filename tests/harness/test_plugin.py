"""The pytest plugin, as a user's own suite meets it."""

import pytest

from tests.harness.command_line import ROOT

pytestmark = [pytest.mark.wall_clock, pytest.mark.timeout(100)]

ARM = ROOT / "tests" / "examples" / "test_my_arm.py"
INI = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty suite of somebody else's."""
    pytester.makeini(INI)
    return pytester


def run(suite: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run the suite in a process of its own, without this suite's extras."""
    return suite.runpytest_subprocess("-p", "no:randomly", "-q", *args)


def test_a_whole_case_is_one_line_in_a_users_test(suite: pytest.Pytester) -> None:
    """The fixture runs the case and gives its verdicts."""
    suite.makepyfile(
        """
        async def test_it(run_case):
            result = await run_case("go_for/client-close/accelerating")
            assert result.outcome == "pass", result.explain()
        """
    )

    run(suite).assert_outcomes(passed=1)


def test_a_failing_case_explains_itself(suite: pytest.Pytester) -> None:
    """The assertion's text names invariant, figure and limit."""
    suite.makepyfile(
        careless="""
        from arduino_actuators import ArduinoMotor
        from arduino_actuators.wire import Verb

        class Careless(ArduinoMotor, register=False):
            async def go_for(self, rpm, revolutions, **kwargs):
                link = await self._axis.connect()
                motion = link.motion(Verb.MOVE, "a", 300, 2560, 8000)
                await motion.start()
                await motion.wait_ended()
        """,
        test_it="""
        async def test_it(run_case):
            result = await run_case("go_for/client-close/accelerating")
            assert result.outcome == "pass", result.explain()
        """,
    )

    result = run(suite, "--component", "careless:Careless")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*fail stop-commanded: no stop for axis a*"])


def test_the_bench_is_alive_and_the_client_is_the_sdks_own(
    suite: pytest.Pytester,
) -> None:
    """Free form: a move, a look at the shaft, a stop."""
    suite.makepyfile(
        """
        import asyncio

        async def test_it(rig, bench, client, component, trace):
            assert type(client).__name__ == "MotorClient"
            move = asyncio.create_task(client.go_for(rpm=120, revolutions=0.5))
            assert await bench.wait_for(lambda e: e.kind == "moving", within_s=5)
            await component.stop()
            await asyncio.wait([move])
            assert move.exception() is not None
            assert not await component.is_moving()
            assert any(event.kind == "stop" for event in trace)
            assert rig.name == "loopback"
        """
    )

    run(suite).assert_outcomes(passed=1)


def test_nothing_is_opened_at_collection(suite: pytest.Pytester) -> None:
    """Collecting needs neither a rig that can live nor a component that imports."""
    suite.makepyfile("async def test_it(run_case): ...")

    result = run(suite, "--collect-only", "--component", "no.such:Module")

    assert result.ret == 0


def test_an_unknown_rig_is_one_clear_line(suite: pytest.Pytester) -> None:
    """A usage error, with the rigs there are."""
    suite.makepyfile("async def test_it(run_case): ...")

    result = run(suite, "--rig", "nonesuch")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no built-in rig is called*nonesuch*loopback*"])
    assert "Traceback" not in result.stderr.str()


def test_a_broken_component_skips_the_rest_with_its_first_cause(
    suite: pytest.Pytester,
) -> None:
    """One error tells it all; the others say that they were not run, and why."""
    suite.makepyfile(
        """
        async def test_one(run_case): ...
        async def test_two(run_case): ...
        async def test_three(bench): ...
        """
    )

    result = run(suite, "-rs", "--component", "no.such:Module")

    result.assert_outcomes(errors=1, skipped=2)
    result.stdout.fnmatch_lines(["*the rig is broken*no.such*"])


def test_hardware_tests_are_skipped_on_a_simulated_board(
    suite: pytest.Pytester,
) -> None:
    """A test that moves something real never runs by accident."""
    suite.makepyfile(
        """
        import pytest

        @pytest.mark.hardware
        async def test_real(bench): ...

        @pytest.mark.rig(requires=["avr"])
        async def test_avr(bench): ...

        @pytest.mark.rig(requires=["two-axes"])
        async def test_two_axes(rig): ...
        """
    )

    run(suite).assert_outcomes(passed=1, skipped=2)


def test_the_header_names_rig_board_and_component(suite: pytest.Pytester) -> None:
    """What a reader of a log needs to know first."""
    suite.makepyfile("def test_it(): ...")

    result = suite.runpytest_subprocess("--component", "some.module:Motor")

    result.stdout.fnmatch_lines(
        ["deadstop: rig 'loopback', board 'loopback', component 'some.module:Motor'"]
    )


def test_whole_cases_can_be_played_on_virtual_time(suite: pytest.Pytester) -> None:
    """In a fraction of the time; what strikes at a process is skipped, and says why."""
    suite.makepyfile(
        """
        import pytest

        CASES = ["go_for/client-close/cruise", "go_for/client-kill/cruise"]

        @pytest.mark.parametrize("case", CASES)
        async def test_it(run_case, case):
            result = await run_case(case)
            assert result.outcome == "pass", result.explain()
        """
    )

    result = run(suite, "-v", "-rs", "--deadstop-clock", "virtual")

    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "deadstop: rig 'loopback', board 'loopback', virtual clock",
            "SKIPPED*client-kill has no process to strike in virtual time",
        ]
    )


def test_the_example_of_an_arm_holds_on_the_rig_of_an_arm(
    suite: pytest.Pytester,
) -> None:
    """Here it is skipped: this suite's own rig has no arm."""
    suite.makepyfile(test_my_arm=ARM.read_text(encoding="utf-8"))

    run(suite, "--rig", "arm-loopback").assert_outcomes(passed=5)
