"""Amazon Resource Names: parse and format.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """``arn:partition:service:region:account:resource``; ``resource`` keeps its own ``:`` and ``/``."""

    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @staticmethod
    def parse(text: str) -> "Arn":
        """The parts of an ARN. Raises ValueError when there are fewer than six."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise ValueError(f"not an ARN: {text!r}")
        return Arn(partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5])


def partition_of(region: str) -> str:
    """The partition that a region belongs to: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"
