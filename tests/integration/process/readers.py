"""What a child may do with a document, well and badly."""

import os
import resource
import signal
import socket
import time

COUNT = 0


def work(data: bytes, name: str) -> bytes:
    """Does what the document says."""
    global COUNT
    COUNT += 1
    order = data.decode()
    if order == "hang":
        time.sleep(60)
    if order == "spin":
        while True:
            pass
    if order == "abort":
        os.abort()
    if order == "memory":
        return bytes(8_000_000_000)
    if order == "fault":
        raise ValueError(name)
    if order == "count":
        return str(COUNT).encode()
    if order == "pid":
        return str(os.getpid()).encode()
    if order == "limits":
        return f"{resource.getrlimit(resource.RLIMIT_CORE)[0]} {os.getsid(0) == os.getpid()}".encode()
    if order == "environment":
        return " ".join(sorted(os.environ)).encode()
    if order == "grow":
        held = bytearray(400_000_000)
        time.sleep(1)
        return str(len(held)).encode()
    if order.startswith("connect"):
        try:
            socket.create_connection(("127.0.0.1", int(order.split()[1])), 1).close()
        except OSError as problem:
            return type(problem).__name__.encode()
        return b"connected"
    if order == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    return f"{name}:{order}".encode()
