"""WebSocket APIs: the data plane. The control plane is that of HTTP APIs (``apigatewayv2/__init__.py``).

A connection, from the upgrade to its end:

- ``locate.py``: which stage a request to upgrade means; ``stage.py``: a stage, compiled; ``selection.py``: which route
  a message takes; ``rules.py``: what the control plane lets an API be set to.
- ``connecting.py``: the upgrade; who may (``admission.py``), and what ``$connect`` says to it.
- ``client.py``: what is known of a client; ``live.py``: those that are connected, and their ends: a client that is
  silent, or connected for too long, is disconnected by the clock.
- ``messages.py``: a message, to its route's integration (``integration.py``) and, where the route has a response, back.
- ``disconnecting.py``: ``$disconnect``, as a delivery: it comes also for connections that ended with the process.
- ``event.py``: what functions see; ``refusal.py``: what the gateway answers by itself; ``logs.py``, ``metrics.py``.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html and the pages below.
"""
