"""Small programs for the simulated chip, compiled once a session."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deadstop.toolchain import missing_for_avr
from tests.harness.boards.avr.bench import Bench

SOURCES = Path(__file__).parent / "firmware"
MakeBench = Callable[..., Bench]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Compile a program of `firmware/` by its name; give its ELF file."""
    compiler = shutil.which("avr-gcc")
    assert compiler is not None, missing_for_avr()
    folder = tmp_path_factory.mktemp("firmware")

    def compile_(name: str) -> Path:
        elf = folder / f"{name}.elf"
        if not elf.exists():
            options = ["-Os", "-Wall", "-mmcu=atmega328p", "-DF_CPU=16000000UL"]
            source = SOURCES / f"{name}.c"
            subprocess.run([compiler, *options, source, "-o", elf], check=True)  # noqa: S603
        return elf

    return compile_


@pytest.fixture
def power_up(compiled: Callable[[str], Path]) -> Iterator[MakeBench]:
    """Power up a program by its name; all are switched off after the test."""
    benches: list[Bench] = []

    def make(name: str, **options: Any) -> Bench:  # noqa: ANN401 - the core's
        bench = Bench(compiled(name), **options)
        benches.append(bench)
        return bench

    yield make
    for bench in benches:
        bench.core.close()
