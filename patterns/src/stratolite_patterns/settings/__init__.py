"""Settings: one typed declaration for all stages, from the environment, Parameter Store and Secrets Manager.

declaration   env, parameter, parameters, secret, staged: where a field comes from
loading       load, Reloading: everything that is wrong is named at once
secret        Secret: a value that nothing prints
"""

from stratolite_patterns.settings.concealed import Secret
from stratolite_patterns.settings.declaration import env, parameter, parameters, secret, staged
from stratolite_patterns.settings.loading import Reloading, SettingsError, load

__all__ = ["Reloading", "Secret", "SettingsError", "env", "load", "parameter", "parameters", "secret", "staged"]
