"""Which server is meant where none was named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Mapping, Optional

DEFAULT_URL = "http://127.0.0.1:7420"
# A state file is a few hundred bytes.
STATE_BYTES_MAX = 64 * 1024


def find_url(environment: Mapping[str, str]) -> str:
    """`INFERENCE_URL`; else the server that runs on this machine, as its state file says; else the default address."""
    return environment.get("INFERENCE_URL", "").strip() or _local_server(environment) or DEFAULT_URL


def _local_server(environment: Mapping[str, str]) -> Optional[str]:
    try:
        with open(_state_file(environment), "rb") as file:
            state = json.loads(file.read(STATE_BYTES_MAX))
    except (OSError, RuntimeError, ValueError):
        # No state file, or a broken one: no local server is known, and the default address will tell.
        return None
    if not isinstance(state, dict) or not isinstance(state.get("url"), str):
        return None
    return state["url"] if _may_run(state.get("pid")) else None


def _state_file(environment: Mapping[str, str]) -> Path:
    home = environment.get("XDG_STATE_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path.home() / ".local" / "state"
    return base / "inference-server" / "server.json"


def _may_run(pid: object) -> bool:
    """Whether the process that wrote the file may still be there; without signals to ask with, it may."""
    if os.name != "posix" or not isinstance(pid, int) or pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
