"""Starters are tested where they were written to: ``tests/apps/test_apps_init.py`` runs the tests of each."""

collect_ignore_glob = ["*"]
