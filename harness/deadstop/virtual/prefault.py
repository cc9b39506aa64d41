"""Copies a forked process's pages at once, before it faults on them one by one.

After a fork all pages are shared, and the first write to each costs a fault: 3 us in a
virtual machine, for each of the 2,500 pages that a case's tail writes to. But all
children of one process write to much the same pages. So one of them looks, at its end,
which ones it has copied, and the others have those copied by a few calls of
`madvise(MADV_POPULATE_WRITE)`, for a fifth of that (tests/benchmarks/
test_sweep_speed.py). No byte of memory differs, so nothing that is computed does.
A kernel before Linux 5.14 does not know the call, and pays as before.
"""

import ctypes
import mmap
import struct
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

__all__ = ["Prefault"]

_MADV_POPULATE_WRITE: Final = 23  # asm-generic/mman-common.h
# Of an entry of /proc/PID/pagemap, one for each page (admin-guide/mm/pagemap.rst).
_PRESENT: Final = 1 << 63
_OF_A_FILE: Final = 1 << 61
_MAPPED_BY_NOBODY_ELSE: Final = 1 << 56
_ENTRY_BYTES: Final = 8
# Beyond so many pages that nobody needs, another call is cheaper.
_GAP_PAGES: Final = 2
# Its owner's heap moves on. To look costs a child as much as not to know does.
_LOOK_EVERY: Final = 64
_MOST_RANGES: Final = 4096

_madvise = ctypes.CDLL(None).madvise
_madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class Prefault:
    """What all children of one process know of their pages, in memory they share."""

    def __init__(self) -> None:
        """Know nothing; the first child is to look."""
        self._forks = 0
        self._shared = mmap.mmap(-1, 8 + 16 * _MOST_RANGES)

    @property
    def _looks(self) -> bool:
        return self._forks % _LOOK_EVERY == 1

    def before_fork(self) -> None:
        """Count one more child."""
        self._forks += 1

    def after_fork(self) -> None:
        """Copy, in the child, what those before it had to."""
        if self._looks:
            return
        (numbers,) = struct.unpack_from("Q", self._shared)
        ranges = iter(struct.unpack_from(f"{numbers}Q", self._shared, 8))
        for address, size_bytes in zip(ranges, ranges, strict=True):
            _madvise(address, size_bytes, _MADV_POPULATE_WRITE)  # may fail: no matter

    def before_exit(self) -> None:
        """Look what was copied, in the child, if it is its turn."""
        if not self._looks:
            return
        try:
            found = list(_joined(_copied()))[:_MOST_RANGES]
        except OSError:  # no /proc, or none that shows its pages
            return
        flat = [number for pages in found for number in pages]
        struct.pack_into(f"{1 + len(flat)}Q", self._shared, 0, len(flat), *flat)


def _copied() -> Iterator[int]:
    """Yield the number of each page that this process alone has."""
    with Path("/proc/self/pagemap").open("rb", buffering=0) as pagemap:
        for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
            # FROM-TO PERMISSIONS ..., in hexadecimal bytes (proc_pid_maps(5)).
            span, permissions = line.split(maxsplit=2)[:2]
            if permissions != "rw-p":
                continue
            first, end = (int(each, 16) // mmap.PAGESIZE for each in span.split("-"))
            pagemap.seek(first * _ENTRY_BYTES)
            entries = array("Q", pagemap.read((end - first) * _ENTRY_BYTES))
            copied = _PRESENT | _MAPPED_BY_NOBODY_ELSE
            for number, entry in enumerate(entries, start=first):
                if entry & (copied | _OF_A_FILE) == copied:
                    yield number


def _joined(pages: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield address and size in bytes of each run of *pages*, which are in order."""
    first = end = 0
    for page in pages:
        if page > end + _GAP_PAGES:
            if end:
                yield first * mmap.PAGESIZE, (end - first) * mmap.PAGESIZE
            first = page
        end = page + 1
    if end:
        yield first * mmap.PAGESIZE, (end - first) * mmap.PAGESIZE
