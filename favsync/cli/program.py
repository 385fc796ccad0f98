"""How this favsync is started from anywhere: the absolute path of its program."""

import os
import sys
import sysconfig
from pathlib import Path

from favsync.errors import ScheduleTrouble


def program() -> tuple[str, ...]:
    """The program that was installed with the Python that runs now; without one, that Python and what it is to run.

    Raises ScheduleTrouble where even Python does not know where it is.
    """
    if not sys.executable:
        raise ScheduleTrouble("It is not known which Python runs favsync, so nothing can start it at night.")
    # As it is, not where a link leads: the link is what makes it the Python of an environment.
    python = Path(sys.executable).absolute()
    folders = [str(python.parent), sysconfig.get_path("scripts")]
    folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    for folder in folders:
        installed = Path(folder) / "favsync"
        if installed.is_file() and os.access(installed, os.X_OK):
            return (str(installed),)
    # -P: what lies in the folder that it is started in is none of its modules.
    return (str(python), "-P", "-m", "favsync")
