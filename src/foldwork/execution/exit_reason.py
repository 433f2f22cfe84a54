"""Describe how an engine process has ended."""

import signal

SIGNALS = {
    signal.SIGILL: "illegal instruction",
    signal.SIGABRT: "abort",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point error",
    signal.SIGKILL: "killed, perhaps for want of memory",
    signal.SIGSEGV: "segmentation fault",
}


def exit_reason(code: int) -> str:
    """Describe an exit code.

    Parameters
    ----------
    code : int
        As `subprocess` has it: negative for the number of a signal.
    """
    if code >= 0:
        return f"exit code {code}"
    return f"signal {-code} ({SIGNALS.get(-code, 'ended by a signal')})"
