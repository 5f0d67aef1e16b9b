"""The authorizer of the API: whose token is good gets a policy for exactly what their roles may call."""

from stratolite_patterns.authorizer import Authorizer

from community.access import routes
from community.tokens import signer

handler = Authorizer(signer().verifier(), routes)
