"""The programs that the tests use besides Python's: found, else installed, else a clear refusal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CALC_NAMES = ("soffice", "libreoffice")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of a Chromium: the system's, else the one that Playwright downloaded; None where there is none."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def quiet(*command: str) -> bool:
    return (
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def install_chromium() -> str:
    """A Chromium's path, installing one where there is none; exits saying what to install where that fails."""
    if found := chromium():
        return found
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing Chromium with the system's package manager…")
        quiet("apt-get", "update")
        quiet("apt-get", "install", "-y", "--no-install-recommends", "chromium")
    if not chromium():
        print("Downloading Playwright's Chromium…")
        quiet(sys.executable, "-m", "playwright", "install", "chromium")
    if found := chromium():
        return found
    sys.exit(
        "No Chromium for the browser tests. Install the package 'chromium' (or Google Chrome) and run again."
    )


def calc() -> str | None:
    """The path of LibreOffice, or None where there is none."""
    return next((found for name in CALC_NAMES if (found := shutil.which(name))), None)


def install_calc() -> str:
    """LibreOffice's path, installing Calc where there is none; exits saying what to install where that fails."""
    if found := calc():
        return found
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing LibreOffice Calc with the system's package manager…")
        quiet("apt-get", "update")
        quiet("apt-get", "install", "-y", "--no-install-recommends", "libreoffice-calc")
    if found := calc():
        return found
    sys.exit("No LibreOffice for the spreadsheet tests. Install 'libreoffice-calc' and run again.")


if __name__ == "__main__":
    print(f"Chromium: {install_chromium()}")
    print(f"LibreOffice: {install_calc()}")
