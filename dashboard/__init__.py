"""Questions to the built tables, and their answers as charts, words and files."""

import os

# Arrow chooses where all of its memory comes from when it is first imported, which is after this: its own pool gives
# nothing back of what was freed, a tenth of what a process holds.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
