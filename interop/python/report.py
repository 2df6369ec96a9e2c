"""One line of JSON per check on stdout, as interop/README.md describes; and what the emulator says really happened."""

import json
import os
import time
import urllib.request
import uuid
from collections.abc import Callable
from importlib.metadata import version

KEY = os.environ["LATCHKEY_KEY"]
URL = os.environ["LATCHKEY_URL"]
TLS_URL = os.environ["LATCHKEY_TLS_URL"]
PROJECT = os.environ["LATCHKEY_PROJECT"]
TRUTH = os.environ["TRUTH"]

CHAT_MODEL = "gpt-5-mini"
EMBEDDING_MODEL = "text-embedding-3-small"
UNKNOWN_MODEL = "no-such-model"
MAX_NOTE = 400
PATIENCE_SECONDS = 15


class Unexpected(Exception):
    """What came is not what was expected."""


def expect(holds: object, what: str) -> None:
    if not holds:
        raise Unexpected(what)


class Client:
    """The column of one SDK in the table."""

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self.version = version(package)

    def check(self, name: str, run: Callable[[], str | None]) -> None:
        """Runs one check: it passes unless it raises, and what it returns becomes the note."""
        try:
            note = run() or ""
            result = "pass"
        except Exception as error:  # whatever an SDK raises is a result
            note = f"{type(error).__name__}: {' '.join(str(error).split())}"[:MAX_NOTE]
            result = "fail"
        self._print(name, result, note)

    def absent(self, name: str, why: str) -> None:
        self._print(name, "absent", why)

    def _print(self, check: str, result: str, note: str) -> None:
        line = {"client": self.name, "version": self.version, "language": "Python"}
        print(json.dumps({**line, "check": check, "result": result, "note": note}), flush=True)


def raised(error_class: type, call: Callable[[], object]) -> Exception:
    """The error of a call that must fail with exactly this class."""
    try:
        call()
    except Exception as error:
        expect(
            type(error) is error_class,
            f"{error_class.__name__} expected, {type(error).__name__} came: {error}",
        )
        return error
    raise Unexpected(f"{error_class.__name__} expected, the call succeeded")


def long_question() -> tuple[str, str]:
    """A question whose answer takes many seconds, and the mark by which the emulator's record shows it."""
    mark = uuid.uuid4().hex
    return f"Tell me about lighthouses in 5000 words. Mark {mark}", mark


def expect_upstream_closed(mark: str) -> None:
    """Waits until the emulator says that the reader of the stream with this mark in its request has left."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    outcomes: list[str] = []
    while time.monotonic() < deadline:
        marked = {one["id"] for one in _truth("requests") if mark in one["url"] + one["body"]}
        outcomes = [
            one["outcome"] for one in _truth("ledger") if one["requestId"] in marked and one["stream"]
        ]
        if outcomes == ["cancelled"]:
            return
        time.sleep(0.1)
    raise Unexpected(f"the service's stream was to be cancelled, but is {outcomes}")


def _truth(name: str) -> list[dict]:
    with urllib.request.urlopen(f"{TRUTH}/_emulator/{name}") as answer:
        return json.load(answer)
