"""Watch the channels: mail files, portal drop and scan folders. Each flow registers what is new and names it by id."""

from pathlib import Path

from prefect import flow, task

from flows.runtime import get_app
from pipeline.config import load_settings
from pipeline.process.ingest import ingest_file, settled_files


@task(task_run_name="receive-{channel}")
def receive_files(folder: str, channel: str) -> list[str]:
    """Register the finished files of a watched folder and move them to its `done` folder after our commit."""
    app = get_app()
    ids: list[str] = []
    for file in settled_files(Path(folder)):
        ids += [row["id"] for row in ingest_file(app, file, channel, None)]
        done = file.parent / "done"
        done.mkdir(exist_ok=True)
        file.rename(done / f"{file.stem}.{len(ids)}{file.suffix}" if (done / file.name).exists() else done / file.name)
    return ids


@flow(name="poll-mail")
def poll_mail() -> list[str]:
    """Mail files (.eml) that the mail server drops."""
    return receive_files(str(load_settings().folder("mail")), "email")


@flow(name="watch-scans")
def watch_scans() -> list[str]:
    """The scanners' folder."""
    return receive_files(str(load_settings().folder("scan")), "scan")


@flow(name="watch-portal")
def watch_portal() -> list[str]:
    """Files that a supplier portal drops; uploads through the desk register themselves."""
    return receive_files(str(load_settings().folder("portal")), "portal")
