"""B22: the old instance keeps its port when a new one takes its place."""

from typing import ClassVar

from deadstop.gallery.c3_try_finally import TryFinallyMotor
from deadstop.gallery.talk import Talk


class BrokenMotor(TryFinallyMotor):
    """Right but for one thing."""

    # Opening a port resets an Uno, which takes two seconds: better keep it open. But
    # whoever comes next opens a line of its own, and never looks here.
    warm: ClassVar[dict[str, Talk]] = {}

    async def close(self) -> None:
        """Stop what moves, and keep the line for the next instance."""
        if not self.closed:
            self.closed = True
            await self.talk.halt()
            self.warm[self.name] = self.talk
