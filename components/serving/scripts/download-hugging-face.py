"""Downloads files of one Hugging Face repository to FOLDER: REPOSITORY at REVISION, only those named in FILES (one a line; empty: all).

A file that is there is not asked for again, and one that was cut off goes on where it stopped.
"""

import os
import sys
import threading
import time
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download

ATTEMPTS, PAUSE_SECONDS, REPORT_SECONDS = 5, 10, 10

folder = Path(os.environ["FOLDER"])
repository = os.environ["REPOSITORY"]
revision = os.environ.get("REVISION") or None
files = os.environ.get("FILES", "").split("\n") if os.environ.get("FILES") else None


def present(total: int) -> str:
    done = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{done / 2**20:,.0f} of {total / 2**20:,.0f} MiB"


def report(message: str) -> None:
    """In the log, and as the container's termination message."""
    print(message, flush=True)
    Path("/dev/termination-log").write_text(message)


def progress(total: int, over: threading.Event) -> None:
    while not over.wait(REPORT_SECONDS):
        report(f"weights: {present(total)}")


def download() -> None:
    if files and all((folder / name).is_file() for name in files):
        print(f"weights: {repository} is on the volume", flush=True)
        return
    info = HfApi().model_info(repository, revision=revision, files_metadata=True, timeout=30)
    wanted = [entry for entry in info.siblings if files is None or entry.rfilename in files]
    missing = set(files or []) - {entry.rfilename for entry in wanted}
    if missing:
        raise FileNotFoundError(f"{repository} at {info.sha} lacks {', '.join(sorted(missing))}")
    total = sum(entry.size or 0 for entry in wanted)
    print(f"weights: downloading {repository} at {info.sha}, {total / 2**20:,.0f} MiB", flush=True)
    over = threading.Event()
    threading.Thread(target=progress, args=(total, over), daemon=True).start()
    try:
        snapshot_download(repository, revision=info.sha, local_dir=folder, allow_patterns=files, etag_timeout=30)
    finally:
        over.set()
    print(f"weights: {present(total)}", flush=True)


for attempt in range(1, ATTEMPTS + 1):
    try:
        download()
        break
    except Exception as error:  # every kind is told and tried again: a hub answers many errors that pass
        reason = f"weights: try {attempt} of {ATTEMPTS} to download {repository} failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
        report(reason)
        if attempt == ATTEMPTS:
            sys.exit(1)
        time.sleep(PAUSE_SECONDS)
