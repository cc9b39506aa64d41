"""How a component of some API is called and asked, one small file each.

To add one: write a file with a `SUBJECT`, and list it here. A component of an API that
is not listed can be tested too: it is asked whether it moves, and not where it is.
"""

from collections.abc import Mapping
from typing import Final

from deadstop.subjects import arm, motor
from deadstop.subjects.base import Subject
from deadstop.subjects.feed import Feed

__all__ = ["Feed", "Subject", "subject_of"]

_KNOWN: Final[Mapping[str, Subject]] = {
    subject.api: subject for subject in (motor.SUBJECT, arm.SUBJECT)
}


def subject_of(api: str) -> Subject:
    """Return what is known of components of *api*, such as ``rdk:component:motor``."""
    return _KNOWN.get(api) or Subject(api)
