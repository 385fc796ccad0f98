"""Code run in a process of its own, where a test needs one that can be limited, robbed of rights, or killed."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

WITHOUT_OVERRIDE = """
import ctypes, sys
def obey_file_modes():
    '''Give up root's right to ignore file modes; anybody else never had it.'''
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "capset"):
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    for place in range(3):
        sets[place] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    assert libc.capset(header, sets) == 0, ctypes.get_errno()
"""


def start_child(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Start Python with that code; its standard streams are pipes."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run_child(code: str, *arguments: object) -> str:
    """Run Python with that code to its end, and return what it printed; what it complained of fails the test."""
    with start_child(code, *arguments) as child:
        printed, complaints = child.communicate(timeout=60)
    assert child.returncode == 0, complaints
    return printed.strip()
