"""serverless-ssm-fetch: parameters of Systems Manager in the environment of functions.

``custom.serverlessSsmFetch`` names them by variable (``KEY: /path/of/key~true``); ``ssmToEnvironment`` of a function
chooses. They are read when the service is compiled, as ``${ssm:}`` is.
Source: https://github.com/gozup/serverless-ssm-fetch (2.0.0).
"""

from typing import Any

from stratolite.core.errors import AwsError, UserError
from stratolite.core.warning import Kind
from stratolite.templates.document import List, Map, mark_of
from stratolite.templates.serverless.plugins.configuration import Configuration

REGION_DEFAULT = "us-east-1"


def fetch(configuration: Configuration) -> None:
    """Add the parameters. Raises UserError where one is not there, and what asking raises."""
    wanted = configuration.custom("serverlessSsmFetch")
    if not isinstance(wanted, Map):
        return
    values = {}
    for variable, given in wanted.items():
        value = _value(configuration, str(given))
        if value is not None:
            values[variable] = value
            continue
        what = f"the parameter {str(given).partition('~')[0]} is not there"
        if not configuration.options.is_lenient:
            raise UserError(what, where=str(mark_of(wanted, variable)), todo="Make it first.")
        what += f": functions have no variable {variable}"
        configuration.warn(what, mark_of(wanted, variable), Kind.ABSENT, about="variables")
    for _, function in configuration.functions:
        chosen = function.get("ssmToEnvironment")
        environment = configuration.section(function, "environment")
        for variable, value in values.items():
            if not isinstance(chosen, List) or variable in chosen:
                environment.put(variable, value, mark_of(wanted, variable))


def _value(configuration: Configuration, given: str) -> Any:
    """The value of a parameter; None where there is nobody to ask, or none of that name."""
    ask = configuration.options.ask
    if ask is None:
        return None
    name, _, is_secret = given.partition("~")
    region = configuration.options.region or configuration.provider.get("region") or REGION_DEFAULT
    try:
        answer = ask("ssm", "GetParameter", {"Name": name, "WithDecryption": is_secret == "true"}, str(region))
    except AwsError as error:
        if error.code == "ParameterNotFound":
            return None
        raise UserError(f"the parameter {name} cannot be read: {error}") from error
    return answer["Parameter"]["Value"]
