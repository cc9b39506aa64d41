"""Fixtures of the hosting tests."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deadstop.hosting import ChildProcess, Zygote


@pytest.fixture
async def attached(zygote: Zygote) -> AsyncIterator[Zygote]:
    """The session's parent process, heard on this test's loop."""
    await zygote.attach()
    yield zygote
    zygote.detach()


@pytest.fixture
def write_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Write a user's module into the current folder; the result is its name."""
    monkeypatch.chdir(tmp_path)

    def write(body: str) -> str:
        (tmp_path / "users_module.py").write_text(body, encoding="utf-8")
        return "users_module"

    return write


async def fork_body(zygote: Zygote, folder: Path, body: str) -> ChildProcess:
    """Fork a process that runs *body* (it is imported, as a component would be)."""
    module = folder / "users_body.py"
    if not module.exists():  # one body a test: a fork may be reading it
        module.write_text(body, encoding="utf-8")
    config = {"class": "users_body:Nothing", "folder": str(folder)}
    child = await zygote.fork("inspect", config, folder / "output.log")
    return child.connect(lambda _: None)
