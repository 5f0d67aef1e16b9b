"""``$disconnect``: a delivery, written in the transaction that ends the connection.

AWS makes one attempt, and loses it at times. Here a function that could not be called (it is throttled, say) is called
again; one that was called and failed is not, as on AWS.
"""

import msgspec

from stratolite.core.errors import AwsError
from stratolite.delivery.outbox import Entry
from stratolite.delivery.retry import DeliveryFailed, RetryPolicy, delays
from stratolite.delivery.worker import Effect
from stratolite.services.apigatewayv2 import Apigatewayv2
from stratolite.services.apigatewayv2.websocket import event, logs
from stratolite.services.apigatewayv2.websocket.client import Client, Moment, moment_of
from stratolite.services.apigatewayv2.websocket.locate import named_stage
from stratolite.services.apigatewayv2.websocket.stage import DISCONNECT

KIND = "apigatewayv2.disconnect"
AGAIN = RetryPolicy(delays(1, 5, 30, 60))


def put(apigatewayv2: Apigatewayv2, client: Client, code: int, reason: str) -> None:
    """Deliver in the current transaction, later."""
    moment = moment_of(apigatewayv2.world, client)
    payload = msgspec.json.encode({"client": client.document, "code": code, "reason": reason})
    apigatewayv2.world.outbox.put(
        moment.call,
        KIND,
        payload,
        source=moment.call.arn("execute-api", f"{client.api_id}/{client.stage}"),
        target=f"{client.api_id}/{client.stage}",
    )


async def deliver(apigatewayv2: Apigatewayv2, entry: Entry) -> Effect | None:
    """Call the function of ``$disconnect``, if there is one. Raises DeliveryFailed."""
    ended = msgspec.json.decode(entry.payload)
    client = Client.of(ended["client"])
    live = named_stage(apigatewayv2, client.api_id, client.stage)
    route = live.routes.get(DISCONNECT) if live is not None else None
    if live is None or route is None or not route.function:
        return None
    moment = moment_of(apigatewayv2.world, client, entry.trace_id)
    payload = event.disconnect(moment, live.stage, ended["code"], ended["reason"])
    assert route.integration is not None
    await _call(apigatewayv2, moment, route.function, payload, route.integration.timeout_s)
    logs.write(apigatewayv2, moment, live.stage, DISCONNECT, "DISCONNECT", 200, None)
    return None


async def _call(apigatewayv2: Apigatewayv2, moment: Moment, function: str, payload: bytes, timeout_s: float) -> None:
    port = apigatewayv2.world.ports.function
    try:
        result = await port.invoke(moment.call, function, payload, timeout_s)
    except TimeoutError:
        raise DeliveryFailed(f"{function} took longer than {timeout_s:g} s", retry=False) from None
    except AwsError as error:
        raise DeliveryFailed(str(error), retry=error.status in (429, 500, 502, 503)) from None
    if result.error:
        raise DeliveryFailed(f"{function} failed: {result.payload.decode(errors='replace')}", retry=False)
