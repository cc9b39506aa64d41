"""An arm that, stopped, stops every board that its process has a link to."""

from arduino_actuators.link import LiveLine, shared
from tests.broken.plain_arm import PlainArm


class BrokenArm(PlainArm, register=False):  # type: ignore[no-untyped-call]
    """Right but for one thing."""

    async def halt(self, line: LiveLine) -> None:
        """Stop, and to be on the safe side everything else as well."""
        await super().halt(line)
        for other in shared._links.values():  # noqa: SLF001 - the very mistake
            other.link.stop_now("a", "b")
