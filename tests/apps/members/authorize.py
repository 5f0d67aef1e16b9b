"""A TOKEN authorizer. Its policy speaks of every route that a role may call, because it is kept for all of them."""

import tokens

ROUTES = {"member": ["GET/members/*", "PUT/members/{sub}"], "admin": ["*/members/*", "GET/admin/*", "GET/mapped"]}


def handler(event, context):
    print(f"asked about {event['methodArn']}")
    try:
        claims = tokens.check(event["authorizationToken"].removeprefix("Bearer "))
    except ValueError:
        raise Exception("Unauthorized") from None
    stage = "/".join(event["methodArn"].split("/")[:2])
    routes = [f"{stage}/{route.format(**claims)}" for route in ROUTES[claims["role"]]]
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": routes}
    return {
        "principalId": claims["sub"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"role": claims["role"], "expires": claims["exp"]},
    }
