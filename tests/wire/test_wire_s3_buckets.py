"""Buckets over the wire."""

from tests.conftest import RunningCloud


def test_a_bucket_from_making_to_deleting(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="from-end-to-end")
    assert s3.head_bucket(Bucket="from-end-to-end")["BucketRegion"] == "us-east-1"
    s3.put_object(Bucket="from-end-to-end", Key="a/b", Body=b"x")
    assert s3.get_object(Bucket="from-end-to-end", Key="a/b")["Body"].read() == b"x"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="from-end-to-end")["Contents"]] == ["a/b"]
    s3.delete_objects(Bucket="from-end-to-end", Delete={"Objects": [{"Key": "a/b"}]})
    s3.delete_bucket(Bucket="from-end-to-end")
