"""An application from its folder to the steps of its deployment: what stays equal, and what an edit changes."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.cli.application import Application, compiled_for, load
from stratolite.cli.options import Choices
from stratolite.core.clock import MovableClock, RealClock
from stratolite.core.errors import UserError
from stratolite.targets.plan import Apply, ConfigureStage, MakeBucket, MakeStandIn, Prune, SetPolicy, Upload

SERVICE = """\
service: shop
provider:
  name: aws
  runtime: nodejs20.x
  tags: {team: core}
  logs: {restApi: true}
functions:
  list:
    handler: h.list
    events:
      - http: GET users
      - sns: arn:aws:sns:us-east-1:123456789012:user-events
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "serverless.yml").write_text(SERVICE)
    (tmp_path / "h.js").write_text("exports.list = async () => ({ statusCode: 200 });\n")
    return tmp_path


def loaded(folder: Path, **options: Any) -> Application:
    return load(folder, Choices(), **options)


def named(application: Application, prefix: str) -> str:
    [name] = [name for name in application.template["Resources"] if name.startswith(prefix)]
    return str(name)


def test_nothing_new_is_an_equal_template(folder: Path) -> None:
    assert loaded(folder).template == loaded(folder).template


def test_an_edit_of_code_makes_a_version_and_no_deployment_of_the_api(folder: Path) -> None:
    before = loaded(folder)
    (folder / "h.js").write_text("exports.list = async () => ({ statusCode: 201 });\n")
    after = loaded(folder)
    assert named(after, "ListLambdaVersion") != named(before, "ListLambdaVersion")
    assert named(after, "ApiGatewayDeployment") == named(before, "ApiGatewayDeployment")
    code = after.template["Resources"]["ListLambdaFunction"]["Properties"]["Code"]
    [upload] = after.uploads
    assert code["S3Key"] == upload.key != before.uploads[0].key


def test_another_method_deploys_the_api_anew(folder: Path) -> None:
    before = loaded(folder)
    (folder / "serverless.yml").write_text(SERVICE.replace("GET users", "PUT users"))
    after = loaded(folder)
    assert named(after, "ApiGatewayDeployment") != named(before, "ApiGatewayDeployment")
    assert named(after, "ListLambdaVersion") == named(before, "ListLambdaVersion")


def test_the_steps_in_their_order(folder: Path) -> None:
    steps = [type(step) for step in loaded(folder).plan().steps]
    assert steps[:5] == [MakeStandIn, MakeBucket, Upload, Apply, ConfigureStage]


def test_what_only_an_account_of_aws_needs_is_left_out_and_told(folder: Path) -> None:
    application = loaded(folder)
    assert "CustomApiGatewayAccountCloudWatchRole" not in application.template["Resources"]
    assert any("left out: CustomApiGatewayAccountCloudWatchRole" in warning for warning in texts(application.warnings))


def test_stand_ins_can_be_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="names what it does not make: arn:aws:sns:us-east-1:123456789012:user-events"):
        loaded(folder, stand_ins=False)


def test_for_an_account_of_aws(folder: Path) -> None:
    """What only AWS has acts; what stands in on one machine does not."""
    settings = """\
  stackPolicy: [{Effect: Allow, Principal: '*', Action: ['Update:*'], Resource: '*'}]
  rollbackConfiguration: {MonitoringTimeInMinutes: 5}
  deploymentBucket: {serverSideEncryption: AES256, maxPreviousDeploymentArtifacts: 2}
  environment: {WHO: '${aws:accountId}'}
functions:
"""
    (folder / "serverless.yml").write_text(SERVICE.replace("functions:\n", settings))
    application = loaded(folder, account="210987654321")
    steps = application.plan().steps
    kinds = [type(step) for step in steps]
    assert MakeStandIn not in kinds and kinds.index(SetPolicy) < kinds.index(Apply)
    [prune] = [step for step in steps if isinstance(step, Prune)]
    assert prune.earlier == 2 and application.object_settings == {"ServerSideEncryption": "AES256"}
    assert application.settings["RollbackConfiguration"] == {"MonitoringTimeInMinutes": 5}
    resources = application.template["Resources"]
    variables = resources["ListLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["WHO"] == "210987654321"
    role = resources["CustomDashresourceDashapigwDashcwDashroleLambdaFunction"]["Properties"]
    assert role["Runtime"] == "python3.13"
    assert role["Code"]["S3Key"] in {upload.key for upload in application.uploads}
    assert application.places["ListLambdaFunction"].endswith("serverless.yml:12:3")
    assert not any("has no effect" in warning for warning in texts(application.warnings))


def test_plugins_that_a_file_lets_go_locally_are_refused_on_aws(folder: Path) -> None:
    more = "plugins: [serverless-odd]\ncustom: {stratolite: {ignorePlugins: [serverless-odd]}}\n"
    (folder / "serverless.yml").write_text(SERVICE + more)
    assert loaded(folder).warnings
    with pytest.raises(UserError, match="the plugin serverless-odd is not run"):
        loaded(folder, account="210987654321")
    assert load(folder, Choices(ignore_plugins=("serverless-odd",)), account="210987654321")


def test_a_role_that_nothing_can_resolve_yet_is_refused_where_it_is_used(folder: Path) -> None:
    """The template has it (custom resources act in it); a deployment has no stack yet that could say what it is."""
    text = SERVICE.replace("  tags:", "  cfnRole: {Fn::GetAtt: [Deployer, Arn]}\n  tags:")
    (folder / "serverless.yml").write_text(text)
    maker = "CustomDashresourceDashapigwDashcwDashroleLambdaFunction"
    compiled = compiled_for(folder / "serverless.yml", Choices(), MovableClock(0))
    role = {"Fn::GetAtt": ["Deployer", "Arn"]}
    assert compiled.template["Resources"][maker]["Properties"]["Role"] == role
    for options in ({"account": "210987654321"}, {"strict": True}):
        with pytest.raises(UserError, match=r"provider\.cfnRole has to be an ARN") as raised:
            loaded(folder, **options)
        assert raised.value.where.endswith("serverless.yml:5:3")
    assert any("provider.cfnRole has no effect" in one for one in texts(loaded(folder).warnings))


def test_events_that_nothing_here_causes_are_refused_where_all_is_asked_for(folder: Path) -> None:
    (folder / "serverless.yml").write_text(f"{SERVICE}      - iot: {{sql: SELECT 1}}\n      - alexaSkill: amzn1\n")
    told = texts(loaded(folder).warnings)
    assert any("iot of list" in one and "alexaSkill of list" in one for one in told)
    with pytest.raises(UserError, match="2 events are not run here") as raised:
        loaded(folder, strict=True)
    assert "serverless.yml:13:9: the event iot of list is not run here" in str(raised.value)
    template = loaded(folder, account="210987654321").template
    assert "ListIotTopicRule1" in template["Resources"] and "ListLambdaPermissionAlexaSkill1" in template["Resources"]


def test_what_is_forced_is_another_deployment_on_aws_each_time_and_an_equal_one_here(folder: Path) -> None:
    forced = "      - cognitoUserPool: {pool: p, trigger: PreSignUp, existing: true, forceDeploy: true}\n"
    bucket = "      - s3: {bucket: b-1, existing: true, forceDeploy: true}\n"
    (folder / "serverless.yml").write_text(SERVICE + forced + bucket)

    def stamps(application: Application) -> set[int]:
        made = application.template["Resources"].values()
        return {one["Properties"]["ForceDeploy"] for one in made if "ForceDeploy" in one.get("Properties", {})}

    before_ms = RealClock().now_ms()
    assert all(one >= before_ms for one in stamps(loaded(folder, account="210987654321")))
    assert stamps(loaded(folder)) == stamps(loaded(folder))
