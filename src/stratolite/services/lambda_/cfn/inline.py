"""``ZipFile``: source in the template becomes a zip, with the ``cfn-response`` module where it asks for it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
"""

import io
import re
import zipfile

from stratolite.services.lambda_ import api

_PYTHON_IMPORT = re.compile(r"^\s*import\s+cfnresponse\b", re.MULTILINE)
_NODE_IMPORT = re.compile(r"""require\(\s*(['"`])cfn-response\1\s*\)""")

PYTHON_RESPONSE = '''"""Sends what came of a custom resource to CloudFormation."""

import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    text = json.dumps(body)
    print("Response body:")
    print(text)
    request = urllib.request.Request(
        event["ResponseURL"], data=text.encode(), method="PUT", headers={"content-type": ""}
    )
    try:
        with urllib.request.urlopen(request) as response:
            print("Status code:", response.status)
    except OSError as error:
        print("send(..) failed executing http.request(..):", error)
'''
NODE_RESPONSE = """// Sends what came of a custom resource to CloudFormation.
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, responseStatus, responseData, physicalResourceId, noEcho) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({
      Status: responseStatus,
      Reason: "See the details in CloudWatch Log Stream: " + context.logStreamName,
      PhysicalResourceId: physicalResourceId || context.logStreamName,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      NoEcho: noEcho || false,
      Data: responseData,
    });
    console.log("Response body:\\n", body);
    const url = new URL(event.ResponseURL);
    const client = require(url.protocol === "https:" ? "https" : "http");
    const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
    const request = client.request(url, { method: "PUT", headers }, (response) => {
      console.log("Status code: " + parseInt(response.statusCode));
      response.resume();
      resolve(context.done());
    });
    request.on("error", (error) => {
      console.log("send(..) failed executing https.request(..): " + error);
      reject(context.done(error));
    });
    request.write(body);
    request.end();
  });
};
"""


def zipped(source: str, runtime: str) -> bytes:
    """A zip with the source as its ``index`` file. Raises InvalidParameterValueException for other runtimes."""
    if runtime.startswith("python"):
        files = {"index.py": source}
        if _PYTHON_IMPORT.search(source):
            files["cfnresponse.py"] = PYTHON_RESPONSE
    elif runtime.startswith("nodejs"):
        files = {"index.js": source}
        if _NODE_IMPORT.search(source):
            files["node_modules/cfn-response/index.js"] = NODE_RESPONSE
    else:
        raise api.InvalidParameterValueException(
            "ZipFile can only be used when Runtime is set to a Python or Node.js runtime."
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            # An entry made from its name alone is dated 1980: equal sources give equal zips.
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return file.getvalue()
