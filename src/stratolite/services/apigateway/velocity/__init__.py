"""The Velocity template language, as mapping templates are written in it.

``nodes.py`` what a template is made of, ``parser.py`` and ``expressions.py`` text to nodes, ``evaluate.py`` nodes to
text, ``methods.py`` the Java methods that templates call on strings, lists and maps. It knows nothing of API Gateway,
runs no Python of the template's, and reaches nothing but the variables that it is given.
Source: https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

from stratolite.services.apigateway.velocity.evaluate import TemplateFailed, render
from stratolite.services.apigateway.velocity.parser import TemplateInvalid, parse

__all__ = ["TemplateFailed", "TemplateInvalid", "parse", "render"]
