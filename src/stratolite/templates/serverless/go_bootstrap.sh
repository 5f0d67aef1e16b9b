#!/bin/sh
exec "$LAMBDA_TASK_ROOT/$_HANDLER"
