"""The neighbours, the needless stop, the event loop, the deadman."""

from typing import Final

from arduino_actuators.wire import StopCategory
from deadstop.axes import ALL, board_of, letter_of, on_board
from deadstop.busy import BUSY
from deadstop.invariants.verdicts import (
    OUTSIDE,
    UNWATCHED,
    failed,
    held,
    measured,
    unchecked,
)
from deadstop.moments import Moment
from deadstop.results import Outcome, Verdict
from deadstop.rig import Limits
from deadstop.story import Story, number
from deadstop.trace import Event, Scalar, Source
from deadstop.triggers import Ends, HostFate

__all__ = ["bystanders_unharmed", "deadman", "loop_responsive", "no_needless_stop"]

MS: Final = 1000.0
# The board looks at its leases every millisecond, and a frame takes a few on the wire.
LEASE_SLACK_S: Final = 0.020
# A `via` is no news of the host's: it has the lease of its `line`.
FEEDS: Final = frozenset({"keep", "move", "goto", "spin", "power", "line", "home"})


def bystanders_unharmed(story: Story, limits: Limits) -> Verdict:
    """Judge: other axes and newer operations go on as if nothing had happened."""
    law = "bystanders-unharmed"
    others = [
        (call.id, call.axis, next(story.motions(call.axis, story.begin_s), None))
        for call in story.bystanders
    ]
    if story.trigger.takes_over and story.strike_s is not None:
        newer = story.trigger.call
        struck = story.ended[0].id
        others += [
            (newer, call.axis, story.newer_motion(call.axis))
            for call in story.ended
            if call.id == struck
        ]
    # A joint that has no part in what its call moves can come to no harm.
    moving = {call for call, _, begun in others if begun is not None}
    others = [one for one in others if one[2] is not None or one[0] not in moving]
    if any(story.was_cut(call) for call, _, _ in others):
        return unchecked(law, "the server itself had the client's calls ended")
    noisy = any(story.stopped_by_noise(axis) for _, axis, _ in others)
    if noisy or not others:
        noise = "noise on the link was a stop for what else was under way"
        return unchecked(law, noise if noisy else "nothing else was under way")
    for call, axis, begun in others:
        returned = story.first(Source.CLIENT, "call-returned", call=call)
        if returned is None or returned.data["outcome"] != "returned":
            what = "no answer" if returned is None else returned.data["outcome"]
            why = "" if returned is None else f": {returned.data.get('error')}"
            return failed(law, f"call {call} on axis {axis} came to {what}{why}")
        if begun is None:
            return failed(law, f"call {call} says it is done, but sent no motion")
        until_s = returned.t_s
        if story.is_watched(axis):
            until_s = _harmed_until_s(story, limits, axis, begun, returned.t_s)
        stop = _stopped(story, axis, begun, until_s)
        if stop is not None:
            return failed(
                law,
                f"axis {axis}, which was to go on, was sent a stop "
                f"{(stop.t_s - begun.t_s) * MS:.1f} ms after it had begun",
            )
    names = ", ".join(dict.fromkeys(call for call, _, _ in others))
    return held(law, f"went on to the end: {names}")


def _harmed_until_s(
    story: Story, limits: Limits, axis: str, begun: Event, returned_s: float
) -> float:
    """Until when a stop on *axis* harms the motion *begun* there.

    Until it has arrived. A component that ends its motions with a stop of its own,
    as the undisturbed one shows, has sent that by the time its call returns.
    """
    profile = story.profile(axis)
    itself = profile is not None and profile.stopped_after_s
    if not itself and story.trigger.disturbs:
        return story.arrived_after(axis, begun.t_s)
    last_s = max(
        (
            stop.t_s
            for stop in story.all(
                Source.LINK, "stop", after=begun, until_s=returned_s, axis=axis
            )
        ),
        default=story.arrived_after(axis, begun.t_s),
    )
    return last_s - limits.stop_commanded_ms / MS  # a stop may be sent twice


def _stopped(story: Story, axis: str, begun: Event, until_s: float) -> Event | None:
    """Return the first stop that can have hit the motion *begun* on *axis*."""
    for stop in story.all(Source.LINK, "stop", after=begun, until_s=until_s, axis=axis):
        # A stop frame names its motion; the board refuses it for a newer one.
        named = stop.data.get("motion") if stop.data.get("how") == "frame" else None
        if named in (None, 0, begun.data.get("motion")):
            return stop
    return None


def no_needless_stop(story: Story, _: Limits) -> Verdict:
    """Judge: a motion that ended by itself is not followed by stray commands."""
    law = "no-needless-stop"
    if story.moment is not Moment.IDLE and story.trigger.ends is not Ends.NOTHING:
        return unchecked(law, "the motion did not end by itself")
    moved = [c for c in story.calls if any(story.motions(c.axis, story.begin_s))]
    for call in moved or story.calls:
        returned = story.first(Source.CLIENT, "call-returned", call=call.id)
        until_s = story.anew_s if returned is None else returned.t_s
        arrived_s = story.arrived_s(call.axis, until_s)
        ended = "arrived"
        if returned is not None and not call.watched:
            arrived_s, ended = returned.t_s, "returned"
        if arrived_s is None:
            return unchecked(law, f"axis {call.axis} was not seen to arrive")
        stray = story.first(
            Source.LINK,
            "stop",
            "motion",
            since_s=arrived_s,
            until_s=story.anew_s,
            axis=call.axis,
        )
        if stray is not None:
            return failed(
                law,
                f"axis {call.axis} was sent a stray {stray.kind} "
                f"{(stray.t_s - arrived_s) * MS:.1f} ms after it had {ended}",
            )
    end = "arrival" if story.anybody_watches else "return of the call"
    return held(law, f"nothing was sent after the {end}")


def loop_responsive(story: Story, limits: Limits) -> Verdict:
    """Judge: the event loop is never blocked longer than its limit."""
    law = "loop-responsive"
    if story.trigger.host in (HostFate.FROZEN, HostFate.KILLED):
        return unchecked(law, "the harness itself stopped the component's process")
    if not story.sees_inside:
        return unchecked(law, OUTSIDE)
    limit_s = limits.loop_block_ms / MS
    worst_s = 0.0
    for event in story.all(Source.SERVER, "loop-lag", since_s=story.begin_s):
        worst_s = max(worst_s, number(event, "lag_s"))
    for event in story.all(Source.JUDGE, "heartbeat"):
        worst_s = max(worst_s, number(event, "silent_s"))
    if story.first(Source.JUDGE, "component-gone") is not None and not worst_s:
        return unchecked(law, "the component's process ended during the case")
    detail = (
        f"the loop was blocked for {worst_s * MS:.0f} ms"
        if worst_s
        else "the loop was never more than 20 ms late"
    )
    return measured(law, worst_s, limit_s, "s", detail)


def deadman(story: Story, limits: Limits) -> Verdict:
    """Judge: starved, the board stops in time; fed, it never does."""
    law = "deadman"
    if not (story.anybody_watches and story.has(Source.BOARD)):
        untold = "this board does not tell of its leases"
        return unchecked(law, untold if story.anybody_watches else UNWATCHED)
    expired = story.first(Source.BOARD, "lease-expired", since_s=story.begin_s)
    if expired is None:
        if story.trigger.starves:
            return _never_struck(story, law)
        if story.all_commands() == 0:
            return unchecked(law, "no motion was begun: there was no lease to watch")
        return _fed_on(story, limits, law) or held(
            law, "the lease was fed and the board never had to stop by itself"
        )
    late = story.first(Source.JUDGE, "board-late")
    if late is not None:
        return unchecked(
            law,
            f"the simulated board itself was {number(late, 'lateness_s') * MS:.0f} ms "
            f"late: {BUSY}",
        )
    # The first strike of the deadman on each axis; of all of them, the worst.
    strikes: dict[Scalar, Event] = {}
    for event in story.all(Source.BOARD, "lease-expired", since_s=story.begin_s):
        strikes.setdefault(event.data["axis"], event)
    verdicts = [_starved(story, law, event) for event in strikes.values()]
    broken = [verdict for verdict in verdicts if verdict.outcome is Outcome.FAIL]
    return (broken or verdicts)[0]


def _fed_on(story: Story, limits: Limits, law: str) -> Verdict | None:
    """Judge a host that feeds on what the board has told it is over.

    So fed, a board does not notice that whoever asked for the motion is gone.
    """
    knows_s = story.knows_s
    if knows_s is None or story.trigger.takes_over:
        return None
    limit_s = limits.quiet_ms / MS
    for call in story.ended:
        stops = story.all(
            Source.LINK, "stop", since_s=knows_s, until_s=story.anew_s, axis=call.axis
        )
        # What holds a position needs its lease for as long as it does.
        if any(s.data.get("category") == StopCategory.RAMP_THEN_HOLD for s in stops):
            continue
        told = story.first(
            Source.LINK,
            "board-event",
            since_s=knows_s,
            until_s=story.anew_s,
            axis=call.axis,
            event="stopped",
        )
        if told is None:
            continue
        fed = story.last(
            Source.LINK,
            "keep",
            since_s=told.t_s + limit_s,
            until_s=story.anew_s,
            axis=call.axis,
        )
        if fed is not None:
            after_s = fed.t_s - told.t_s
            return failed(
                law,
                f"the lease of axis {call.axis} was still fed {after_s * MS:.0f} ms "
                "after the board had said that it was stopped",
                after_s,
                limit_s,
                "s",
            )
    return None


def _never_struck(story: Story, law: str) -> Verdict:
    """Judge a board that was left alone and did not stop by itself."""
    for call in story.ended:
        owed_s = story.under_way(call.axis)
        if owed_s is None or not call.watched:
            continue
        lease_s = story.lease_s(call.axis)
        ends = story.all(
            Source.LINK,
            "board-event",
            since_s=owed_s,
            until_s=owed_s + lease_s + LEASE_SLACK_S,
            axis=call.axis,
        )
        if not any(end.data.get("event") in ("arrived", "stopped") for end in ends):
            return failed(
                law,
                f"nobody was left to feed axis {call.axis}, and the board did not "
                f"stop it when its lease of {lease_s * MS:.0f} ms was up",
                limit=lease_s,
                unit="s",
            )
    return unchecked(law, "the motion was over before its lease was up")


def _starved(story: Story, law: str, expired: Event) -> Verdict:
    axis = str(expired.data["axis"])
    lease_s = number(expired, "lease_ms") / MS
    fed_s = max(
        (
            event.t_s
            for event in story.all(Source.BOARD, "command", until_s=expired.t_s)
            if event.data.get("verb") in FEEDS and _is_for(story, event, expired)
        ),
        default=expired.t_s,
    )
    silent_s = expired.t_s - fed_s
    if silent_s < lease_s - LEASE_SLACK_S:
        return failed(
            law,
            f"the board stopped axis {axis} {silent_s * MS:.0f} ms after it was fed",
            silent_s,
            lease_s,
            "s",
        )
    if silent_s > lease_s + LEASE_SLACK_S:
        return failed(
            law,
            f"unfed, axis {axis} went on for {silent_s * MS:.0f} ms",
            silent_s,
            lease_s,
            "s",
        )
    # Stopping when the lease is up is the law kept to the letter, not narrowly.
    return held(
        law, f"unfed for {silent_s * MS:.0f} ms, the board itself stopped axis {axis}"
    )


def _is_for(story: Story, command: Event, expired: Event) -> bool:
    """Whether *command* fed the lease that *expired*: a `line` has one for all axes."""
    starved = str(expired.data["axis"])
    board = board_of(starved)
    if not on_board(command, board):
        return False
    letter = letter_of(str(command.data.get("axis")))
    if letter == ALL or letter in letter_of(starved):
        return True
    motion = command.data.get("motion")
    return motion == expired.data.get("motion") and story.is_line(motion, board)
