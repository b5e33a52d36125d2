"""A TCP proxy that cuts the connection after so many bytes from the server."""

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def cutting(port: int, after: int) -> Iterator[int]:
    """The port of a proxy to `port` on loopback; each connection is cut after `after` bytes of answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, port, after), daemon=True).start()
        yield server.getsockname()[1]


def _serve(server: socket.socket, port: int, after: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            upstream = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=_pump, args=(client, upstream, None), daemon=True).start()
            threading.Thread(target=_pump, args=(upstream, client, after), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, left: int | None) -> None:
    with contextlib.suppress(OSError):
        while (data := source.recv(4096)) and (left is None or left > 0):
            sink.sendall(data if left is None else data[:left])
            left = None if left is None else left - len(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
