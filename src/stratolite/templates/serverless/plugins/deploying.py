"""Rows of the table: plugins that act on how a service is run, packaged, written and deployed."""

from stratolite.templates.serverless.plugins.plugin import left_out, native, needless

LOCALLY = (
    native(
        "serverless-offline",
        "functions and APIs run here anyway; `custom.serverless-offline`: see below",
    ),
    native(
        "serverless-dynamodb-local serverless-dynamodb",
        "tables are resources and run here anyway; `custom.dynamodb.seed` is put into them after the deployment, each "
        "time that it has changed, unless `start.seed` is false or `stages` lacks the stage; `up` listens at "
        "`start.port` as well",
    ),
    native(
        "serverless-s3-local",
        "buckets are resources and run here anyway; `custom.s3.buckets` are made. `directory` is not read: objects lie "
        "in the data folder; `up` listens at `port` as well",
    ),
    native(
        "serverless-offline-ssm",
        "under `up`, `${ssm:}` gives what `custom.serverless-offline-ssm.ssm` says, for the stages that it names",
    ),
    native(
        "serverless-offline-sns serverless-offline-sqs serverless-offline-s3 serverless-offline-lambda",
        "topics, queues, buckets and functions are here, and invoke functions; `up` listens at the plugin's port as "
        "well",
    ),
    needless(
        "serverless-offline-sqs-esmq serverless-sqs-local serverless-offline-aws-eventbridge "
        "serverless-offline-kinesis serverless-offline-dynamodb-streams serverless-offline-streams "
        "serverless-plugin-offline-dynamodb-stream serverless-offline-scheduler serverless-offline-schedule",
        "events, queues, topics, streams, schedules and buckets are here and invoke functions",
    ),
    needless(
        "serverless-offline-direct-lambda serverless-offline-python "
        "serverless-plugin-simulate serverless-local-dev-server",
        "functions answer Lambda's own API",
    ),
    needless(
        "serverless-localstack serverless-plugin-localstack serverless-cloudside-plugin",
        "SDKs find the local cloud without being told",
    ),
    needless(
        "serverless-offline-ses serverless-offline-ses-v2 serverless-offline-redis-server "
        "serverless-offline-watcher serverless-offline-http-mock serverless-offline-fixtures",
        "mail, caches and reloading are here; what else they start is no part of the application",
    ),
    needless(
        "serverless-offline-local-authorizers-plugin",
        "authorizers run here as they do on AWS",
        settings="functions.*.events.*.http.localAuthorizer functions.*.events.*.httpApi.localAuthorizer",
    ),
    needless(
        "serverless-step-functions-local serverless-step-functions-offline serverless-offline-step-functions "
        "serverless-offline-stepfunctions serverless-appsync-simulator serverless-appsync-offline "
        "serverless-offline-edge-lambda",
        "they run locally what another plugin makes, and that one's row says what becomes of it",
    ),
)
"""Plugins that run a service on one machine."""

BUILDS = (
    native(
        "serverless-webpack",
        "the project's webpack, 4 or 5, bundles handlers with the project's configuration (`slsw.lib.entries` and the "
        "like are there); `custom.webpack`: `webpackConfig`, `includeModules`, `excludeFiles`, `excludeRegex`. Where "
        "there is no webpack or no configuration, esbuild does",
        settings="functions.*.entrypoint",
    ),
    native(
        "serverless-bundle",
        "its webpack bundles handlers with its configuration and `custom.bundle`, without linting; where it is not "
        "installed, esbuild does",
    ),
    native(
        "serverless-esbuild",
        "the project's esbuild bundles handlers, TypeScript among them; `custom.esbuild`, `plugins` and `config` "
        "included; `watch` and the like change nothing",
        settings="functions.*.skipEsbuild functions.*.esbuildEntrypoint",
    ),
    native(
        "serverless-plugin-typescript @hewmen/serverless-plugin-typescript",
        "the project's TypeScript compiles handlers and what they import by `tsconfig.json`; what it says of types is "
        "told, and stops nothing without `noEmitOnError`, as with the plugin",
    ),
    native(
        "serverless-python-requirements",
        "packages are installed beside the code, or into the layer PythonRequirementsLambdaLayer (`layer`), or for "
        "each `module` of `package.individually`; `fileName`, `noDeploy`, `slim`, `vendor`, `pipCmdExtraArgs`, "
        "`pythonBin`. `zip` puts them beside the code, too; Docker is not used, and caches are our own",
        settings="functions.*.module functions.*.vendor",
    ),
    native(
        "serverless-wsgi",
        "`wsgi_handler.handler` serves `custom.wsgi.app`, by code of our own; `textMimeTypes`, `packRequirements`; its "
        "commands run by `stratolite invoke`",
    ),
    native(
        "serverless-plugin-include-dependencies",
        "packages keep all that production needs, and not only the files that handlers require",
    ),
    needless(
        "serverless-plugin-common-excludes serverless-plugin-reducer serverless-jetpack serverless-ignore "
        "serverless-plugin-package-size serverless-analyze-bundle-plugin serverless-webpack-prisma serverless-tscpaths "
        "serverless-plugin-monorepo serverless-plugin-utils",
        "they make packages smaller or faster, or tell their size: a package that is larger works the same",
    ),
    native(
        "serverless-plugin-optimize serverless-plugin-browserify serverless-plugin-browserifier "
        "serverless-babel-plugin serverless-optimizer-plugin serverless-plugin-parcel",
        "esbuild makes one file of a handler and its modules, beside the packages that they ask for; settings of their "
        "own tools change nothing",
        settings="functions.*.optimize functions.*.browserify",
    ),
    left_out("./vendor/bref/bref", "no runtime for PHP is added"),
    left_out("serverless-package-external serverless-package-common", "folders from outside are not copied in"),
    left_out(
        "serverless-go-plugin serverless-ruby-layer serverless-ruby-package serverless-rust serverless-haskell "
        "serverless-multi-dotnet",
        "programs of this language are not built: name a package by `package.artifact`",
    ),
)
"""Plugins that make packages."""

CONFIGURATION = (
    native(
        "serverless-dotenv-plugin",
        "what `.env` files say is in the environment of functions; `custom.dotenv`",
    ),
    native(
        "serverless-pseudo-parameters serverless-cf-vars serverless-cloudformation-sub-variables",
        "`#{AWS::AccountId}` and the like are CloudFormation's pseudo parameters",
    ),
    native(
        "serverless-plugin-git-variables",
        "`${git:sha1}` and the like ask git, and functions have them in their environment and tags",
    ),
    native(
        "serverless-plugin-ifelse",
        "`custom.serverlessIfElse` sets and takes out parts of the configuration; Node evaluates its conditions",
    ),
    native(
        "serverless-plugin-conditional-functions",
        "functions whose `enabled` does not hold are taken out; Node evaluates it",
        settings="functions.*.enabled",
    ),
    native("serverless-stage-manager", "a stage that is not in `custom.stages` is refused"),
    needless(
        "serverless-export-env serverless-env-generator @redtea/serverless-env-generator serverless-export-outputs "
        "@unly/serverless-env-copy-plugin",
        "functions have the values of the stack in their environment; no file is written",
    ),
    needless(
        "serverless-better-credentials serverless-seed serverless-plugin-diff serverless-dependson-plugin "
        "serverless-cloudformation-changesets serverless-cloudformation-changesets-v3 "
        "serverless-cloudformation-resource-counter serverless-plugin-bind-deployment-id",
        "deployments ask for no credentials here, and CloudFormation makes resources in their order",
    ),
    needless(
        "serverless-plugin-split-stacks serverless-nested-stack serverless-plugin-nested-stacks",
        "the local cloud makes stacks of more than 500 resources",
        lacks="a stack of more than 500 resources is refused by AWS",
    ),
    needless(
        "serverless-deployment-bucket serverless-s3-remover serverless-s3-cleaner serverless-plugin-s3-remover "
        "serverless-s3-block-public-access serverless-plugin-vpc-eni-cleanup",
        "deployment buckets are made where they are missing, and `remove` empties what it deletes",
    ),
    needless(
        "serverless-stack-termination-protection serverless-tag-cloud-watch-logs serverless-tag-api-gateway "
        "api-gateway-stage-tag-plugin serverless-s3-encryption",
        "protection, encryption and tags change nothing that can be seen here",
        lacks="the protection or the tags are not set",
    ),
    needless(
        "serverless-mocha-plugin serverless-jest-plugin serverless-plugin-test-helper serverless-ding "
        "serverless-plugin-slack serverless-plugin-select serverless-manifest-plugin serverless-auto-swagger "
        "serverless-version-tracker serverless-run-function-plugin serverless-secrets-plugin serverless-crypt "
        "serverless-kms-secrets",
        "they add commands of their own, or tell somebody of a deployment",
    ),
    left_out(
        "serverless-scriptable-plugin serverless-plugin-scripts serverless-hooks serverless-hooks-plugin",
        "its hooks are not run: run their commands yourself",
    ),
    left_out("serverless-stack-output @anttiviljami/serverless-stack-output", "outputs are not written to a file"),
    left_out("serverless-ssm-publish", "what the stack gives is not written to parameters"),
    left_out(
        "serverless-parameters serverless-plugin-composed-vars "
        "serverless-aws-resource-names @cruglobal/serverless-merge-config",
        "variables and names of its own are not known",
    ),
    native(
        "serverless-plugin-additional-stacks",
        "under `up`, what the other stacks have is in the service's own",
        lacks="the other stacks are not made",
    ),
    left_out("serverless-plugin-bootstrap", "the other stacks are not made"),
    needless(
        "serverless-vpc-discovery serverless-vpc-plugin",
        "a VPC changes nothing that can be seen here",
        lacks="functions are in no VPC",
        settings="functions.*.vpcDiscovery",
    ),
)
"""Plugins that change the configuration, or deploy in another way."""
