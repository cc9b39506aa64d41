"""Where and with what a run is made, for whoever reads it later."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from deadstop.results import Provenance

__all__ = ["provenance_now"]


def provenance_now(rig: str, component: str | None) -> Provenance:
    """Return the provenance of a run that begins now.

    Args:
        rig: the rig as it was asked for.
        component: what was asked for in place of the rig's, if anything.
    """
    return Provenance(
        rig=rig,
        component=component or "",
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        host=platform.node(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpus=len(os.sched_getaffinity(0)),
        deadstop=version("deadstop"),
        python=platform.python_version(),
        viam_sdk=version("viam-sdk"),
    )
