"""What can be changed of a stream: its mode, for how long it keeps records and how large they may be, encryption, and
which metrics its shards have."""

from collections.abc import Iterable
from dataclasses import replace

from stratolite.core.call import Call
from stratolite.services.kinesis import Kinesis, api, metrics, rules
from stratolite.services.kinesis.domain import PROVISIONED, Stream
from stratolite.services.kinesis.lookup import require_stream

ALL = "ALL"


def update_stream_mode(call: Call, kinesis: Kinesis, request: api.UpdateStreamModeInput) -> None:
    """Provision a stream's shards from now on, or leave them to the service; they stay as they are.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamMode.html
    """
    stream = require_stream(call, kinesis, request)
    mode = request["StreamModeDetails"]["StreamMode"]
    if mode == PROVISIONED != stream.mode:
        more = len(kinesis.streams.open(stream).shards)
        rules.check_shards(call.account, call.region, kinesis.store.open_shards(call, PROVISIONED), more)
    kinesis.store.set_stream(replace(stream, mode=mode))


def increase_stream_retention_period(
    call: Call, kinesis: Kinesis, request: api.IncreaseStreamRetentionPeriodInput
) -> None:
    """Keep records for longer; those that were too old already do not come back.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_IncreaseStreamRetentionPeriod.html
    """
    stream = require_stream(call, kinesis, request)
    rules.check_retention(stream, request["RetentionPeriodHours"], is_longer=True)
    stream = replace(stream, gone_ms=stream.horizon_ms(call.now_ms))
    _keep_for(call, kinesis, stream, request["RetentionPeriodHours"])


def decrease_stream_retention_period(
    call: Call, kinesis: Kinesis, request: api.DecreaseStreamRetentionPeriodInput
) -> None:
    """Keep records for less long; older ones are out of reach at once.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DecreaseStreamRetentionPeriod.html
    """
    stream = require_stream(call, kinesis, request)
    rules.check_retention(stream, request["RetentionPeriodHours"], is_longer=False)
    _keep_for(call, kinesis, stream, request["RetentionPeriodHours"])


def _keep_for(call: Call, kinesis: Kinesis, stream: Stream, hours: int) -> None:
    kinesis.streams.trim(call, replace(stream, retention_h=hours))
    # Functions' mappings give up what is older.
    kinesis.streams.ring(stream)


def update_max_record_size(call: Call, kinesis: Kinesis, request: api.UpdateMaxRecordSizeInput) -> None:
    """How large records may be from now on.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html
    """
    stream = require_stream(call, kinesis, request)
    kinesis.store.set_stream(replace(stream, record_kib_max=request["MaxRecordSizeInKiB"]))


def start_stream_encryption(call: Call, kinesis: Kinesis, request: api.StartStreamEncryptionInput) -> None:
    """Records say from now on that they are encrypted; the data folder is as safe as the disk it is on.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
    """
    stream = require_stream(call, kinesis, request)
    if request["EncryptionType"] != "KMS":
        raise api.InvalidArgumentException("EncryptionType must be KMS.")
    kinesis.store.set_stream(replace(stream, key_id=request["KeyId"]))


def stop_stream_encryption(call: Call, kinesis: Kinesis, request: api.StopStreamEncryptionInput) -> None:
    """Records are no longer encrypted from now on.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StopStreamEncryption.html
    """
    stream = require_stream(call, kinesis, request)
    kinesis.store.set_stream(replace(stream, key_id=""))


def enable_enhanced_monitoring(
    call: Call, kinesis: Kinesis, request: api.EnableEnhancedMonitoringInput
) -> api.EnhancedMonitoringOutput:
    """Have a stream's shards publish metrics of their own.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
    """
    stream = require_stream(call, kinesis, request)
    return _monitor(kinesis, stream, {*stream.shard_metrics, *_named(request["ShardLevelMetrics"])})


def disable_enhanced_monitoring(
    call: Call, kinesis: Kinesis, request: api.DisableEnhancedMonitoringInput
) -> api.EnhancedMonitoringOutput:
    """Have them publish some of these no longer.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DisableEnhancedMonitoring.html
    """
    stream = require_stream(call, kinesis, request)
    return _monitor(kinesis, stream, {*stream.shard_metrics}.difference(_named(request["ShardLevelMetrics"])))


def _named(names: Iterable[str]) -> tuple[str, ...]:
    return metrics.OF_SHARDS if ALL in names else tuple(names)


def _monitor(kinesis: Kinesis, stream: Stream, wanted: set[str]) -> api.EnhancedMonitoringOutput:
    listed = tuple(name for name in metrics.OF_SHARDS if name in wanted)
    kinesis.store.set_stream(replace(stream, shard_metrics=listed))
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "CurrentShardLevelMetrics": list(stream.shard_metrics),
        "DesiredShardLevelMetrics": list(listed),
    }
