"""Functions of the tests, deployed with this distribution in their package."""

import io
import zipfile
from pathlib import Path
from typing import Any

import stratolite_patterns

ROLE = "arn:aws:iam::123456789012:role/test"


def packaged(code: str) -> bytes:
    """A zip with a module ``app`` and this distribution."""
    out = io.BytesIO()
    source = Path(stratolite_patterns.__file__).parent
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("app.py", code)
        for path in source.rglob("*.py"):
            archive.write(path, str(path.relative_to(source.parent)))
    return out.getvalue()


def function(lambda_: Any, name: str, handler: str, code: bytes, **variables: str) -> str:
    """Create a function, wait until it is active; its ARN."""
    made = lambda_.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler=handler,
        Role=ROLE,
        Code={"ZipFile": code},
        Environment={"Variables": variables},
        Timeout=30,
        MemorySize=256,
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return str(made["FunctionArn"])
