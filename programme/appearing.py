"""What was taken comes onto the pages: the plan folders are brought up to the store, and plans are judged alone."""

from __future__ import annotations

import threading

from pipelines import publishing
from pipelines.declarations import DeclarationError
from pipelines.swapping import BuildError
from programme import folders
from programme.desk import Desk
from programme.store import StoreError

_turn = threading.Lock()
_waiting = threading.Event()


def appear(desk: Desk) -> list[str]:
    """Bring pages up to the store now; returns a sentence for each plan that could not be. Raises BuildError.

    A few seconds; a build that is under way is waited for.
    """
    problems = folders.publish(desk)
    publishing.build(desk.config, plans_only=True)
    return problems


def soon(desk: Desk) -> threading.Thread:
    """The same beside the present thread, for whoever has a receipt to hand out; many calls make one run, or two.

    What goes wrong is told by the next build and its page; nothing of what was taken is lost.
    """
    _waiting.set()

    def run() -> None:
        with _turn:
            # Whoever came while another run was under way may have come too late for it.
            if _waiting.is_set():
                _waiting.clear()
                try:
                    appear(desk)
                except (BuildError, DeclarationError, StoreError):
                    return

    thread = threading.Thread(target=run, name="farol-programme", daemon=True)
    thread.start()
    return thread
