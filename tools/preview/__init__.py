"""Made-up contexts and pages for ``tools/preview_ui.py``."""
