"""Tags of tables: TagResource, UntagResource, ListTagsOfResource."""

from typing import TYPE_CHECKING

from stratolite.core.call import Call
from stratolite.services.dynamodb import api, tables
from stratolite.services.dynamodb import tags as rules_of_tags

if TYPE_CHECKING:
    from stratolite.services.dynamodb import Dynamodb

TAGS_LISTED_MAX = 10


def tag_resource(call: Call, dynamodb: "Dynamodb", request: api.TagResourceInput) -> None:
    """Add tags to a table, or change their values.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
    """
    arn = request["ResourceArn"]
    missing = f"Requested resource not found: ResourcArn: {arn} not found"
    table = tables.of_resource(call, dynamodb, arn, "TagResource", missing, ("tags", request.get("Tags")))
    tags = request["Tags"]
    rules_of_tags.check(tags)
    rules_of_tags.check_number(len({key for key, _ in dynamodb.store.tags(table)} | {tag["Key"] for tag in tags}))
    dynamodb.store.set_tags(table, [(tag["Key"], tag["Value"]) for tag in tags])


def untag_resource(call: Call, dynamodb: "Dynamodb", request: api.UntagResourceInput) -> None:
    """Remove tags from a table; those that it lacks are no error.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
    """
    listed = ("tagKeys", request.get("TagKeys"))
    table = tables.of_resource(
        call, dynamodb, request["ResourceArn"], "UntagResource", "Requested resource not found", listed
    )
    rules_of_tags.check_keys(request["TagKeys"])
    dynamodb.store.delete_tags(table, request["TagKeys"])


def list_tags_of_resource(
    call: Call, dynamodb: "Dynamodb", request: api.ListTagsOfResourceInput
) -> api.ListTagsOfResourceOutput:
    """A table's tags, ten at a time; the token is the last key that was listed.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
    """
    arn = request["ResourceArn"]
    missing = f"Requested resource not found: ResourcArn: {arn} not found"
    table = tables.of_resource(call, dynamodb, arn, "ListTagsOfResource", missing)
    after = request.get("NextToken", "")
    tags = [(key, value) for key, value in dynamodb.store.tags(table) if key > after]
    answer: api.ListTagsOfResourceOutput = {
        "Tags": [{"Key": key, "Value": value} for key, value in tags[:TAGS_LISTED_MAX]]
    }
    if len(tags) > TAGS_LISTED_MAX:
        answer["NextToken"] = tags[TAGS_LISTED_MAX - 1][0]
    return answer
