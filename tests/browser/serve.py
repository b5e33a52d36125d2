"""The desk on in-memory stores with one invoice for every kind of work: `python -m tests.browser.serve [PORT]`."""

import sys

import uvicorn

from pipeline.web.app import create_app
from tests.fakes.desk import PASSWORD, build_desk
from tests.fakes.intake import FakeReceive


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8090
    sys.stdout.write(f"http://127.0.0.1:{port}  users clerk, supervisor, buyer ...  password {PASSWORD}\n")
    uvicorn.run(create_app(build_desk().app, FakeReceive()), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
