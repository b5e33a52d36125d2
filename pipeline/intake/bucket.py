"""Bucket: pull files from an S3-compatible store (obstore, MIT). Taken files are copied to a done prefix, then removed."""

from collections.abc import Callable

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store
from pydantic import BaseModel, ConfigDict, SecretStr

from pipeline.domain.errors import ApdeskError


class BucketUnavailable(ApdeskError):
    """The store cannot be reached or refused us. Tried again at the next pull."""

    exit_code = 5
    retryable = True


class BucketSettings(BaseModel):
    """One bucket and prefix; `endpoint` for stores other than AWS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    bucket: str
    prefix: str = "inbox/"
    done_prefix: str = "done/"
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key_id: str
    secret_access_key: SecretStr
    file_bytes: int = 50_000_000
    facility: str | None = None


def pull(settings: BucketSettings, accept: Callable[[bytes, str], None]) -> int:
    """Hand every object under `prefix` to `accept`, which must have committed when it returns, then put it away.

    An object in a bucket is always finished: stores show it only when it is whole. Returns how many were taken. Raises
    BucketUnavailable; what was handed over until then is safe, and known again by content.
    """
    try:
        return _pull(settings, accept)
    except (BaseError, OSError) as problem:
        first = str(problem).splitlines()[0][:200]
        raise BucketUnavailable(
            f"Bucket {settings.name} is not available: {first}.", "It is pulled again."
        ) from problem


def _pull(settings: BucketSettings, accept: Callable[[bytes, str], None]) -> int:
    store = S3Store(
        settings.bucket,
        endpoint=settings.endpoint,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key.get_secret_value(),
        virtual_hosted_style_request=False,
        client_options={"allow_http": bool(settings.endpoint and settings.endpoint.startswith("http://"))},
    )
    taken = 0
    for path, size in sorted((m["path"], m["size"]) for page in obstore.list(store, settings.prefix) for m in page):
        name = path.removeprefix(settings.prefix)
        if not name or name.endswith("/"):
            continue
        wanted = min(size, settings.file_bytes + 1)
        data = bytes(obstore.get_range(store, path, start=0, length=wanted)) if wanted else b""
        accept(data, name)
        obstore.copy(store, path, f"{settings.done_prefix}{name}")
        obstore.delete(store, path)
        taken += 1
    return taken
