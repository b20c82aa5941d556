"""The exit statuses, as the machine interface has them."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_GATE = 1  # a gate of the user's is broken, or a prediction was wrong
EXIT_INPUT = 2  # the command line or what it names
EXIT_FAULT = 3
EXIT_INTERRUPTED = 130
EXIT_BY_SIGNAL = 128  # with the number of the signal added, as shells have it
