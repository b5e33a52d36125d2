"""Watch the channels: the configured sources, and the drop folders for mail files, portal and scans."""

from pathlib import Path

from prefect import flow, get_run_logger, task

from flows.runtime import get_app
from pipeline.bootstrap import build_store
from pipeline.config import load_settings
from pipeline.domain.document import Channel
from pipeline.intake.sources import FolderSettings, load_sources
from pipeline.process.collect import collect, take_folder


@task(task_run_name="receive-{channel}")
def receive_files(folder: str, channel: str) -> list[str]:
    """Register the finished files of a watched folder and move them to its `done` folder after our commit."""
    ids: list[str] = []
    take_folder(get_app(), FolderSettings(name=channel, path=Path(folder), channel=Channel(channel)), ids)
    return ids


@flow(name="poll-sources")
def poll_sources() -> list[str]:
    """Every source of APDESK_SOURCES: mailboxes, SFTP servers, buckets, folders. One that fails is polled again."""
    path = load_settings().sources
    ids: list[str] = []
    if path is None:
        return ids
    for found in collect(get_app(), load_sources(path), build_store().mail_memory):
        ids += found.documents
        if found.problem:
            get_run_logger().warning("%s %s: %s", found.kind, found.name, found.problem)
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
