"""Soon."""

from dashboard import controls

controls.heading("x", "em obras")
