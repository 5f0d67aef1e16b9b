"""Code signing: there is no signer here, so that no configuration can be made, and no function has one.

CreateCodeSigningConfig is refused as not implemented. The other operations answer as on AWS to those who ask about what
there is not, which tools that describe functions do (recorded: ``test_code_signing_not_found_excs``).
"""

from typing import NoReturn

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api
from stratolite.services.lambda_.names import function_name


def get_function_code_signing_config(
    call: Call, lambda_: Lambda, request: api.GetFunctionCodeSigningConfigRequest
) -> api.GetFunctionCodeSigningConfigResponse:
    """Nothing, for a function that there is."""
    lambda_.store.require_function(function_name(call, request["FunctionName"]).with_qualifier(""))
    return {}  # type: ignore[typeddict-item]


def put_function_code_signing_config(
    call: Call, lambda_: Lambda, request: api.PutFunctionCodeSigningConfigRequest
) -> NoReturn:
    """There is no configuration to name."""
    raise api.CodeSigningConfigNotFoundException(
        "The code signing configuration cannot be found. Check that the provided configuration is not deleted: "
        f"{request['CodeSigningConfigArn']}."
    )


def delete_function_code_signing_config(
    call: Call, lambda_: Lambda, request: api.DeleteFunctionCodeSigningConfigRequest
) -> None:
    """Nothing is there to delete, which is no error."""
    lambda_.store.require_function(function_name(call, request["FunctionName"]).with_qualifier(""))


def list_code_signing_configs(
    call: Call, lambda_: Lambda, request: api.ListCodeSigningConfigsRequest
) -> api.ListCodeSigningConfigsResponse:
    """None."""
    return {"CodeSigningConfigs": []}


def get_code_signing_config(call: Call, lambda_: Lambda, request: api.GetCodeSigningConfigRequest) -> NoReturn:
    """There is none."""
    _absent(request["CodeSigningConfigArn"])


def update_code_signing_config(call: Call, lambda_: Lambda, request: api.UpdateCodeSigningConfigRequest) -> NoReturn:
    """There is none."""
    _absent(request["CodeSigningConfigArn"])


def delete_code_signing_config(call: Call, lambda_: Lambda, request: api.DeleteCodeSigningConfigRequest) -> NoReturn:
    """There is none."""
    _absent(request["CodeSigningConfigArn"])


def list_functions_by_code_signing_config(
    call: Call, lambda_: Lambda, request: api.ListFunctionsByCodeSigningConfigRequest
) -> NoReturn:
    """There is none."""
    _absent(request["CodeSigningConfigArn"])


def _absent(arn: str) -> NoReturn:
    # Recorded without a type.
    raise api.ResourceNotFoundException(f"The Lambda code signing configuration {arn} can not be found.", Type=None)
