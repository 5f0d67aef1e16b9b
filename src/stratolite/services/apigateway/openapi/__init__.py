"""Definitions of REST APIs, Swagger 2.0 and OpenAPI 3.0 with ``x-amazon-apigateway-*``, read into requests.

Nothing is made here: ``document.py`` is the text and its references, ``methods.py`` what stands below ``paths``,
``components.py`` what they refer to, ``definition.py`` the whole; ``export.py`` goes the other way. What a definition
says for people (summaries, examples, documentation parts) is left out.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html and
api-gateway-swagger-extensions.html
"""
