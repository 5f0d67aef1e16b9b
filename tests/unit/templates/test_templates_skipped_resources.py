"""Templates in which stand-ins take the places of what nobody here makes."""

from typing import Any

from stratolite.templates.skipped_resources import skip

STREAM_ARN = {"Fn::GetAtt": ["Clicks", "Arn"]}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def skipped(unmade: str, **resources: Any) -> dict[str, Any]:
    made: dict[str, Any] = skip({"Resources": resources}, unmade.split())["Resources"]
    return made


def test_the_type_says_that_a_resource_was_skipped_and_what_can_stay_of_it_stays() -> None:
    clicks = {**resource("AWS::KinesisFirehose::DeliveryStream", DeliveryStreamName="c"), "Condition": "IsLive"}
    made = skipped(
        "Clicks Bare",
        Clicks={**clicks, "DeletionPolicy": "Snapshot"},
        Bare={"Type": "AWS::ECS::Cluster"},
        Queue={"Type": "AWS::SQS::Queue"},
    )
    assert made == {
        "Clicks": {**clicks, "Type": "Skipped::AWS::KinesisFirehose::DeliveryStream"},
        "Bare": {"Type": "Skipped::AWS::ECS::Cluster", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue"},
    }


def test_nothing_is_asked_for_a_resource_that_is_not_made() -> None:
    guests = resource(
        "AWS::RDS::DBInstance",
        DBName="app",
        Engine="postgres",
        DBInstanceIdentifier={"Fn::Sub": "guests-{{resolve:ssm:/stage}}"},
        DBSubnetGroupName={"Fn::ImportValue": "net-Subnets"},
        MasterUserPassword="{{resolve:secretsmanager:db:SecretString:password}}",
        VPCSecurityGroups=[{"Fn::GetAtt": ["Group", "GroupId"]}],
    )
    assert skipped("Guests", Guests=guests)["Guests"]["Properties"] == {"DBName": "app", "Engine": "postgres"}


def test_what_only_carries_something_to_or_from_it_is_skipped_with_it() -> None:
    made = skipped(
        "Clicks",
        Clicks=resource("AWS::KinesisFirehose::DeliveryStream"),
        Mapping=resource("AWS::Lambda::EventSourceMapping", EventSourceArn=STREAM_ARN, FunctionName="f"),
        Other=resource("AWS::Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": ["Queue", "Arn"]}),
        Filter=resource("AWS::Logs::SubscriptionFilter", DestinationArn=STREAM_ARN),
        Hourly=resource("AWS::Scheduler::Schedule", Target={"Arn": STREAM_ARN}),
        Told=resource("AWS::Scheduler::Schedule", Target={"Arn": "arn:f", "Input": {"Ref": "Clicks"}}),
        Carried=resource("AWS::ApiGatewayV2::Integration", RequestParameters={"StreamName": {"Ref": "Clicks"}}),
        Route=resource("AWS::ApiGatewayV2::Route", Target={"Fn::Join": ["/", ["integrations", {"Ref": "Carried"}]]}),
    )
    names = {name for name, one in made.items() if one["Type"].startswith("Skipped::")}
    assert names == {"Clicks", "Mapping", "Filter", "Hourly", "Carried", "Route"}


def test_what_does_other_things_as_well_goes_on_without_it() -> None:
    target = {"Id": "f", "Arn": "arn:f"}
    made = skipped(
        "Clicks",
        Clicks=resource("AWS::KinesisFirehose::DeliveryStream"),
        Rule=resource("AWS::Events::Rule", Targets=[{"Id": "c", "Arn": STREAM_ARN}, target]),
        Table=resource("AWS::DynamoDB::Table", TableName="t", KinesisStreamSpecification={"StreamArn": STREAM_ARN}),
        Function=resource("AWS::Lambda::Function", Environment={"Variables": {"STREAM": {"Ref": "Clicks"}}}),
    )
    assert made["Rule"]["Properties"] == {"Targets": [target]}
    assert made["Table"]["Properties"] == {"TableName": "t"}
    assert made["Function"]["Properties"] == {"Environment": {"Variables": {"STREAM": {"Ref": "Clicks"}}}}
