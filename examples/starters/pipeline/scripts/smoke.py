"""Does what was deployed work? python scripts/smoke.py STAGE

Uploads a table, and waits for its totals. Exit code 1 and the reason when something is wrong.
"""

import json
import sys
import time
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from deployed import SmokeFailed, client, resource

TRIES = 60
TABLE = b"article,quantity\nbook,2\npen,3\n"


def check(stage: str) -> None:
    """Raises SmokeFailed."""
    s3, bucket, name = client("s3"), resource(stage, "Files"), f"smoke ({uuid4().hex}).csv"
    wanted = {"rows": 2, "sums": {"quantity": 5}}
    s3.put_object(Bucket=bucket, Key=f"in/{name}", Body=TABLE)
    for _ in range(TRIES):
        try:
            made = json.loads(s3.get_object(Bucket=bucket, Key=f"totals/{name}.json")["Body"].read())
        except s3.exceptions.NoSuchKey:
            time.sleep(1)
            continue
        if made != wanted:
            raise SmokeFailed(f"the totals are {made} instead of {wanted}")
        for key in (f"in/{name}", f"rows/{name}.jsonl", f"totals/{name}.json"):
            s3.delete_object(Bucket=bucket, Key=key)
        return
    raise SmokeFailed(f"there are no totals of {name} after {TRIES} s")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/smoke.py STAGE")
    try:
        check(sys.argv[1])
    except (SmokeFailed, BotoCoreError, ClientError) as error:
        sys.exit(str(error))
    print("it works")
