"""The AWS_PROXY integration: the whole request goes to a Lambda function, its answer is the response.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.services.apigatewayv2 import Apigatewayv2, event, refusal, reply
from stratolite.services.apigatewayv2.domain import Integration
from stratolite.services.apigatewayv2.exchange import Exchange
from stratolite.services.apigatewayv2.reply import Malformed, Reply


async def answer(apigatewayv2: Apigatewayv2, call: Call, exchange: Exchange, integration: Integration) -> Reply:
    """Invoke the function and read its answer.

    Raises Refusal: 503 it is too slow, 500 it cannot be called, failed, or answered what is no response.
    """
    function, version = exchange.route.function, integration.payload_format_version
    if not function:
        raise refusal.integration_failed("the integration's URI names no function")
    payload = event.encoded(exchange, version)
    port = apigatewayv2.world.ports.function
    try:
        result = await port.invoke(call, function, payload, integration.timeout_s)
    except TimeoutError:
        raise refusal.unavailable(f"{function} took longer than {integration.timeout_s:g} s") from None
    except AwsError as error:
        # AWS tells the client nothing of a function that is missing, throttled or not permitted.
        raise refusal.integration_failed(str(error)) from None
    if result.error:
        raise refusal.integration_failed(
            f"The Lambda function returned the following error: {result.error}."
            " Check your Lambda function code and try again."
        )
    try:
        return reply.read(result.payload, version)
    except Malformed as error:
        raise refusal.integration_failed(
            "The response from the Lambda function doesn't match the format that API Gateway expects."
            f" Lambda returned what is no response: {error}."
        ) from None
