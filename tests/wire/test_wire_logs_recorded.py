"""Every recorded answer of CloudWatch Logs is beside ours in some test, save those of operations that are not here."""

import json
from pathlib import Path

import pytest
from tests.conftest import ANSWERS

from stratolite.services.logs import operations

NOT_HERE = {
    "test_logs_delivery.json": ("PutDeliveryDestination", "PutDeliverySource", "CreateDelivery"),
    "test_logs_destinations.json": ("PutDestination", "DescribeDestinations"),
    "test_logs_export_tasks.json": ("CreateExportTask", "DescribeExportTasks", "CancelExportTask"),
    "test_logs_queries.json": ("StartQuery", "DescribeQueries"),
    "test_logs_resource_policies.json": ("PutResourcePolicy", "DescribeResourcePolicies", "DeleteResourcePolicy"),
}
"""The operations that the entries of a file are about, which are refused by name."""


def test_every_entry_is_named() -> None:
    folder = ANSWERS / "logs"
    if not folder.is_dir():
        pytest.skip("the recorded answers of AWS are not beside this checkout")
    tests = "\n".join(file.read_text() for file in Path(__file__).parent.glob("test_wire_logs_*.py"))
    entries = {
        (file.name, name.rpartition("::")[2])
        for file in folder.glob("*.json")
        for name in json.loads(file.read_text())
        if file.name not in NOT_HERE
    }
    assert entries
    assert [entry for entry in sorted(entries) if entry[1] not in tests] == []


def test_what_is_left_out_is_not_here() -> None:
    names = {name for names in NOT_HERE.values() for name in names}
    modules = "\n".join(file.read_text() for file in Path(operations.__path__[0]).glob("*.py"))
    snake = {"".join(f"_{one.lower()}" if one.isupper() else one for one in name)[1:] for name in names}
    assert [name for name in sorted(snake) if f"def {name}(" in modules] == []
