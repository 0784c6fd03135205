"""What municipalities send and the state answers: people, plans, progress, meetings; nothing written is ever changed.

Whoever calls opens one `Desk` for a process, finds out who asks (`access`), and does things in their name (`plans`,
`progress`, `meetings`); each hands out a `Receipt`. docs/programme.md lists what there is.
"""

from __future__ import annotations

from programme import access, appearing, changes, evidence, folders, meetings, plans, progress, transfer
from programme.desk import Asked, Desk, NoAccess, Receipt, Refused, Who, open_desk, receipt
from programme.plans import Faulty
from programme.store import StoreError, exists

__all__ = [
    "Asked",
    "Desk",
    "Faulty",
    "NoAccess",
    "Receipt",
    "Refused",
    "StoreError",
    "Who",
    "access",
    "appearing",
    "changes",
    "evidence",
    "exists",
    "folders",
    "meetings",
    "open_desk",
    "plans",
    "progress",
    "receipt",
    "transfer",
]
