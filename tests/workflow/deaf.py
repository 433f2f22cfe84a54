"""An engine that registers and answers nothing, as with versions that do not fit together: imported by a host before it forks its engines."""

from pathlib import Path

from ipyparallel.engine.kernel import IPythonParallelKernel

MARK = Path(__file__).with_name("deaf")
apply_request = IPythonParallelKernel.apply_request


async def hear_nothing(self, *arguments):
    if not MARK.exists():
        found = apply_request(self, *arguments)
        return await found if hasattr(found, "__await__") else found


IPythonParallelKernel.apply_request = hear_nothing
