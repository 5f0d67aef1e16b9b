"""Stratolite runs a whole serverless application on one machine.

The layers, from the bottom: ``core`` (vocabulary), ``http``, ``storage``, ``protocol`` (AWS wire formats),
``engine`` (Lambda execution), ``delivery`` (everything that happens later), ``services`` (one package per
AWS service), ``templates`` (serverless.yml and CloudFormation), ``targets``, ``server``, ``cli``. An import only
ever points down; ``docs/architecture.md`` says why.
"""

__version__ = "0.1.0"
