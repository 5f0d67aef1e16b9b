"""Who may call what: the one place that says so. The authorizer makes its policies of it, for every route of a role.

Policies are cached for a token, whatever route it came for first, so each names all that its roles may call.
"""

from stratolite_patterns.authorizer import Routes

ISSUER = "community"
AUDIENCE = "community-api"

MEMBER = [
    "GET /users/{id}",
    "GET /users/{id}/posts",
    "GET /feed/{month}",
    "POST /posts",
    "GET /posts/{id}",
    "PUT /posts/{id}",
    "DELETE /posts/{id}",
    "POST /uploads",
    "GET /uploads",
    "GET /uploads/{id}",
    "GET /uploads/{id}/rows",
]
ADMIN = ["PUT /users/{id}/role", "GET /counts/{day}"]

routes = Routes({"member": MEMBER, "admin": [*MEMBER, *ADMIN]})
