"""Binding refuses what it does not read."""

from __future__ import annotations

import pytest

from dashboard.sheets import binding


def test_binding_refuses_what_it_does_not_read() -> None:
    with pytest.raises(binding.UnreadablePdfError):
        binding.bind(b"%PDF-1.7\nnothing", [], b"")
