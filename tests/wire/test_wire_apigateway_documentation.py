"""Documentation parts and versions beside what AWS answered (test_apigateway_api.json, test_apigateway_common.json)."""

import json
from typing import Any

from tests.conftest import RunningCloud, recorded
from tests.wire.answers import answered, equal, refused
from tests.wire.rest_recordings import API, COMMON, MOCK, client, rest
from tests.wire.stacks import Stack, template

__all__ = ["client", "rest"]

PLACE = {"type": "API"}
SAID = '{ "description": "Sample API description" }'


def replace(path: str, value: str, op: str = "replace") -> list[dict[str, str]]:
    return [{"op": op, "path": path, "value": value}]


def test_the_life_of_a_part(client: Any, rest: tuple[str, str]) -> None:
    """test_documentation_part_lifecycle"""
    aws, api_id = recorded(API, "::test_documentation_part_lifecycle"), rest[0]
    made = client.create_documentation_part(restApiId=api_id, location=PLACE, properties=SAID)
    equal(made, aws["create-documentation-part"])
    part = {"restApiId": api_id, "documentationPartId": made["id"]}
    equal(client.get_documentation_part(**part), aws["get-documentation-part"])
    equal(client.get_documentation_parts(restApiId=api_id), aws["get-documentation-parts"])
    patches = replace("/properties", '{ "description": "Updated Sample API description" }')
    equal(client.update_documentation_part(**part, patchOperations=patches), aws["update-documentation-part"])
    equal(client.get_documentation_part(**part), aws["get-documentation-part-after-update"])
    equal(client.delete_documentation_part(**part), aws["delete_documentation_part"])


def test_parts_that_are_not_there(client: Any, rest: tuple[str, str]) -> None:
    """test_invalid_get_documentation_part, test_invalid_get_documentation_parts, test_doc_parts_crud_no_api,
    test_invalid_update_documentation_part, test_invalid_delete_documentation_part,
    test_invalid_create_documentation_part_operations
    """
    api_id = rest[0]
    made = client.create_documentation_part(restApiId=api_id, location=PLACE, properties=SAID)["id"]
    nowhere, unknown, known = (
        {"restApiId": of, "documentationPartId": part}
        for of, part in (("api_id", made), (api_id, "documentation_part_id"), (api_id, made))
    )
    aws = recorded(API, "::test_invalid_get_documentation_part")
    equal(answered(client.get_documentation_part, **nowhere), aws["get-documentation-part-invalid-api-id"])
    equal(answered(client.get_documentation_part, **unknown), aws["get-documentation-part-invalid-doc-id"])
    aws = recorded(API, "::test_invalid_update_documentation_part")
    update = client.update_documentation_part
    for step, where, patches in (
        ("invalid-api-id", nowhere, replace("/properties", SAID)),
        ("invalid-add-operation", known, replace("/properties", SAID, "add")),
        ("invalid-path", known, replace("/invalidPath", SAID)),
    ):
        equal(answered(update, **where, patchOperations=patches), aws[f"update-documentation-part-{step}"], step)
    aws = recorded(API, "::test_invalid_create_documentation_part_operations")
    create = {"properties": SAID, "restApiId": api_id}
    wrong = answered(client.create_documentation_part, **create, location={"type": "INVALID"})
    equal(wrong, aws["create_documentation_part_invalid_location_type"])
    create["restApiId"] = "api_id"
    code = refused(client.create_documentation_part, **create, location=PLACE)[0]
    assert code == aws["create_documentation_part_invalid_api_id"]["Error"]["Code"]
    assert "Invalid API identifier" in refused(client.get_documentation_parts, restApiId="api_id")[1]
    aws = recorded(API, "::test_invalid_delete_documentation_part")
    code, text, _ = refused(client.delete_documentation_part, **nowhere)
    wanted = aws["delete_documentation_part_wrong_api_id"]["Error"]
    assert (code, text[:30]) == (wanted["Code"], wanted["Message"][:30])
    equal(client.delete_documentation_part(**known), aws["delete_documentation_part"])
    equal(answered(client.delete_documentation_part, **known), aws["delete_already_deleted_documentation_part"])


def test_places(client: Any, rest: tuple[str, str]) -> None:
    """What a place does not say is all of it; the page on documentation's representation."""
    api_id = rest[0]

    def create(**place: str) -> Any:
        return answered(client.create_documentation_part, restApiId=api_id, location=place, properties="{}")

    assert create(type="RESPONSE", path="/a")["location"] == {
        "type": "RESPONSE",
        "path": "/a",
        "method": "*",
        "statusCode": "*",
    }
    assert create(type="RESPONSE", path="/a", method="*")["Error"]["Code"] == "ConflictException"
    assert create(type="MODEL", name="Pet", path="/a")["Error"]["Code"] == "BadRequestException"
    assert create(type="MODEL")["Error"]["Code"] == "BadRequestException"
    create(type="MODEL", name="Pet")
    create(type="RESOURCE", path="/a")

    def listed(**query: str) -> list[str]:
        items = client.get_documentation_parts(restApiId=api_id, **query)["items"]
        return [part["location"]["type"] for part in items]

    assert listed() == ["RESPONSE", "MODEL", "RESOURCE"]
    assert listed(type="MODEL") == ["MODEL"]
    assert listed(path="/a") == ["RESPONSE", "RESOURCE"]
    assert listed(nameQuery="Pe") == ["MODEL"]
    place = {"type": "RESOURCE", "path": "/b"}
    for text in ("[]", "no"):
        code = refused(client.create_documentation_part, restApiId=api_id, location=place, properties=text)[0]
        assert code == "BadRequestException"


def written(aws: dict[str, Any]) -> str:
    """A definition with the parts of a recording."""
    parts = [{name: part[name] for name in ("location", "properties")} for part in aws["items"]]
    documentation = {
        "version": "1.0.3",
        "documentationParts": json.loads(json.dumps(parts).replace("<name:1>", "Empty")),
    }
    paths = {"/": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}}
    document = {"openapi": "3.0.0", "info": {"title": "doc", "version": "1"}, "paths": paths}
    return json.dumps({**document, "x-amazon-apigateway-documentation": documentation})


def test_parts_of_definitions(client: Any) -> None:
    """test_import_documentation_parts"""
    aws = recorded(API, "::test_import_documentation_parts")
    body = written(aws["get-documentations-parts-after-api-imports"])
    api_id = client.import_rest_api(body=body)["id"]
    first = client.get_documentation_parts(restApiId=api_id)
    equal(first, aws["get-documentations-parts-after-api-imports"])
    merged = client.import_documentation_parts(restApiId=api_id, body=body)["ids"]
    assert merged == [part["id"] for part in first["items"]]
    answer = client.import_documentation_parts(restApiId=api_id, mode="overwrite", body=body)
    equal(answer, aws["import-documentation-parts"])
    assert not set(answer["ids"]) & set(merged)
    equal(client.get_documentation_parts(restApiId=api_id), aws["get-documentations-parts-after-import"])
    ignored = client.import_rest_api(body=body, parameters={"ignore": "documentation"})["id"]
    assert client.get_documentation_parts(restApiId=ignored)["items"] == []


def test_what_holds_no_parts(client: Any, rest: tuple[str, str]) -> None:
    """test_import_documentation_parts_bad_file"""
    aws = recorded(API, "::test_import_documentation_parts_bad_file")
    for kind, body in (("yaml", b"openapi: '3.0.1'\n  a: ["), ("json", b"{")):
        answer = answered(client.import_documentation_parts, restApiId=rest[0], mode="merge", body=body)
        equal(answer, aws[f"import-documentation-parts-bad-{kind}-file"])


def test_versions(client: Any, rest: tuple[str, str]) -> None:
    """test_documentation_parts_and_versions"""
    aws, (api_id, _) = recorded(COMMON, "::test_documentation_parts_and_versions"), rest
    part = client.create_documentation_part(restApiId=api_id, location=PLACE, properties='{"foo": "bar"}')
    equal(part, aws["create-part-response"])
    equal(client.get_documentation_parts(restApiId=api_id), aws["get-parts-response"])
    version = {"restApiId": api_id, "documentationVersion": "v123"}
    equal(client.create_documentation_version(**version), aws["create-version-response"])
    patches = replace("/description", "doc version new")
    equal(client.update_documentation_version(**version, patchOperations=patches), aws["update-version-response"])
    equal(client.get_documentation_version(**version), aws["get-version-response"])
    assert [each["version"] for each in client.get_documentation_versions(restApiId=api_id)["items"]] == ["v123"]
    assert refused(client.create_documentation_version, **version)[0] == "ConflictException"


def test_a_stage_shows_a_version_to_those_who_export_it(client: Any, rest: tuple[str, str]) -> None:
    api_id, root = rest
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, **MOCK)
    deployment = client.create_deployment(restApiId=api_id, stageName="a")["id"]
    part = client.create_documentation_part(restApiId=api_id, location=PLACE, properties=SAID)["id"]
    client.create_documentation_version(restApiId=api_id, documentationVersion="1", stageName="a")
    client.delete_documentation_part(restApiId=api_id, documentationPartId=part)
    client.create_documentation_version(restApiId=api_id, documentationVersion="2")
    client.create_stage(restApiId=api_id, stageName="b", deploymentId=deployment, documentationVersion="2")

    def told(stage: str, extensions: str = "documentation") -> Any:
        asked = {"exportType": "oas30", "parameters": {"extensions": extensions}}
        body = json.loads(client.get_export(restApiId=api_id, stageName=stage, **asked)["body"].read())
        return body.get("x-amazon-apigateway-documentation", {}).get("documentationParts")

    assert told("a") == [{"location": PLACE, "properties": json.loads(SAID)}]
    assert told("a", "integrations") is None
    assert told("b") == []
    stage = {"restApiId": api_id, "stageName": "b"}
    client.update_stage(**stage, patchOperations=replace("/documentationVersion", "1"))
    assert told("b") == told("a")
    missing = replace("/documentationVersion", "3")
    assert refused(client.update_stage, **stage, patchOperations=missing)[0] == "NotFoundException"
    client.delete_documentation_version(restApiId=api_id, documentationVersion="1")
    assert "documentationVersion" not in client.get_stage(**stage)
    assert told("b") is None


def documented(version: str, told: str, **stage: Any) -> str:
    """A template with an API, one documentation part of it, and a version that a stage shows."""
    api = {"Ref": "Api"}
    paths = {"/": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}}
    body = {"openapi": "3.0.1", "info": {"title": "told", "version": "1"}, "paths": paths}
    part = {"RestApiId": api, "Location": {"Type": "METHOD", "Method": "GET"}, "Properties": json.dumps({"a": told})}
    named = {"RestApiId": api, "DocumentationVersion": version, "Description": told}
    shown = {"RestApiId": api, "DeploymentId": {"Ref": "Deployment"}, "StageName": "local", **stage}
    return template(
        {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
            "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": api}},
            "Part": {"Type": "AWS::ApiGateway::DocumentationPart", "Properties": part},
            "Version": {"Type": "AWS::ApiGateway::DocumentationVersion", "Properties": named, "DependsOn": "Part"},
            "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": shown},
        },
        Outputs={
            "Api": {"Value": api},
            "Part": {"Value": {"Fn::GetAtt": ["Part", "DocumentationPartId"]}},
            "Version": {"Value": {"Ref": "Version"}},
        },
    )


def test_stacks(cloud: RunningCloud) -> None:
    client, stack = cloud.client("apigateway"), Stack(cloud, "documented")
    shows = {"DocumentationVersion": {"Ref": "Version"}}
    assert stack.create(documented("1", "first", **shows)) == "CREATE_COMPLETE", stack.reasons("CREATE_FAILED")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.described()["Outputs"]}
    assert outputs["Version"] == "1"
    stage = {"restApiId": outputs["Api"], "stageName": "local"}
    part = {"restApiId": outputs["Api"], "documentationPartId": outputs["Part"]}

    def told() -> Any:
        asked = {"exportType": "swagger", "parameters": {"extensions": "documentation"}}
        body = json.loads(client.get_export(**stage, **asked)["body"].read())
        return body["x-amazon-apigateway-documentation"]

    assert client.get_documentation_part(**part)["location"] == {"type": "METHOD", "path": "/", "method": "GET"}
    assert (told()["version"], told()["documentationParts"][0]["properties"]) == ("1", {"a": "first"})
    assert stack.update(documented("2", "second", **shows)) == "UPDATE_COMPLETE", stack.reasons("UPDATE_FAILED")
    assert (told()["version"], told()["documentationParts"][0]["properties"]) == ("2", {"a": "second"})
    versions = client.get_documentation_versions(restApiId=outputs["Api"])["items"]
    assert [(each["version"], each["description"]) for each in versions] == [("2", "second")]
    assert stack.update(documented("2", "third")) == "UPDATE_COMPLETE", stack.reasons("UPDATE_FAILED")
    assert "documentationVersion" not in client.get_stage(**stage)
    assert json.loads(client.get_documentation_part(**part)["properties"]) == {"a": "third"}
