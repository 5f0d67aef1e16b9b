"""CloudFormation's view of IAM: roles, users, groups, access keys, inline and managed policies, instance profiles.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from stratolite.services.iam.cfn import groups, policies, profiles, roles, users

RESOURCE_TYPES = (
    *roles.RESOURCE_TYPES,
    *users.RESOURCE_TYPES,
    *groups.RESOURCE_TYPES,
    *policies.RESOURCE_TYPES,
    *profiles.RESOURCE_TYPES,
)
