import logging
from collections import Mapping, OrderedDict

from reports.daily import lines

logger = logging.getLogger()
logger.setLevel(logging.INFO)

calls = 0


def handler(event, context):
    global calls
    calls += 1
    logger.info('report %d', calls)
    assert isinstance(OrderedDict(event), Mapping)
    return {'calls': calls, 'lines': lines.of(event)}


def stream(event, context):
    yield 'a line'


def levels(event, context):
    logging.getLogger('guestbook.deep').warning('two\nlines')
    logger.debug('never shown')
    print('plain')
    return logging.getLevelName(logging.getLogger().level)
