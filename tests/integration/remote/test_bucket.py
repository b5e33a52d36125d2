"""Pulling from a real S3 server process on loopback."""

from collections.abc import Iterator

import obstore
import pytest
from obstore.store import S3Store

from pipeline.intake.bucket import BucketSettings, BucketUnavailable, pull

moto_server = pytest.importorskip("moto.server", reason="moto[server] is not installed")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str, request: pytest.FixtureRequest) -> S3Store:
    import httpx

    bucket = f"b{abs(hash(request.node.name)) % 10**9}"
    httpx.put(f"{endpoint}/{bucket}").raise_for_status()
    return S3Store(
        bucket,
        endpoint=endpoint,
        region="us-east-1",
        access_key_id="k",
        secret_access_key="s",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


def settings(store: S3Store, endpoint: str, **more: object) -> BucketSettings:
    bucket = str(store.config["bucket"])
    values = {"name": "lake", "bucket": bucket, "endpoint": endpoint, "access_key_id": "k", "secret_access_key": "s"}
    return BucketSettings.model_validate(values | more)


def test_objects_are_taken_once_and_put_away(store: S3Store, endpoint: str) -> None:
    obstore.put(store, "inbox/a.pdf", b"%PDF a")
    obstore.put(store, "other/b.pdf", b"%PDF b")
    got: dict[str, bytes] = {}
    assert pull(settings(store, endpoint), lambda data, name: got.update({name: data})) == 1
    assert pull(settings(store, endpoint), lambda data, name: got.update({name: data})) == 0
    assert got == {"a.pdf": b"%PDF a"}
    assert bytes(obstore.get(store, "done/a.pdf").bytes()) == b"%PDF a"


def test_an_object_that_we_fail_to_accept_stays(store: S3Store, endpoint: str) -> None:
    obstore.put(store, "inbox/a.pdf", b"%PDF a")

    def broken(data: bytes, name: str) -> None:
        raise OSError("disk full")

    with pytest.raises(BucketUnavailable):
        pull(settings(store, endpoint), broken)
    assert pull(settings(store, endpoint), lambda data, name: None) == 1


def test_a_missing_bucket_is_one_clear_error(store: S3Store, endpoint: str) -> None:
    with pytest.raises(BucketUnavailable, match="lake is not available"):
        pull(settings(store, endpoint, bucket="absent-bucket"), lambda data, name: None)
