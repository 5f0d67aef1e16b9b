"""Rows of the table: plugins that act on the parts of a service, its functions, tables, logs, APIs and buckets."""

from stratolite.templates.serverless.plugins.plugin import left_out, native, needless, refused

FUNCTIONS = (
    native(
        "serverless-iam-roles-per-function",
        "each function gets its role",
        settings="functions.*.iamRoleStatements functions.*.iamRoleStatementsInherit "
        "functions.*.iamRoleStatementsName functions.*.iamPermissionsBoundary",
    ),
    native(
        "serverless-plugin-custom-roles",
        "each function that names no role gets one",
        settings="functions.*.iamRoleStatements",
    ),
    native("serverless-plugin-tracing", "`tracing: true` of the provider is every function's"),
    native("serverless-plugin-log-retention", "`custom.logRetentionInDays` is every function's"),
    native(
        "serverless-plugin-lambda-dead-letter",
        "`deadLetter` of functions: a queue, a topic, or one that is named",
        settings="functions.*.deadLetter",
    ),
    native(
        "serverless-local-schedule",
        "schedules with a `timezone` are those of EventBridge Scheduler (`method: scheduler`), which knows time zones",
    ),
    native(
        "serverless-plugin-existing-s3 serverless-external-s3-event",
        "`existingS3` events are `s3` events with `existing: true`",
    ),
    native(
        "serverless-plugin-aws-alerts",
        "alarms, their topics and metrics of logs are made with the stack; no dashboards, and no `anomalyDetection`",
        settings="functions.*.alarms",
    ),
    native(
        "serverless-plugin-log-subscription",
        "what functions log is handed on to `destinationArn`; not what APIs log (`apiGatewayLogs`)",
        settings="functions.*.logSubscription",
    ),
    native("serverless-plugin-resource-tagging", "`provider.stackTags` are tags of the resources as well"),
    needless(
        "serverless-plugin-warmup serverless-plugin-warmup-ts-bridge",
        "environments stay warm as long as they are needed; no function is made that calls the others",
        lacks="the function that keeps the others warm is not made",
        settings="functions.*.warmup",
    ),
    needless(
        "serverless-plugin-canary-deployments",
        "a deployment is at once for all, as on AWS without the plugin",
        lacks="traffic is shifted at once, and no alias is made",
        settings="functions.*.deploymentSettings",
    ),
    needless(
        "serverless-prune-plugin serverless-prune-versions",
        "old versions cost nothing here",
        lacks="old versions of functions stay",
    ),
    needless(
        "serverless-plugin-lambda-insights serverless-lambda-insights",
        "there are no insights here; logs and metrics are",
        lacks="the layer of Lambda Insights is not added",
        settings="functions.*.lambdaInsights",
    ),
    needless(
        "serverless-plugin-datadog serverless-newrelic-lambda-layers serverless-sentry serverless-lumigo "
        "serverless-plugin-epsagon serverless-plugin-thundra serverless-iopipe serverless-plugin-iopipe",
        "functions run without being observed from outside",
        lacks="functions are not observed: no layer is added, no handler is wrapped",
        settings="functions.*.sentry functions.*.lumigo functions.*.epsagon",
    ),
    needless(
        "serverless-provisioned-concurrency-autoscaling serverless-dynamodb-autoscaling "
        "@endemolshinegroup/serverless-dynamodb-autoscaling serverless-dynamodb-pitr "
        "@unly/serverless-plugin-dynamodb-backups serverless-create-global-dynamodb-table",
        "capacity, backups and other regions change nothing that can be seen here",
        lacks="scaling, backups or replicas are not made",
        settings="functions.*.concurrencyAutoscaling",
    ),
    left_out("serverless-cognito-add-custom-attributes", "attributes of user pools are not added"),
    left_out("serverless-dynamodb-ttl", "the time to live of tables is not set: write `TimeToLiveSpecification`"),
    native(
        "serverless-disable-functions",
        "functions with `enabled: false` are taken out",
        settings="functions.*.enabled",
    ),
    native("serverless-layers", "packages of Node.js keep what production needs, in the place of a layer with it"),
    native(
        "serverless-latest-layer-version",
        "a layer's version `latest` is looked up; under `up` it is the first one",
    ),
    left_out("serverless-plugin-layer-manager serverless-plugin-common-layers", "no layer is made"),
    left_out("serverless-attach-managed-policy serverless-iamroles", "policies are not attached to roles"),
    left_out(
        "serverless-plugin-lambda-account-access",
        "other accounts may not invoke functions",
        settings="functions.*.allowAccess",
    ),
    left_out(
        "serverless-sqs-alarms-plugin serverless-slic-watch-plugin serverless-plugin-metric "
        "serverless-plugin-cloudwatch-dashboard",
        "alarms, metric filters and dashboards are not made",
        settings="functions.*.slicWatch functions.*.metrics",
    ),
    left_out(
        "serverless-log-forwarding serverless-es-logs serverless-logging-config",
        "logs are not handed on to others",
        settings="functions.*.logForwarding",
    ),
    native(
        "serverless-ssm-fetch",
        "`custom.serverlessSsmFetch` is in the environment of functions, as `${ssm:}` would be",
        settings="functions.*.ssmToEnvironment",
    ),
)
"""Plugins that act on functions, tables and their logs."""

APIS = (
    native("serverless-apigw-binary", "`custom.apigwBinary.types` are bodies of bytes"),
    native(
        "serverless-apigwy-binary",
        "`contentHandling` of `http` events is that of their responses",
        settings="functions.*.events.*.http.contentHandling",
    ),
    native("serverless-apigateway-plugin", "`custom.apigateway.binaryTypes` are bodies of bytes"),
    native("serverless-api-compression", "`custom.contentCompression` is the size from which responses are compressed"),
    native("serverless-add-api-key", "`custom.apiKeys` of the stage and their plans are made with the stack"),
    native("serverless-plugin-stage-variables", "`custom.stageVariables` are variables of the API's stage"),
    native(
        "serverless-api-gateway-throttling",
        "rates of the stage and of single routes; `custom.apiGatewayThrottling`",
        settings="functions.*.events.*.http.throttling functions.*.events.*.httpApi.throttling",
    ),
    native(
        "serverless-reqvalidator-plugin",
        "`reqValidatorName` of `http` events is the validator of their methods",
        settings="functions.*.events.*.http.reqValidatorName",
    ),
    native(
        "serverless-domain-manager",
        "requests whose header `Host` names a custom domain reach its API, REST or HTTP, with the base path mapped; "
        "certificates and DNS records have no effect on one machine",
        lacks="custom domains are not made",
    ),
    needless(
        "serverless-plugin-custom-domain",
        "APIs answer at their own addresses",
        lacks="custom domains are not made",
    ),
    needless(
        "serverless-api-gateway-caching",
        "each request is answered anew",
        lacks="responses are not cached",
        settings="functions.*.events.*.http.caching",
    ),
    needless(
        "serverless-associate-waf serverless-whitelisting serverless-certificate-creator serverless-api-cloudfront "
        "serverless-appsync-cloudfront serverless-cloudfront-invalidate serverless-cf-invalidate-proxy "
        "serverless-website-domain",
        "firewalls, certificates, networks of delivery and names have no effect on one machine",
        lacks="the firewall, the certificate, the distribution or the name is not made",
    ),
    needless(
        "serverless-aws-documentation serverless-v2-aws-documentation serverless-openapi "
        "serverless-openapi-documentation serverless-openapi-documentation-v2 serverless-openapi-documenter "
        "@conqa/serverless-openapi-documentation",
        "APIs answer without their documentation",
        lacks="the documentation of APIs, and its models, are not made",
        settings="functions.*.events.*.http.documentation functions.*.events.*.httpApi.documentation "
        "functions.*.events.*.documentation functions.*.summary functions.*.servers",
    ),
    needless(
        "serverless-apigateway-log-retention",
        "logs of APIs are kept",
        lacks="logs of APIs are kept for ever",
    ),
    left_out(
        "serverless-binary-cors serverless-content-encoding serverless-api-stage", "the API's stage is not changed"
    ),
)
"""Plugins that act on APIs."""

SITES = (
    native(
        "serverless-s3-sync",
        "folders are uploaded after the deployment, changed files alone; `preCommand` is not run",
        lacks="folders are not uploaded",
    ),
    native(
        "serverless-finch",
        "the bucket is made, filled from `distributionFolder`, and served as a website",
        lacks="the site is not uploaded",
    ),
    native(
        "serverless-s3-deploy",
        "`custom.assets` is uploaded after the deployment, changed files alone",
        lacks="assets are not uploaded",
    ),
    native(
        "serverless-single-page-app-plugin",
        "`custom.s3LocalPath` is uploaded into the bucket of the output `WebAppS3BucketOutput`",
        lacks="the page is not uploaded",
    ),
    left_out(
        "serverless-client-s3 serverless-sync-s3 serverless-apig-s3 serverless-aws-static-file-handler",
        "the site is not served",
    ),
    left_out(
        "serverless-lambda-edge-pre-existing-cloudfront serverless-plugin-cloudfront-lambda-edge "
        "@silvermine/serverless-plugin-cloudfront-lambda-edge",
        "functions are not run in a distribution: there is none",
        settings="functions.*.lambdaAtEdge",
    ),
)
"""Plugins that put files into buckets, or serve sites."""

PARTS = (
    refused("serverless-step-functions", "state machines are not made", settings="stepFunctions"),
    refused("serverless-appsync-plugin", "GraphQL APIs are not made", settings="appSync"),
    native(
        "serverless-lift",
        "the constructs `queue`, `storage`, `webhook` and `database/dynamodb-single-table` are made, with the plugin's "
        "ids and `${construct:...}`; sites and networks are not, and told",
        lacks="constructs of other types are not made",
        settings="constructs lift",
    ),
    refused("serverless-fargate serverless-fargate-plugin", "containers are not run", settings="fargate"),
    native(
        "serverless-apigateway-service-proxy",
        "methods with SQS, SNS, DynamoDB, EventBridge, Kinesis or S3 behind them are made",
    ),
    refused("serverless-plugin-apigateway-sqs", "its routes are not made"),
    refused("serverless-pipes", "pipes are not made", settings="pipes"),
    refused(
        "@agiledigital/serverless-sns-sqs-lambda",
        "queues between topics and functions are not made",
        settings="functions.*.events.*.snsSqs",
    ),
    refused(
        "serverless-nextjs-plugin @sls-next/serverless-component serverless-websockets-plugin",
        "its functions are not made",
    ),
    refused(
        "serverless-google-cloudfunctions serverless-azure-functions serverless-cloudflare-workers "
        "serverless-openwhisk serverless-aliyun-function-compute serverless-tencent-scf serverless-scaleway-functions",
        "the service is of another cloud than AWS",
    ),
)
"""Plugins whose parts of an application are not made by anybody here."""
