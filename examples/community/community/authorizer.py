"""The authorizer of the API: whose token is good gets a policy for exactly what their roles may call."""

from community.access import routes
from community.tokens import signer
from stratolite_patterns.authorizer import Authorizer

handler = Authorizer(signer().verifier(), routes)
