"""`deadstop stop`: what can be asked of it."""

from typing import Final

from deadstop.commands.options import RigOption

__all__ = ["EXAMPLES", "stop"]

EXAMPLES: Final = "Example: deadstop stop --rig uno-motor"


def stop(rig: RigOption = "loopback") -> int:
    """Send a stop command to the rig's real boards NOW, whoever holds them.

    Where a run holds them, its guardian stops them and ends the run. It waits until
    each board says that it stands: exit code 30 if one does not. It is no emergency
    stop: that is a switch that cuts the power.
    """
    from deadstop.rig import load_rig  # noqa: PLC0415 - keeps --help quick
    from deadstop.stop_command import carry_out_stop  # noqa: PLC0415

    return carry_out_stop(load_rig(rig))
