"""What a deployment will change: added, changed, replaced, removed, and whose data that takes along.

Owns: reading change sets, and the judgement which changes lose data. Sans I/O.
Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from stratolite.targets.local import BUCKET_LOGICAL_ID

Action = Literal["add", "change", "replace", "may replace", "remove", "import"]
Loss = Literal["", "certain", "possible"]

STATEFUL = re.compile(
    r"AWS::("
    r"DynamoDB::(Table|GlobalTable)|S3::Bucket|SQS::Queue|Logs::LogGroup|Kinesis::Stream|Events::Archive"
    r"|Cognito::(UserPool|IdentityPool)|SecretsManager::Secret|SSM::Parameter|KMS::(Key|ReplicaKey)"
    r"|ElastiCache::(ReplicationGroup|CacheCluster|ServerlessCache)|MemoryDB::Cluster|DAX::Cluster"
    r"|RDS::(DBInstance|DBCluster)|DocDB::DBCluster|Neptune::DBCluster|DSQL::Cluster|Redshift::Cluster"
    r"|RedshiftServerless::Namespace|Timestream::(Database|Table)|Cassandra::(Keyspace|Table)|QLDB::Ledger"
    r"|OpenSearchService::Domain|Elasticsearch::Domain|OpenSearchServerless::Collection|MSK::Cluster"
    r"|EFS::FileSystem|FSx::FileSystem|EC2::Volume|Backup::BackupVault|ECR::Repository|S3Express::DirectoryBucket"
    r"|S3Tables::(TableBucket|Table)|S3Vectors::VectorBucket|Glacier::Vault|CodeCommit::Repository"
    r")"
)
"""The types whose resources hold what people or applications have put there: it goes when the resource goes."""
KEEPING = ("Retain", "RetainExceptOnCreate", "Snapshot")
"""The policies under which something of a resource is left."""
_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource. ``because``: the properties that have it replaced."""

    action: Action
    logical_id: str
    type: str
    physical_id: str = ""
    loss: Loss = ""
    kept: str = ""
    """The policy that keeps what would be lost: ``DeletionPolicy: Retain``."""
    because: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What people have to know of it, in words."""
        cause = f"{', '.join(self.because)} cannot be changed in place" if self.because else ""
        if self.loss:
            lost = f"the data of {self.logical_id} {'is' if self.loss == 'certain' else 'may be'} lost"
            return f"{lost} ({cause})" if cause else lost
        return f"what is there stays ({self.kept})" if self.kept else cause


@dataclass(frozen=True)
class Changes:
    """A plan, as people see it before they agree."""

    stack_name: str
    account: str
    region: str
    rows: tuple[Change, ...]
    is_new: bool = False
    """Whether the stack is made: then nothing is known but the template."""
    notes: tuple[str, ...] = ()
    is_beside: bool = False
    """Whether something changes that is no resource: outputs, tags, policies."""

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.is_beside

    @property
    def losses(self) -> tuple[Change, ...]:
        """The changes that lose data, or may."""
        return tuple(row for row in self.rows if row.loss)

    def as_json(self) -> dict[str, Any]:
        rows = [{**asdict(row), "because": list(row.because), "note": row.note} for row in self.rows]
        return {
            "stack": self.stack_name,
            "account": self.account,
            "region": self.region,
            "is_new": self.is_new,
            "changes": rows,
            "notes": list(self.notes),
        }


def added(template: Mapping[str, Any]) -> tuple[Change, ...]:
    """What a stack that does not exist will have."""
    return tuple(
        Change("add", name, str(one.get("Type", "")))
        for name, one in template.get("Resources", {}).items()
        if isinstance(one, dict)
    )


def of_change_set(
    described: Iterable[Mapping[str, Any]], before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Change, ...]:
    """The changes that a change set tells. ``before``, ``after``: the templates, for policies that it leaves out."""
    rows = []
    for one in described:
        change = one.get("ResourceChange") or {}
        name, kind = change.get("LogicalResourceId", ""), change.get("ResourceType", "")
        physical = change.get("PhysicalResourceId") or ""
        match change.get("Action"):
            case "Add":
                rows.append(Change("add", name, kind))
            case "Import":
                rows.append(Change("import", name, kind, physical))
            case "Remove":
                kept = _kept(change.get("PolicyAction"), "DeletionPolicy", _resource(before, name))
                rows.append(_removal(name, kind, physical, kept))
            case "Modify" | "Dynamic":
                rows.append(_modification(change, name, kind, physical, _resource(after, name)))
    return tuple(rows)


def of_removal(resources: Iterable[Mapping[str, Any]], template: Mapping[str, Any]) -> tuple[Change, ...]:
    """What goes when a stack is deleted. ``resources``: as ListStackResources tells them."""
    rows = []
    for one in resources:
        name, kind = one["LogicalResourceId"], one["ResourceType"]
        if one.get("ResourceStatus") == "DELETE_COMPLETE":
            continue
        kept = _kept(None, "DeletionPolicy", _resource(template, name))
        rows.append(_removal(name, kind, one.get("PhysicalResourceId") or "", kept))
    return tuple(rows)


def is_stateful(name: str, kind: str) -> bool:
    """Whether a resource holds data that somebody misses. The deployment bucket holds what is packed again."""
    return bool(STATEFUL.fullmatch(kind) or kind == _STACK) and name != BUCKET_LOGICAL_ID


def _removal(name: str, kind: str, physical: str, kept: str) -> Change:
    loss: Loss = "certain" if is_stateful(name, kind) and not kept else ""
    return Change("remove", name, kind, physical, loss, kept)


def _modification(
    change: Mapping[str, Any], name: str, kind: str, physical: str, resource: Mapping[str, Any]
) -> Change:
    replacement = change.get("Replacement")
    if replacement not in ("True", "Conditional"):
        return Change("change", name, kind, physical)
    kept = _kept(change.get("PolicyAction"), "UpdateReplacePolicy", resource)
    certain: Loss = "certain" if replacement == "True" else "possible"
    loss: Loss = certain if is_stateful(name, kind) and not kept else ""
    action: Action = "replace" if replacement == "True" else "may replace"
    return Change(action, name, kind, physical, loss, kept, _causes(change.get("Details") or ()))


def _causes(details: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    targets = [detail.get("Target", {}) for detail in details]
    named = [str(one["Name"]) for one in targets if one.get("Name") and one.get("RequiresRecreation") != "Never"]
    return tuple(dict.fromkeys(named))


def _kept(action: str | None, attribute: str, resource: Mapping[str, Any]) -> str:
    """The policy that keeps a resource, from the change set where it tells, else from the template."""
    if action:
        policy = action.removeprefix("ReplaceAnd")
        return f"{attribute}: {policy}" if policy in KEEPING else ""
    written = resource.get(attribute)
    return f"{attribute}: {written}" if written in KEEPING else ""


def _resource(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = template.get("Resources", {}).get(name)
    return found if isinstance(found, dict) else {}
